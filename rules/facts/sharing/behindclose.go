package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// behindClose reports whether all ways to an access wait for a channel that one function alone
// closes, behind an access of its own.
//
//	c.err = err
//	close(c.ready)
//
//	<-c.ready
//	if c.err != nil { … }
func (f *Facts) behindClose(a, b *Access) bool {
	for signal, waits := range f.signalsOf(a.fn).waits {
		closes := f.signalsOf(b.fn).gives[signal]
		if !isChannel(signal) || len(closes) == 0 || !f.givenOnlyBy(b.fn, signal) {
			continue
		}
		late := !slices.ContainsFunc(closes, func(n ast.Node) bool { return n.Pos() < b.node().Pos() })
		if late && slices.ContainsFunc(waits, func(n ast.Node) bool { return f.precedes(a.fn, n, a.Expr) }) {
			return true
		}
	}
	return false
}

// precedes reports whether all ways to a node of a function lead past another one.
func (f *Facts) precedes(fn *function, first, then ast.Node) bool {
	_, all := f.pkg.Flow(fn.node).Precedes(first, then)
	return all
}

func isChannel(o types.Object) bool {
	_, is := o.Type().Underlying().(*types.Chan)
	return is
}

// givenOnlyBy reports whether no function but one sends on a channel or closes it.
func (f *Facts) givenOnlyBy(fn *function, signal types.Object) bool {
	for _, other := range f.funcs {
		if other != fn && len(f.signalsOf(other).gives[signal]) > 0 {
			return false
		}
	}
	return true
}
