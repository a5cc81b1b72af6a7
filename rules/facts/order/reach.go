package order

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// A reached lock is one that a function acquires at some time, itself or in a
// callee, named in terms of the function.
type reached struct {
	lock  Ref
	take  *Take
	fn    *Func // that makes the take
	at    *Func // in whose terms this is said
	via   *Call // the first call on the way there; nil if fn itself takes it
	next  *reached
	depth int
	gates []Class // held on the way, from the function on: on every path
	drops []Class // released on the way: the caller may not hold them any more
	when  []Condition
}

// Bounds of what is followed: what is deeper, or one of very many, is a weak
// argument anyway.
const (
	maxDepth   = 5
	maxReached = 400
	maxPath    = 5
)

type reachKey struct {
	lock Ref
	read bool
	when string
}

// reach finds what every function acquires, callees before callers. In a circle of calls
// it goes round until nothing is added; what has called nothing that has changed since it
// was looked at is as it was.
func (p *linked) reach() map[*Func][]*reached {
	all := make(map[*Func][]*reached)
	for _, group := range p.components() {
		stale := make(map[*Func]bool, len(group))
		for _, fn := range group {
			stale[fn] = true
		}
		for grows := true; grows; {
			grows = false
			for _, fn := range group {
				if !stale[fn] {
					continue
				}
				was, now := all[fn], p.reachOf(fn, all)
				all[fn], stale[fn] = now, false
				grows = grows || len(group) > 1 && len(now) != len(was)
				if !slices.EqualFunc(was, now, (*reached).same) {
					p.spoil(stale, fn)
				}
			}
		}
	}
	return all
}

// spoil marks those that call a function and are members of its circle.
func (p *linked) spoil(stale map[*Func]bool, fn *Func) {
	for _, from := range p.callers[fn] {
		if _, member := stale[from.fn]; member {
			stale[from.fn] = true
		}
	}
}

// same reports whether two reached locks say the same, the way there included.
func (r *reached) same(other *reached) bool {
	switch {
	case r == other:
		return true
	case r == nil || other == nil:
		return false
	}
	return r.lock == other.lock && r.take == other.take && r.fn == other.fn && r.at == other.at && r.via == other.via && r.depth == other.depth &&
		slices.Equal(r.gates, other.gates) && slices.Equal(r.drops, other.drops) && slices.Equal(r.when, other.when) && r.next.same(other.next)
}

// reachOf collects the takes of a function and those of its callees. Of several
// ways to one lock the one with the fewest gates is kept, and of these the
// shortest.
func (p *linked) reachOf(fn *Func, of map[*Func][]*reached) []*reached {
	best := make(map[reachKey]*reached)
	add := func(r *reached) {
		key := reachKey{lock: r.lock, read: r.take.Read}
		if len(r.when) > 0 {
			key.when = fmt.Sprint(r.when)
		}
		if old := best[key]; old == nil || r.plainer(old) {
			best[key] = r
		}
	}
	for _, take := range fn.Takes {
		if !take.Try && !take.Lock.Fresh {
			add(&reached{lock: take.Lock, take: take, fn: fn, at: fn, gates: gates(take.Held), drops: p.drops[fn], when: take.If})
		}
	}
	for _, call := range fn.Calls {
		if call.Go {
			continue
		}
		for _, callee := range p.callees[call] {
			for _, r := range of[callee] {
				if up := r.from(fn, call); up != nil {
					up.drops = union(up.drops, p.drops[fn])
					add(up)
				}
			}
		}
	}
	found := slices.SortedFunc(maps.Values(best), compareReached)
	return found[:min(len(found), maxReached)]
}

// own returns a variable that a literal in fn uses as fn knows it.
func (fn *Func) own(r Root) Root {
	if i := slices.Index(fn.Params, r.ID); r.Kind == Variable && i >= 0 {
		return Root{Kind: Param, Index: i}
	}
	return r
}

// plainer reports whether r is the better argument of two ways to one lock.
func (r *reached) plainer(other *reached) bool {
	if x, y := len(r.gates)+len(r.drops), len(other.gates)+len(other.drops); x != y {
		return x < y
	}
	return r.depth < other.depth
}

// from returns what a call in fn makes of a lock that its callee acquires; nil
// if nobody else can hold it, or if it lies too deep.
func (r *reached) from(fn *Func, call *Call) *reached {
	lock := r.lock.in(call.Args)
	if kept := call.Kept; kept != nil && kept.Root.Kind != Nowhere && r.lock.Captured && r.lock.Root.Kind == Variable {
		lock = r.lock.boundTo(*kept)
	}
	if r.at.within(fn) {
		lock.Root, lock.From = fn.own(lock.Root), fn.own(lock.From)
	} else if lock.From.Kind == Variable && lock.From == r.lock.From {
		lock.From = Root{}
	}
	if lock.Root.Kind == Variable && lock.Root == r.lock.Root && !r.at.within(fn) || len(steps(lock.Path)) > maxPath {
		lock.Root, lock.Path = Root{}, "" // a variable of the callee; where it comes from may be known
	}
	if lock.Fresh || lock.Class == "" && lock.Root.Kind == Nowhere || r.depth >= maxDepth {
		return nil
	}
	when, can := call.allows(r.when)
	if !can {
		return nil
	}
	return &reached{
		when: slices.Concat(when, call.If), lock: lock, take: r.take, fn: r.fn, at: fn, via: call, next: r, depth: r.depth + 1,
		gates: union(r.gates, gates(call.Held)), drops: r.drops,
	}
}

// allows returns what the conditions of a callee mean for the caller; can is
// false if the arguments rule them out.
func (c *Call) allows(when []Condition) (here []Condition, can bool) {
	for _, w := range when {
		i := slices.IndexFunc(c.Bools, func(b Bool) bool { return b.For == w.Param })
		switch {
		case i < 0:
		case c.Bools[i].Known && c.Bools[i].Is != w.Is:
			return nil, false
		case !c.Bools[i].Known:
			here = append(here, Condition{c.Bools[i].Param, w.Is != c.Bools[i].Is})
		}
	}
	return here, true
}

func compareReached(a, b *reached) int {
	first := cmp.Or(
		cmp.Compare(a.depth, b.depth), cmp.Compare(a.fn.ID, b.fn.ID), cmp.Compare(a.take.Pos, b.take.Pos),
		cmp.Compare(a.lock.Class, b.lock.Class), cmp.Compare(a.lock.Path, b.lock.Path),
		cmp.Compare(a.lock.Root.ID, b.lock.Root.ID), cmp.Compare(a.lock.Root.Index, b.lock.Root.Index),
		cmp.Compare(a.lock.From.ID, b.lock.From.ID), cmp.Compare(a.lock.From.Index, b.lock.From.Index))
	if first != 0 {
		return first // to print them is dear
	}
	return cmp.Compare(fmt.Sprint(a.when, a.lock), fmt.Sprint(b.when, b.lock))
}

// gates returns the classes that are held on every path.
func gates(held []Hold) (all []Class) {
	for _, h := range held {
		if h.Must {
			all = append(all, h.Lock.Class)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// union of two sorted sets.
func union(a, b []Class) []Class {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
