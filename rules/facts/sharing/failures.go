package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// testedToFail reports whether a variable is not nil at a node of a function, by a test of it:
// the node stands where it is not, or behind where the function leaves if it is.
//
//	if err == nil {
//		close(done)
//		return
//	}
//	errs <- err
func (f *Facts) testedToFail(fn *function, v *types.Var, at ast.Node) (fails bool) {
	f.pkg.Inspect(fn.outermost().body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			fails = fails || within(n.Body, at) && f.comparesToNil(n, v, token.NEQ) && !f.setBetween(fn, v, n.Body.Pos(), at)
		case *ast.BlockStmt:
			for _, st := range n.List {
				test, ok := st.(*ast.IfStmt)
				fails = fails || ok && test.End() <= at.Pos() && leaves(test.Body) && test.Else == nil &&
					f.comparesToNil(test, v, token.EQL) && !f.setBetween(fn, v, test.End(), at)
			}
		}
		return !fails && within(n, at)
	})
	return fails
}

// comparesToNil reports whether a statement tests nothing but whether a variable is nil.
func (f *Facts) comparesToNil(test *ast.IfStmt, v *types.Var, op token.Token) bool {
	cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	return ok && cond.Op == op && f.pkg.IsNil(cond.Y) && f.holder(cond.X) == v
}

// setBetween reports whether a variable is set between a position and a node.
func (f *Facts) setBetween(fn *function, v *types.Var, from token.Pos, at ast.Node) (set bool) {
	f.pkg.Inspect(fn.outermost().body(), func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if ok && assign.Pos() >= from && assign.Pos() < at.Pos() {
			set = set || slices.ContainsFunc(assign.Lhs, func(e ast.Expr) bool { return f.holder(e) == v })
		}
		return !set
	})
	return set
}
