package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// DropDefault takes a default out of a select that is all that an endless loop does:
//
//	for {                            for {
//		select {                         select {
//		case v := <-in:                  case v := <-in:
//			use(v)           →               use(v)
//		default:                         }
//		}                        }
//	}
//
// Each turn looked at the same channels again, so the same cases are chosen, without the
// turns between. It is unsafe where a channel, or a value that is sent, may be another one
// by then: the next turn would have seen that, and the select does not.
func DropDefault(s *edit.Site) error {
	clause, ok := s.Bound("$default").(*ast.CommClause)
	if !ok {
		return errors.New("internal: the rule binds no default")
	}
	twin, ok := s.Node(clause).(dst.Stmt)
	if !ok {
		return errors.New("internal: the clause has no twin")
	}
	around, ok := s.Bound("$select").(*ast.SelectStmt)
	if !ok {
		return errors.New("internal: the rule binds no select")
	}
	for _, c := range around.Body.List {
		for _, x := range operandsOf(c.(*ast.CommClause).Comm) {
			if s.Match.Pkg.Info.Types[x].Value == nil && !steady(s, x) {
				s.Downgrade(rules.Unsafe, fmt.Sprintf("%s may be set meanwhile, of which the select would not hear", edit.ExprText(x)))
			}
		}
	}
	s.Delete(twin)
	return nil
}

// steady reports whether an expression gives the same as long as its function runs: by a
// variable that is set once, by a field that is set where its struct is made, or by the
// method of such a context.
func steady(s *edit.Site, ch ast.Expr) bool {
	switch x := ast.Unparen(ch).(type) {
	case *ast.CallExpr:
		sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
		return ok && steady(s, sel.X)
	case *ast.CompositeLit:
		return len(x.Elts) == 0 // struct{}{}
	case *ast.Ident:
		v, ok := s.Match.Pkg.Use(x).(*types.Var)
		return ok && v.Kind() != types.PackageVar && channels.Of(s.Match.Pkg).Sets(v) <= 1
	case *ast.SelectorExpr:
		v, ok := s.Match.Pkg.Use(x.Sel).(*types.Var)
		if !ok || v.Pkg() == nil {
			return false
		}
		if v.Pkg() != s.Match.Pkg.Types {
			return v.Pkg().Path() == "time" // the channel of a Timer or Ticker
		}
		return !around.Assigned(s, v)
	}
	return false
}
