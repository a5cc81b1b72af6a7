package sharing

import (
	"go/ast"
	"go/types"
)

// rangedOver reports whether a function starts a goroutine by a call whose result it ranges over,
// to a node behind that loop: the goroutine gives the channel its end.
//
//	for e := range d.Events() { … } // out := make(chan Event); go func() { defer close(out); … }(); return out
//	return d.err
func (f *Facts) rangedOver(in *function, started strand, behind ast.Node) (over bool) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok || over || !within(loop.X, started.at) {
			return !over
		}
		call, ok := ast.Unparen(loop.X).(*ast.CallExpr)
		if ok && isChan(f.pkg.TypeOf(call)) && loop.End() <= behind.Pos() {
			gives, _ := f.handedSignals(started.start)
			for _, ch := range f.channelsOf(call) {
				over = over || len(gives[ch]) > 0
			}
		}
		return !over
	})
	return over
}

// channelsOf returns the local variables whose channels a function of the package returns.
func (f *Facts) channelsOf(call *ast.CallExpr) (all []*types.Var) {
	fn := f.decls[originOf(f.pkg.Callee(call))]
	if fn == nil {
		return nil
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		for i := 0; ok && i < len(ret.Results); i++ {
			if id, ok := ast.Unparen(ret.Results[i]).(*ast.Ident); ok {
				if v, ok := f.pkg.Use(id).(*types.Var); ok && v.Kind() == types.LocalVar && isChan(v.Type()) {
					all = append(all, v)
				}
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return all
}
