package channels

import (
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rules/facts"
)

// neverChosen reports whether an edge chooses a case of a select that can never
// go on: on a local channel that nobody serves.
func (f *Facts) neverChosen(e facts.Edge) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	switch comm := clause.Comm.(type) {
	case *ast.SendStmt:
		t := f.Trace(f.Variable(comm.Chan))
		return t != nil && t.Unknown == nil && t.Make != nil && len(t.Make.Args) == 1 && len(t.Of(Receive, Range)) == 0
	case *ast.ExprStmt:
		return f.neverServed(comm.X)
	case *ast.AssignStmt:
		return f.neverServed(comm.Rhs[0])
	}
	return false
}

func (f *Facts) neverServed(x ast.Expr) bool {
	receive, ok := ast.Unparen(x).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return false
	}
	t := f.Trace(f.Variable(receive.X))
	return t != nil && t.Unknown == nil && len(t.Of(Send, Close)) == 0
}
