package edit

import (
	"go/ast"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dave/dst"
)

// TestLawExpr replaces and wraps random expressions of real files: whatever
// stands around or inside, the result parses and no comment is lost.
func TestLawExpr(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 19))
	made := 0
	for _, path := range corpus(t, 24) {
		doc := decorateFile(t, path, read(t, path))
		if doc == nil {
			continue
		}
		exprs := places(doc.file.Syntax)
		for range min(4, len(exprs)) {
			x := exprs[random.IntN(len(exprs))]
			wrap := random.IntN(2) == 0
			s := doc.untyped()
			text, err := attemptEdit(doc, s, func() { markExpr(s, x, wrap) })
			made++
			if err != nil || strings.Count(string(text), "lockfixMarker") != 1 {
				t.Errorf("%s:%d: wrap %t: %v", path, doc.line(x.Pos())+1, wrap, err)
			}
		}
	}
	t.Logf("%d edits", made)
}

// markExpr replaces x by a call of the marker, with or without x in it.
func markExpr(s *Site, x ast.Expr, wrap bool) {
	to := Call(Ident("lockfixMarker"), &dst.CompositeLit{Type: Ident("T")})
	if wrap {
		to.Args = []dst.Expr{s.Use(x)}
	}
	s.ReplaceExpr(s.Expr(x), to)
}

// places returns the expressions of a file that any other can stand for.
func places(f *ast.File) (exprs []ast.Expr) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FieldList:
			return false // types, and unions of them
		case *ast.CallExpr:
			exprs = append(exprs, n.Args...)
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
				exprs = append(exprs, sel.X)
			}
		case *ast.BinaryExpr:
			exprs = append(exprs, n.X, n.Y)
		case *ast.IfStmt:
			exprs = append(exprs, n.Cond)
		case *ast.ReturnStmt:
			exprs = append(exprs, n.Results...)
		case *ast.KeyValueExpr:
			if lit, ok := n.Value.(*ast.CompositeLit); !ok || lit.Type != nil {
				exprs = append(exprs, n.Value) // {…} without a type stands in its list only
			}
		}
		return true
	})
	return exprs
}
