package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// overtakes says what an atomic read in the place of a plain one would come before, of what the
// statement does behind it, or "". The language leaves the order open, and gc reads variables
// late: of return s.n, s.bump() it reads s.n last. A call in its place is made first.
func (s *Site) overtakes(read ast.Expr, v *types.Var) (because string) {
	pkg := s.Match.Pkg
	at, ok := pkg.Flow(functionAround(s.Match.Decl, read)).At(read)
	if !ok {
		return "when it is read is not known"
	}
	over := map[ast.Node]bool{} // what is evaluated when the read is over: behind && or ||
	pkg.Evaluated(at.Block.Nodes[at.Index], func(n ast.Node) bool {
		if because != "" || n.End() <= read.Pos() || over[n] {
			return false
		}
		if b, ok := n.(*ast.BinaryExpr); ok && isLogical(b) && standsIn(read, b.X) {
			over[b.Y] = true
		}
		if x, ok := n.(ast.Expr); ok && acts(x) && !standsIn(read, x) && s.mayChange(x, v) {
			because = fmt.Sprintf("gc reads %s behind %s, and an atomic read comes before it", exprText(read), exprText(x))
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
func (s *Site) mayChange(e ast.Expr, v *types.Var) bool {
	if _, unknown := s.Match.Pkg.Blocks(e); unknown {
		return true
	}
	return s.reaches(e, v, map[*ast.FuncDecl]bool{})
}

// reaches reports whether code, or the functions of this package that it calls, name a variable.
func (s *Site) reaches(code ast.Node, v *types.Var, seen map[*ast.FuncDecl]bool) (does bool) {
	pkg := s.Match.Pkg
	pkg.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			does = does || origin(pkg.Info.Uses[n]) == origin(v)
		case *ast.CallExpr:
			if decl := pkg.Body(n); !does && decl != nil && !seen[decl] {
				seen[decl] = true
				does = s.reaches(decl.Body, v, seen)
			}
		}
		return !does
	})
	return does
}
