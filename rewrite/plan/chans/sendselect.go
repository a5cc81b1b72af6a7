package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// sendOrQuit makes a send one case of a select, of which the other receives from quit
// and returns results.
func sendOrQuit(s *edit.Site, send *ast.SendStmt, quit dst.Expr, results []dst.Expr) error {
	return sendOr(s, send, quit, onOwnLine(edit.ReturnStmt(results...)))
}

// sendOr puts a send into a select that is over, too, when the end has come, and does something then.
func sendOr(s *edit.Site, send *ast.SendStmt, quit dst.Expr, then ...dst.Stmt) error {
	if _, ok := s.ListAround(send); !ok {
		return fmt.Errorf("the send at line %d stands in no list of statements", around.Line(s, send))
	}
	first := &dst.CommClause{Comm: &dst.SendStmt{Chan: s.Use(send.Chan), Value: s.Use(send.Value)}}
	first.Decs.Colon = s.TakeSameLine(s.Stmt(send))
	done := edit.ExprStmt(&dst.UnaryExpr{Op: token.ARROW, X: quit})
	s.ReplaceStmt(s.Stmt(send), &dst.SelectStmt{Body: edit.Block(first, &dst.CommClause{Comm: done, Body: then})})
	return nil
}

// foldDefault makes a send the case of the select in whose default it stands alone:
//
//	select {                             select {
//	case <-quit:                         case <-quit:
//		return                   →           return
//	default:                             case out <- v:
//		out <- v                     }
//	}
//
// The value must be computed without effect: a case is, also where another is chosen. It
// reports whether it has.
func foldDefault(s *edit.Site, send *ast.SendStmt, with *ast.CommClause) bool {
	path := s.PathTo(send)
	if len(path) < 3 || !s.Match.Pkg.Pure(send.Chan) || !s.Match.Pkg.Pure(send.Value) {
		return false
	}
	clause, ok := path[len(path)-1].(*ast.CommClause)
	body, isBody := path[len(path)-2].(*ast.BlockStmt)
	if !ok || !isBody || clause.Comm != nil || len(clause.Body) != 1 || len(body.List) != 2 || body.List[0] != ast.Stmt(with) && body.List[1] != ast.Stmt(with) {
		return false
	}
	twin, ok := s.Stmt(clause).(*dst.CommClause)
	if !ok {
		return false
	}
	twin.Comm = &dst.SendStmt{Chan: s.Use(send.Chan), Value: s.Use(send.Value)}
	s.Delete(s.Stmt(send))
	return true
}

// seenAt: the name of a variable means it at a node.
func seenAt(s *edit.Site, v *types.Var, at ast.Node) error {
	scope := s.Match.Pkg.Types.Scope().Innermost(at.Pos())
	if scope == nil {
		return errors.New("internal: the send stands in no scope")
	}
	if _, seen := scope.LookupParent(v.Name(), at.Pos()); seen != types.Object(v) {
		return fmt.Errorf("%s is another variable where the send stands", v.Name())
	}
	return nil
}

// allSeenAt: the names of an expression mean what they do at another node.
func allSeenAt(s *edit.Site, x, at ast.Node) (err error) {
	ast.Inspect(x, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			err = errors.Join(err, allSeenAt(s, sel.X, at))
			return false
		}
		if id, ok := n.(*ast.Ident); ok && err == nil {
			scope := s.Match.Pkg.Types.Scope().Innermost(at.Pos())
			if scope == nil {
				err = errors.New("internal: the send stands in no scope")
				return false
			}
			if _, seen := scope.LookupParent(id.Name, at.Pos()); seen != s.Match.Pkg.ObjectOf(id) {
				err = fmt.Errorf("%s is something else where the send stands", id.Name)
			}
		}
		return err == nil
	})
	return err
}
