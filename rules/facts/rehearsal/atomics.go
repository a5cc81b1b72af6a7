package rehearsal

import (
	"go/token"
	"go/types"
	"strings"
)

// atomic does the functions and methods of sync/atomic.
func (v *visit) atomic(fn *types.Func) {
	var at *value
	if fn.Signature().Recv() != nil {
		at = &v.g.r.primitiveAt(v.args[0]).held
	} else if c, ok := v.args[0].(*cell); ok {
		at = &c.v
	} else {
		v.g.r.giveUp("an unknown atomic")
	}
	v.g.act(v.pos, "does something atomic", func() { v.give(v.atomically(fn.Name(), at)) })
}

// atomically does one operation on an atomic variable.
func (v *visit) atomically(name string, at *value) value {
	r := v.g.r
	switch had := *at; {
	case strings.HasPrefix(name, "Load"):
		return had
	case strings.HasPrefix(name, "Store"):
		*at = v.args[1]
		return nil
	case strings.HasPrefix(name, "Swap"):
		*at = v.args[1]
		return had
	case strings.HasPrefix(name, "Add"):
		*at = r.binary(token.ADD, had, v.args[1])
		return *at
	case strings.HasPrefix(name, "CompareAndSwap"):
		if !r.decided(r.equal(had, v.args[1])) {
			return false
		}
		*at = v.args[2]
		return true
	}
	r.giveUp("the function " + name)
	return nil
}

// errgroup does the methods of errgroup.Group.
func (v *visit) errgroup(name string) bool {
	method, ok := strings.CutPrefix(name, "(*golang.org/x/sync/errgroup.Group).")
	if !ok {
		return false
	}
	g, p := v.g, v.g.r.primitiveAt(v.args[0])
	switch method {
	case "SetLimit":
		n, ok := v.args[1].(int64)
		if !ok {
			g.r.giveUp("an unknown limit")
		}
		p.queued = int(n)
	case "Wait":
		g.wait(p, v.pos)
		wait := g.pending
		wait.do = func(int) { v.give(g.r.symbolOf(g.r.nameOf(p) + " fails")) }
	case "Go":
		limit := p.queued
		g.pending = &pending{
			pos: v.pos, what: "waits for a place in the group", on: p,
			ways: func() int {
				if limit > 0 && p.count >= int64(limit) {
					return 0
				}
				return 1
			},
			do: func(int) { g.counted(p, v.args[1], v.pos) },
		}
	default:
		return false
	}
	return true
}
