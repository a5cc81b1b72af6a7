package edit

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"
)

// PathTo returns the nodes around a node of the matched file, outermost first.
func (s *Site) PathTo(n ast.Node) []ast.Node {
	var path []ast.Node
	ast.PreorderStack(s.Match.File, nil, func(m ast.Node, stack []ast.Node) bool {
		if m == n {
			path = slices.Clone(stack)
		}
		return path == nil && m.Pos() <= n.Pos() && n.End() <= m.End()
	})
	return path
}

// ListAround returns the list of statements that a statement stands in; ok is
// false where it stands in none (behind a label, as the init of an if).
func (s *Site) ListAround(st ast.Stmt) (list []ast.Stmt, ok bool) {
	path := s.PathTo(st)
	if len(path) == 0 {
		return nil, false
	}
	return Statements(path[len(path)-1])
}

// Statements returns the list of a block or a clause.
func Statements(n ast.Node) (list []ast.Stmt, ok bool) {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List, true
	case *ast.CaseClause:
		return n.Body, true
	case *ast.CommClause:
		return n.Body, true
	}
	return nil, false
}

// Within reports whether n is a part of around.
func Within(around, n ast.Node) bool { return around.Pos() <= n.Pos() && n.End() <= around.End() }

// StandsIn reports whether a node is a part of another.
func StandsIn(n, in ast.Node) bool { return Within(in, n) }

// ExprText spells an expression for a sentence. It leaves out what composite and
// function literals hold, so that two of them may have one text: see spelling.
func ExprText(e ast.Expr) string { return types.ExprString(e) }

// Spelling spells all of an expression: two expressions of one spelling say the
// same, where their names mean the same.
func Spelling(e ast.Expr) string {
	short := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CompositeLit, *ast.FuncLit:
			short = false
		}
		return short
	})
	var text bytes.Buffer
	if short || format.Node(&text, token.NewFileSet(), e) != nil {
		return ExprText(e)
	}
	return text.String()
}
