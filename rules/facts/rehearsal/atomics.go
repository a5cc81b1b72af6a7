package rehearsal

import (
	"go/token"
	"go/types"
	"strings"
)

// atomic does the functions and methods of sync/atomic.
func (v *visit) atomic(fn *types.Func) {
	var at *value
	var past *vector
	if fn.Signature().Recv() != nil {
		p := v.g.r.primitiveAt(v.args[0])
		at, past = &p.held, &p.past
	} else if c, ok := v.args[0].(*cell); ok {
		at, past = &c.v, v.g.atomicOn(c)
	} else {
		v.g.r.giveUp("an unknown atomic")
	}
	v.g.act(v.pos, "does something atomic", func() {
		v.g.acquire(*past)
		writes := !strings.HasPrefix(fn.Name(), "Load")
		if writes {
			v.g.r.changed = v.g.r.rings
			v.g.release(past)
		}
		if c, ok := v.args[0].(*cell); ok && fn.Signature().Recv() == nil {
			v.g.touchAtomic(c, writes, v.pos)
		}
		v.give(v.atomically(fn.Name(), at))
	})
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
