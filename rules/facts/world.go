package facts

import (
	"encoding/binary"
	"go/ast"
	"go/types"
	"slices"
)

// A world is one state in which control can stand at a point: which locks are
// held, what is known of conditions and function variables, which calls are
// deferred. Worlds are values: a change makes a new one.
//
// The idea is property simulation (Das, Lerner, Seigle: ESP, PLDI 2002): worlds
// that differ in nothing that matters are one, so that their number grows with
// the correlated conditions and not with the paths.
type world struct {
	locks  []lockState
	truths []truth
	funcs  []funcValue
	defers []deferral
	// doubt says that the world rests on a condition that had another value
	// before and that, as far as we see, nothing has changed: it may not exist,
	// and nothing is reported of it.
	doubt bool
	// coarse says that of a lock without a state nothing is known but that this
	// function does not hold it.
	coarse bool
}

// A lockState is what is known of one lock; a lock without one is as the
// caller left it.
type lockState struct {
	id   lockID
	hold hold
	by   []takeID // the calls that took it, if held: one, or several for read
	// owed says that it was released here before it was taken: the caller held
	// it, and expects it held again.
	owed bool
	// refused says that a TryLock of it failed here, and nothing was done to it since.
	refused bool
}

type hold int

const (
	untouched hold = iota // as at entry: nothing was done to it
	free                  // released here
	held                  // taken here
	unclear               // somebody may have taken or released it
	loose                 // any of untouched, free and unclear, in a coarse world
)

// A truth is a condition whose value is known.
type truth struct {
	cond condID
	is   bool
}

// A funcValue is what a local variable of func type holds now.
type funcValue struct {
	v  *types.Var
	fn callable
}

// A callable is a function that is known although it is a value: a literal,
// a lock's method, or a method that releases locks of its receiver.
type callable struct {
	lit    *ast.FuncLit
	helper bool
	method lockMethod
	lock   lockID
	sel    *ast.SelectorExpr // the method value; nil for a literal
	from   *ast.CallExpr     // the call that returned it, if one did
}

// A deferral is a deferred call that is still to run.
type deferral struct {
	stmt *ast.DeferStmt
	fn   callable // what it calls, if that was a variable's value; else zero
	many bool     // registered more than once, in a loop
}

func (w world) lock(id lockID) lockState {
	for _, s := range w.locks {
		if s.id == id {
			return s
		}
	}
	if w.coarse {
		return lockState{id: id, hold: loose}
	}
	return lockState{id: id}
}

func (w world) withLock(s lockState) world {
	if w.coarse && s.hold != held && !s.owed {
		w.locks = slices.DeleteFunc(slices.Clone(w.locks), func(other lockState) bool { return other.id == s.id })
		return w
	}
	i, found := slices.BinarySearchFunc(w.locks, s.id, func(s lockState, id lockID) int { return int(s.id - id) })
	w.locks = slices.Clone(w.locks)
	if found {
		w.locks[i] = s
	} else {
		w.locks = slices.Insert(w.locks, i, s)
	}
	return w
}

// unclear forgets what is known of a lock that is held here.
func (w world) unclear(id lockID) world {
	if s := w.lock(id); s.hold != unclear && s.hold != loose {
		w = w.withLock(lockState{id: id, hold: unclear, owed: s.owed})
	}
	return w
}

func (w world) truth(id condID) (is, known bool) {
	for _, t := range w.truths {
		if t.cond == id {
			return t.is, true
		}
	}
	return false, false
}

func (w world) withTruth(id condID, is bool) world {
	i, found := slices.BinarySearchFunc(w.truths, id, func(t truth, id condID) int { return int(t.cond - id) })
	w.truths = slices.Clone(w.truths)
	if found {
		w.truths[i].is = is
	} else {
		w.truths = slices.Insert(w.truths, i, truth{id, is})
	}
	return w
}

// keepTruths forgets the conditions for which keep returns false.
func (w world) keepTruths(keep func(condID) bool) world {
	for _, t := range w.truths {
		if !keep(t.cond) {
			w.truths = slices.DeleteFunc(slices.Clone(w.truths), func(t truth) bool { return !keep(t.cond) })
			break
		}
	}
	return w
}

func (w world) function(v *types.Var) (callable, bool) {
	for _, f := range w.funcs {
		if f.v == v {
			return f.fn, true
		}
	}
	return callable{}, false
}

// withFunction notes the value of a variable; ok is false if it is unknown now.
func (w world) withFunction(v *types.Var, fn callable, ok bool) world {
	w.funcs = slices.DeleteFunc(slices.Clone(w.funcs), func(f funcValue) bool { return f.v == v })
	if ok {
		w.funcs = append(w.funcs, funcValue{v, fn})
		slices.SortFunc(w.funcs, func(a, b funcValue) int { return int(a.v.Pos() - b.v.Pos()) })
	}
	return w
}

// key is equal for equal worlds of one unit.
func (w world) key() string {
	k := []byte(w.kind())
	for _, t := range w.truths {
		k = binary.AppendVarint(k, int64(t.cond)*2+int64(bit(t.is)))
	}
	return string(append(k, byte(bit(w.doubt))))
}

// coarsened keeps of the locks only which are held here, and which the caller
// is owed.
func (w world) coarsened() world {
	w.coarse = true
	w.locks = slices.DeleteFunc(slices.Clone(w.locks), func(s lockState) bool { return s.hold != held && !s.owed })
	return w
}

// kind is equal for worlds that differ in nothing but known conditions.
func (w world) kind() string {
	k := make([]byte, 0, 96)
	put := func(n int) { k = binary.AppendVarint(k, int64(n)) }
	for _, s := range w.locks {
		put(int(s.id))
		put(int(s.hold)*4 + bit(s.refused)*2 + bit(s.owed))
		put(len(s.by))
		for _, take := range s.by {
			put(int(take))
		}
	}
	put(-1)
	for _, f := range w.funcs {
		put(int(f.v.Pos()))
		put(f.fn.id())
	}
	put(-1)
	for _, d := range w.defers {
		put(int(d.stmt.Pos())*2 + bit(d.many))
		put(d.fn.id())
	}
	put(bit(w.coarse))
	return string(k)
}

// covers reports whether everything that can happen in the other world, of the
// same kind, can happen in this one: it knows no more of the conditions.
func (w world) covers(other world) bool {
	if w.doubt && !other.doubt {
		return false
	}
	for _, t := range w.truths {
		if is, known := other.truth(t.cond); !known || is != t.is {
			return false
		}
	}
	return true
}

// common forgets the conditions that the other world does not share.
func (w world) common(other world) world {
	w.doubt = w.doubt && other.doubt
	w.truths = slices.DeleteFunc(slices.Clone(w.truths), func(t truth) bool {
		is, known := other.truth(t.cond)
		return !known || is != t.is
	})
	return w
}

func (c callable) id() int {
	switch {
	case c.lit != nil:
		return int(c.lit.Pos())
	case c.sel != nil:
		return int(c.sel.Pos())
	case c.from != nil:
		return int(c.from.Pos())
	}
	return 0
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
