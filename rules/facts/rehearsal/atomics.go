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
