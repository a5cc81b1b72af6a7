package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// givesByOthers returns where a function itself gives a signal of its own that a goroutine waits
// for, and where it starts other goroutines that do.
//
//	go func() { <-done; in.Close() }()
//	in = open()
//	go func() { defer close(done); run() }() // given behind this only
func (f *Facts) givesByOthers(in, waits *function, key types.Object) (ops []ast.Node) {
	if v, ok := key.(*types.Var); !ok || v.Kind() != types.LocalVar {
		return nil
	}
	ops = append(ops, f.signalsOf(in).gives[key]...)
	for _, other := range f.partsOfFunction(in.outermost()) {
		if _, runs, _ := other.out(); runs == started && other != waits && len(f.signalsOf(other).gives[key]) > 0 {
			ops = append(ops, startIn(in, other))
		}
	}
	return ops
}

// comesBehind reports whether a goroutine comes to an access only behind one of some waits.
func (f *Facts) comesBehind(goroutine *function, waits []ast.Node, a *Access) bool {
	return a.fn == goroutine && slices.ContainsFunc(waits, func(wait ast.Node) bool { return f.precedes(goroutine, wait, a.Expr) })
}

// startIn returns the node of a function at which it starts another one, or one that starts that;
// a node of none where that is not known.
func startIn(in, fn *function) ast.Node {
	for of := fn; of != nil; {
		around, _, at := of.out()
		if of.runs == bound || around == nil {
			break
		}
		if around == in {
			return at
		}
		of = around
	}
	return fn.node
}
