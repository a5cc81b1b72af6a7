package edit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"

	"github.com/lockfix/lockfix/rules/pattern"
)

// A template is Go with holes, parsed and decorated: an expression, or
// statements. It is made anew for every attempt, which then fills it.
type template struct {
	expr  dst.Expr       // nil if it is statements
	body  *dst.BlockStmt // around the statements
	holes map[*dst.Ident]pattern.Hole
	// declared are the names that the template itself declares, by their uses;
	// free those that it takes from where it is put.
	declared, free map[*dst.Ident]bool
}

// What stands around the text of a template, to make a file of it.
const (
	exprHead  = "package p; var _ = "
	stmtsHead = "package p; func _() {\n"
	stmtsTail = "\n}"
)

// CheckTemplate returns why a text is no template.
func CheckTemplate(source string) error {
	_, err := parseTemplate(source)
	return err
}

// parseTemplate reads a template. A type is an expression.
func parseTemplate(source string) (*template, error) {
	text, places, err := pattern.Cut(source)
	if err != nil {
		return nil, err
	}
	head, tail := stmtsHead, stmtsTail
	if _, err := parser.ParseExpr(text); err == nil {
		head, tail = exprHead, ""
	}
	dec := decorator.NewDecorator(token.NewFileSet())
	// Objects are resolved: they tell what the template itself declares.
	syntax, err := parser.ParseFile(dec.Fset, "", head+text+tail, parser.ParseComments)
	if err != nil || len(syntax.Decls) != 1 {
		return nil, fmt.Errorf("the template %q is neither an expression nor statements", source)
	}
	file, err := dec.DecorateFile(syntax)
	if err != nil {
		return nil, fmt.Errorf("the template %q cannot be decorated: %w", source, err)
	}
	t := &template{holes: map[*dst.Ident]pattern.Hole{}, declared: map[*dst.Ident]bool{}, free: map[*dst.Ident]bool{}}
	switch decl := file.Decls[0].(type) {
	case *dst.GenDecl:
		t.expr = decl.Specs[0].(*dst.ValueSpec).Values[0]
	case *dst.FuncDecl:
		t.body = decl.Body
	}
	base := int(syntax.FileStart) + len(head)
	ast.Inspect(syntax.Decls[0], func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && int(id.Pos()) >= base {
			t.sort(id, dec.Dst.Nodes[id].(*dst.Ident), places[int(id.Pos())-base])
		}
		return true
	})
	return t, nil
}

// sort notes what a name of the template is.
func (t *template) sort(syntax *ast.Ident, id *dst.Ident, hole pattern.Hole) {
	switch {
	case hole.Name != "":
		t.holes[id] = hole
	case syntax.Obj != nil:
		t.declared[id] = true
	default:
		t.free[id] = true
	}
}

// root returns what the template is a tree of.
func (t *template) root() dst.Node {
	if t.expr != nil {
		// The filler may replace what is at the top: it needs something above.
		return &dst.ParenExpr{X: t.expr}
	}
	return t.body
}
