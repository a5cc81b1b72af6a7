package channels

import (
	"go/ast"
	"go/token"
	"slices"
)

// spelledOut returns a condition with what stands behind the predicates that it calls: of
// s.full() && !s.ended that is (len(s.jobs) >= s.room) && !s.ended. What it adds to the condition
// stands where the predicate does, and the operators between have no types.
func (f *Facts) spelledOut(cond ast.Expr) ast.Expr {
	switch x := cond.(type) {
	case *ast.ParenExpr:
		return f.spelledOut(x.X)
	case *ast.UnaryExpr:
		if inner := f.spelledOut(x.X); x.Op == token.NOT && inner != x.X {
			return &ast.UnaryExpr{OpPos: x.OpPos, Op: token.NOT, X: inner}
		}
	case *ast.BinaryExpr:
		if x.Op != token.LAND && x.Op != token.LOR {
			return cond
		}
		left, right := f.spelledOut(x.X), f.spelledOut(x.Y)
		if left != x.X || right != x.Y {
			return &ast.BinaryExpr{X: left, OpPos: x.OpPos, Op: x.Op, Y: right}
		}
	case *ast.CallExpr:
		if says := f.predicateSays(x); says != nil {
			return says
		}
	}
	return cond
}

// predicateSays returns what a method returns, if that is all that it does, and it asks nobody else.
// Its parameters stand for those of the caller, or of what these hold.
//
//	func (s *spool) full() bool { return len(s.jobs) >= s.room }
func (f *Facts) predicateSays(call *ast.CallExpr) ast.Expr {
	decl := f.pkg.Body(call)
	if decl == nil || decl.Recv == nil || len(decl.Body.List) != 1 || slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return !f.mentionsParam(arg) }) {
		return nil
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 || f.callsMore(ret.Results[0]) {
		return nil
	}
	return ret.Results[0]
}
