package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// overtakes says what an atomic read in the place of a plain one would come before, of what the
// statement does behind it, or "". The language leaves the order open, and gc reads variables
// late: of return s.n, s.bump() it reads s.n last. A call in its place is made first.
func overtakes(s *edit.Site, read ast.Expr, v *types.Var) (because string) {
	pkg := s.Match.Pkg
	at, ok := pkg.Flow(around.InnermostFunction(s.Match.Decl, read)).At(read)
	if !ok {
		return "when it is read is not known"
	}
	over := map[ast.Node]bool{} // what is evaluated when the read is over: behind && or ||
	pkg.Evaluated(at.Block.Nodes[at.Index], func(n ast.Node) bool {
		if because != "" || n.End() <= read.Pos() || over[n] {
			return false
		}
		if b, ok := n.(*ast.BinaryExpr); ok && around.IsLogical(b) && edit.StandsIn(read, b.X) {
			over[b.Y] = true
		}
		if x, ok := n.(ast.Expr); ok && acts(x) && !edit.StandsIn(read, x) && mayChange(s, x, v) {
			because = fmt.Sprintf("gc reads %s behind %s, and an atomic read comes before it", edit.ExprText(read), edit.ExprText(x))
		}
		return because == ""
	})
	return because
}

// acts reports whether an expression is a call or a receive.
func acts(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.ARROW
	}
	return false
}

// mayChange reports whether a variable may have another value behind a call or a receive: what it
// does names the variable, or it waits for others, or nothing is known of it.
func mayChange(s *edit.Site, e ast.Expr, v *types.Var) bool {
	if _, unknown := s.Match.Pkg.Blocks(e); unknown {
		return true
	}
	return around.Reaches(s, e, v, map[*ast.FuncDecl]bool{})
}
