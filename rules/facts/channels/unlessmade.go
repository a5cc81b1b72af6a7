package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// unlessMade reports whether the goroutine of an operation is started only where its channel is not
// there yet, and which is made then: there is one such goroutine, however often it is asked for.
//
//	start := func() {
//		if done != nil {
//			return
//		}
//		done = make(chan struct{})
//		go func() { work(); close(done) }()
//	}
func (f *Facts) unlessMade(op *Op, v *types.Var) (once bool) {
	start := op.Thread.Start
	if start == nil {
		return false
	}
	f.pkg.Inspect(bodyOfFunc(f.around(start)), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			once = once || f.comparesToNil(n, v, token.EQL) && contains(n.Body, start) && f.makesBefore(n.Body.List, v, start)
		case *ast.BlockStmt:
			for i, st := range n.List {
				test, ok := st.(*ast.IfStmt)
				once = once || ok && f.comparesToNil(test, v, token.NEQ) && endsWithReturn(test.Body.List) && f.makesBefore(n.List[i+1:], v, start)
			}
		}
		return !once && contains(n, start)
	})
	return once
}

// comparesToNil reports whether a statement tests nothing but whether a variable is nil.
func (f *Facts) comparesToNil(test *ast.IfStmt, v *types.Var, op token.Token) bool {
	cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	return ok && cond.Op == op && f.pkg.IsNil(cond.Y) && f.Variable(cond.X) == v
}

// makesBefore reports whether a list of statements sets a variable before it comes to a node.
func (f *Facts) makesBefore(list []ast.Stmt, v *types.Var, at ast.Node) bool {
	for _, st := range list {
		if contains(st, at) {
			return false
		}
		assign, ok := st.(*ast.AssignStmt)
		if ok && len(assign.Lhs) == 1 && f.Variable(assign.Lhs[0]) == v {
			return true
		}
	}
	return false
}
