package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// LoadFirst looks for the key before it makes what LoadOrStore gets:
//
//	v, _ := m.LoadOrStore(k, open(k))   →   v, ok := m.Load(k)
//	                                        if !ok {
//	                                            v, _ = m.LoadOrStore(k, open(k))
//	                                        }
//
// What is found is what LoadOrStore would have returned. It is never safe: where the key
// is there the value is not made any more, and what making it does besides is not done.
func LoadFirst(s *edit.Site) error {
	store, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok || len(store.Args) != 2 {
		return errors.New("internal: the rule binds no call")
	}
	method, ok := ast.Unparen(store.Fun).(*ast.SelectorExpr)
	bind := bindingOf(s, store)
	switch {
	case !ok || bind == nil || len(bind.Lhs) != 2:
		return errors.New("the call of LoadOrStore is part of another statement")
	case s.Bound("$value") != ast.Unparen(store.Args[1]):
		return fmt.Errorf("the value is made at line %d, and an error may be asked for on the way", around.Line(s, s.Bound("$value")))
	case !s.Match.Pkg.Pure(store.Args[0]) || !s.Match.Pkg.Pure(method.X):
		return errors.New("the key or the map is computed with an effect")
	}
	found, ok := bind.Lhs[1].(*ast.Ident)
	value, ok2 := bind.Lhs[0].(*ast.Ident)
	if !ok || !ok2 || bind.Tok == token.ASSIGN && found.Name == "_" {
		return errors.New("there is no variable for whether the key was found")
	}
	name := found.Name
	if name == "_" {
		name = s.Fresh("ok", bind)
	}
	s.Downgrade(rules.Unsafe, "where the key is there, the value is not made any more")
	load := edit.Call(edit.Sel(s.Copy(method.X), "Load"), s.Copy(store.Args[0]))
	look := &dst.AssignStmt{Lhs: []dst.Expr{edit.Ident(value.Name), edit.Ident(name)}, Tok: bind.Tok, Rhs: []dst.Expr{load}}
	again := edit.Assign(s.Use(store), edit.Ident(value.Name), edit.Ident(found.Name))
	s.ReplaceStmt(s.Stmt(bind), look, edit.IfStmt(nil, edit.Not(edit.Ident(name)), edit.Block(again)))
	return nil
}

// bindingOf returns the assignment, a statement of its own, of which a call is all of the
// right side; nil if it stands otherwise.
func bindingOf(s *edit.Site, c *ast.CallExpr) (bind *ast.AssignStmt) {
	ast.Inspect(s.DeclAround(c), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && len(set.Rhs) == 1 && ast.Unparen(set.Rhs[0]) == c {
			if _, alone := s.ListAround(set); alone {
				bind = set
			}
		}
		return bind == nil
	})
	return bind
}
