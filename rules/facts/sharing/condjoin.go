package sharing

import (
	"go/ast"
	"go/types"
)

// awaitsFlag returns the variables in the conditions of loops by which a function waits on a
// sync.Cond until a goroutine has set one of them, which is the last that this does: whoever finds
// it set has waited, too.
//
//	go func() { n++; mu.Lock(); ready = true; cond.Signal(); mu.Unlock() }()
//	for !ready { cond.Wait() }
func (f *Facts) awaitsFlag(in, goroutine *function) (asked []ast.Node) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			if n.Cond == nil || !f.sleepsOnCond(n.Body) {
				return true
			}
			f.pkg.Inspect(n.Cond, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && f.setsLast(goroutine, f.pkg.Use(id)) {
					asked = append(asked, id)
				}
				return true
			})
		}
		return true
	})
	return asked
}

// sleepsOnCond reports whether a block waits on a sync.Cond.
func (f *Facts) sleepsOnCond(body *ast.BlockStmt) (waits bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			callee, ok := f.pkg.Callee(call).(*types.Func)
			waits = waits || ok && callee.FullName() == "(*sync.Cond).Wait"
		}
		return !waits
	})
	return waits
}

// setsLast reports whether a literal that runs on a goroutine sets a variable, and does nothing
// behind that but to wake others and to unlock.
func (f *Facts) setsLast(goroutine *function, v types.Object) bool {
	if lit, ok := goroutine.node.(*ast.FuncLit); !ok || v == nil || lit.Pos() <= v.Pos() && v.Pos() < lit.End() {
		return false
	}
	set := false
	for _, st := range goroutine.body().List {
		switch st := st.(type) {
		case *ast.AssignStmt:
			id, ok := ast.Unparen(st.Lhs[0]).(*ast.Ident)
			set = ok && len(st.Lhs) == 1 && f.pkg.Use(id) == v
		case *ast.DeferStmt:
		case *ast.ExprStmt:
			call, ok := st.X.(*ast.CallExpr)
			set = set && ok && wakes[calledMethod(call)]
		default:
			set = false
		}
	}
	return set
}

// wakes are the methods that a goroutine calls at its end for others to go on.
var wakes = map[string]bool{"Signal": true, "Broadcast": true, "Unlock": true}
