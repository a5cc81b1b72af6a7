package rehearsal

import (
	"go/token"
	"go/types"
)

// A primitive is a value of a type of sync or sync/atomic.
type primitive struct {
	name    string
	count   int64      // of a WaitGroup; of a RWMutex: its readers
	locked  bool       // of a mutex; of a Once: it is done
	by      *goroutine // that has locked it
	held    value      // of an atomic: the value; of a Cond: its L
	waiters []*waiter  // of a Cond
	queued  int        // writers that wait for an RWMutex; of an errgroup its limit
	failed  value      // of an errgroup: its first error
	rooted  bool       // of a WaitGroup: the root itself has counted, in its own function
	done    bool       // of a WaitGroup: somebody was done with it
	field   *cell      // of a Cond its L, of a Pool its New
	items   []value    // of a Pool
	past    vector     // who acquires it knows this
	readers vector     // of a RWMutex: who locks it knows this, too
	added   []access   // of a WaitGroup: the Adds at zero
	waited  []access   // of a WaitGroup: the Waits
}

// A waiter is a goroutine in Cond.Wait.
type waiter struct{ woken bool }

// primitiveName returns the name of a type of sync and sync/atomic that the
// machine knows.
func primitiveName(t types.Type) string {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	if _, isStruct := named.Underlying().(*types.Struct); !isStruct {
		return ""
	}
	switch named.Obj().Pkg().Path() {
	case "sync", "sync/atomic":
		return named.Obj().Name()
	case "golang.org/x/sync/errgroup":
		return "errgroup"
	}
	return ""
}

func newPrimitive(name string) *primitive {
	p := &primitive{name: name}
	switch name {
	case "Int32", "Int64", "Uint32", "Uint64", "Uintptr":
		p.held = int64(0)
	case "Bool":
		p.held = false
	}
	return p
}

// primitiveAt returns what a pointer leads to.
func (r *run) primitiveAt(v value) *primitive {
	if c, ok := v.(*cell); ok {
		if p, ok := c.v.(*primitive); ok {
			return p
		}
	}
	r.giveUp("an unknown lock")
	return nil
}

// lock makes the acquisition of a mutex pending.
func (g *goroutine) lock(p *primitive, pos token.Pos) {
	queued := false
	g.pending = &pending{
		pos: pos, what: "waits for the lock", on: p,
		ways: func() int {
			if !p.locked && p.count == 0 {
				return 1
			}
			if !queued {
				queued = true // from now on no reader gets it
				p.queued++
			}
			return 0
		},
		do: func(int) {
			if queued {
				p.queued--
			}
			p.locked, p.by = true, g
			g.locks++
			g.acquire(p.past, p.readers)
		},
	}
}

// rlock makes the acquisition for reading pending; a writer who waits goes
// first.
func (g *goroutine) rlock(p *primitive, pos token.Pos) {
	g.pending = &pending{
		pos: pos, what: "waits for the lock", on: p,
		ways: func() int {
			if p.locked || p.queued > 0 {
				return 0
			}
			return 1
		},
		do: func(int) {
			p.count++
			g.locks++
			g.acquire(p.past)
		},
	}
}

func (g *goroutine) unlock(p *primitive, pos token.Pos) {
	if !p.locked {
		g.breaks(pos, "the mutex is not locked", token.NoPos)
	}
	p.locked, p.by = false, nil
	g.locks--
	g.release(&p.past)
}

func (g *goroutine) runlock(p *primitive, pos token.Pos) {
	if p.count == 0 {
		g.breaks(pos, "the mutex is not locked for reading", token.NoPos)
	}
	p.count--
	g.locks--
	g.release(&p.readers)
}

// try is TryLock and TryRLock.
func (g *goroutine) try(p *primitive, read bool, pos token.Pos, result func(value)) {
	g.act(pos, "tries to lock", func() {
		free := !p.locked && (read || p.count == 0)
		switch {
		case free && read:
			p.count++
			g.locks++
			g.acquire(p.past)
		case free:
			p.locked, p.by = true, g
			g.locks++
			g.acquire(p.past, p.readers)
		}
		result(free)
	})
}

