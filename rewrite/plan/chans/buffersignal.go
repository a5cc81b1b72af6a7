package chans

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// BufferSignal gives the channel of a signal.Notify room for one:
//
//	c := make(chan os.Signal)   →   c := make(chan os.Signal, 1)
//
// Notify never waits, so that nothing of it depends on the rendezvous. Who sends on the
// channel by hand does: then it is unsafe, as where somebody looks at its capacity.
func BufferSignal(s *edit.Site) error {
	name, ok := s.Bound("$ch").(*ast.Ident)
	if field, isField := s.Bound("$ch").(*ast.SelectorExpr); isField {
		name, ok = field.Sel, true
	}
	made, isAssign := s.Match.Nodes[0].(*ast.AssignStmt)
	if !ok || !isAssign || len(made.Rhs) != 1 {
		return fmt.Errorf("internal: the rule binds no make")
	}
	v := s.Match.Pkg.ObjectOf(name)
	noteOutside(s, v)
	for _, file := range s.Match.Pkg.Files {
		ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && s.Match.Pkg.Use(id) == v && id != name && leansOnRendezvous(id, stack) {
				s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d may mean a channel without room", around.Line(s, id)))
			}
			return true
		})
	}
	c, ok := s.Expr(made.Rhs[0]).(*dst.CallExpr)
	if !ok || len(c.Args) == 0 {
		return fmt.Errorf("internal: the rule binds no make")
	}
	c.Args = append(c.Args[:1], &dst.BasicLit{Kind: token.INT, Value: "1"})
	return nil
}

// noteOutside lowers the level where what is not seen may use the channel: other packages, or
// a file that is not built here.
func noteOutside(s *edit.Site, ch types.Object) {
	v, ok := ch.(*types.Var)
	if !ok || !v.IsField() && v.Kind() != types.PackageVar {
		return
	}
	if v.Exported() {
		s.Downgrade(rules.Unsafe, "other packages may mean a channel without room")
	}
	if s.Pkg.Dir == "" {
		return
	}
	if file := s.Pkg.NamedElsewhere(v.Name()); file != "" {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, which is not built here, may mean a channel without room", filepath.Base(file)))
	}
}

// leansOnRendezvous reports whether a use of a channel is more than to receive from it, or to
// hand it to package os/signal: it sends, asks for the capacity, or hands it to who may.
func leansOnRendezvous(id *ast.Ident, stack []ast.Node) bool {
	x := ast.Expr(id)
	if field, ok := stack[len(stack)-1].(*ast.SelectorExpr); ok && field.Sel == id {
		x, stack = field, stack[:len(stack)-1]
	}
	switch around := stack[len(stack)-1].(type) {
	case *ast.UnaryExpr:
		return around.Op != token.ARROW
	case *ast.RangeStmt:
		return around.X != x
	case *ast.CallExpr:
		sel, ok := around.Fun.(*ast.SelectorExpr)
		return !ok || edit.Spelling(sel.X) != "signal"
	}
	return true
}