// add is WaitGroup.Add and Done.
func (g *goroutine) add(p *primitive, n value, pos token.Pos) {
	by, ok := n.(int64)
	if !ok {
		g.r.giveUp("an unknown count")
	}
	g.act(pos, "counts", func() {
		p.rooted = p.rooted || by > 0 && g == g.r.root && len(g.frames) == 1
		p.done = p.done || by < 0
		if by < 0 {
			g.release(&p.past)
		} else if p.count == 0 && by > 0 {
			g.addsFirst(p, pos)
		}
		if p.count += by; p.count < 0 {
			g.breaks(pos, "the counter is zero already", token.NoPos)
		}
	})
}

const waitsForGroup = "waits for the group"

// wait is WaitGroup.Wait.
func (g *goroutine) wait(p *primitive, pos token.Pos) {
	g.pending = &pending{
		pos: pos, what: waitsForGroup, on: p,
		do: func(int) {
			g.waitsFor(p, pos)
			g.acquire(p.past)
		},
		ways: func() int {
			if p.count > 0 {
				return 0
			}
			return 1
		},
	}
}

// counted is WaitGroup.Go: f runs in a goroutine of the group.
func (g *goroutine) counted(p *primitive, f value, pos token.Pos, result func(other *goroutine, v value)) {
	if p.count == 0 {
		g.addsFirst(p, pos)
	}
	p.count++
	g.r.start(&native{name: "wg.Go", refs: []any{p, f}, call: func(other *goroutine) value {
		done := &native{name: "done", call: func(*goroutine) value {
			other.release(&p.past)
			p.count--
			return nil
		}}
		frame := other.enter(f, nil, nil)
		if frame == nil {
			other.enter(done, nil, nil)
			return nil
		}
		frame.deferred = append(frame.deferred, call{fn: done})
		frame.result = func(v value) {
			if result != nil {
				result(other, v)
			}
			frame.finish(other)
		}
		return nil
	}}, nil, pos, g.fork())
}

// finish runs what is deferred in a frame by the machine.
func (f *frame) finish(g *goroutine) {
	for len(f.deferred) > 0 {
		d := f.deferred[len(f.deferred)-1]
		f.deferred = f.deferred[:len(f.deferred)-1]
		g.enter(d.fn, d.args, nil)
	}
}

// once is Once.Do: whoever comes while it runs waits.
func (g *goroutine) once(p *primitive, f value, pos token.Pos) {
	g.pending = &pending{
		pos: pos, what: "waits for the Once", on: p,
		ways: func() int {
			if p.by != nil && !p.locked {
				return 0
			}
			return 1
		},
		do: func(int) {
			if p.locked {
				g.acquire(p.past)
				return
			}
			p.by = g
			done := func(value) {
				p.locked = true
				g.release(&p.past)
			}
			if g.enter(f, nil, done) == nil && g.pending == nil {
				done(nil)
			}
		},
	}
}

// suspend is Cond.Wait: it lets go of L, waits to be woken, and takes L again.
func (g *goroutine) suspend(p *primitive, pos token.Pos, unlock, lock func()) {
	unlock()
	w := &waiter{}
	p.waiters = append(p.waiters, w)
	g.pending = &pending{
		pos: pos, what: "waits for a signal", on: p, idle: true,
		ways: func() int {
			if w.woken {
				return 1
			}
			return 0
		},
		do: func(int) {
			g.acquire(p.past)
			lock()
		},
	}
}

// wake is Signal, or Broadcast.
func (g *goroutine) wake(p *primitive, all bool, pos token.Pos) {
	g.act(pos, "signals", func() {
		g.release(&p.past)
		for _, w := range p.waiters {
			if !w.woken {
				w.woken = true
				if !all {
					return
				}
			}
		}
	})
}
