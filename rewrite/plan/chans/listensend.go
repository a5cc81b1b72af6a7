package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// ListenSend lets a send listen for the end of its loop, and then return as the
// select of that loop does:
//
//	                                 select {
//	out <- v                 →       case out <- v:
//	                                 case <-ctx.Done():
//	                                         return ctx.Err()
//	                                 }
//
// A send that is all that the default of that very select does becomes its case.
//
// Until the end it sends as before. When the end has come and a receiver is
// there as well either may be chosen: so it is unsafe.
func ListenSend(s *edit.Site) error {
	send, ok := s.Bound("$send").(*ast.SendStmt)
	if !ok {
		return errors.New("internal: the rule binds no send")
	}
	fn := around.InnermostFunction(s.Match.Decl, send)
	deaf := channels.Of(s.Match.Pkg).DeafSend(fn, send)
	if deaf == nil {
		return errors.New("internal: nothing is known of the loop")
	}
	if deaf.Call != nil {
		return fmt.Errorf("the loop that should end is that around line %d: what it should do when the send gives up is not known", around.Line(s, deaf.Call))
	}
	ret, err := plainReturn(s, fn, deaf)
	if err != nil {
		return err
	}
	for _, n := range append([]ast.Node{deaf.Quit.X}, exprNodes(ret.Results)...) {
		if err := allSeenAt(s, n, send); err != nil {
			return err
		}
	}
	if foldDefault(s, send, deaf.Clause) {
		return nil
	}
	var results []dst.Expr
	for _, x := range ret.Results {
		results = append(results, s.Copy(x))
	}
	return sendOrQuit(s, send, s.Copy(deaf.Quit.X), results)
}

// plainReturn returns the return of the clause, if it is all that the clause
// does and means the same where the send stands.
func plainReturn(s *edit.Site, fn ast.Node, deaf *channels.Deaf) (*ast.ReturnStmt, error) {
	ret, ok := deaf.Clause.Body[0].(*ast.ReturnStmt)
	if !ok {
		return nil, fmt.Errorf("line %d does more than to return at the end", around.Line(s, deaf.Clause.Body[0]))
	}
	body := around.BodyOf(fn)
	for _, n := range append([]ast.Node{deaf.Quit}, exprNodes(ret.Results)...) {
		if err := outsideBlocks(s, body, n); err != nil {
			return nil, err
		}
	}
	return ret, nil
}

func exprNodes(list []ast.Expr) (nodes []ast.Node) {
	for _, x := range list {
		nodes = append(nodes, x)
	}
	return nodes
}

// outsideBlocks: every variable of an expression is declared outside the
// function, as a parameter, or in the body's own list; and it calls nothing
// but methods of a context.
func outsideBlocks(s *edit.Site, body *ast.BlockStmt, n ast.Node) (err error) {
	info := s.Match.Pkg.Info
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			v, ok := info.Uses[n].(*types.Var)
			inside := ok && !v.IsField() && body.Pos() <= v.Pos() && v.Pos() < body.End()
			if inside && v.Parent() != info.Scopes[funcType(s, body)] {
				err = fmt.Errorf("%s may be another variable where the send stands", n.Name)
			}
		case *ast.CallExpr:
			fn, ok := s.Match.Pkg.Callee(n).(*types.Func)
			if !ok || !facts.IsFunc(fn, "(context.Context).Done") && !facts.IsFunc(fn, "(context.Context).Err") {
				err = fmt.Errorf("line %d calls something when it returns", around.Line(s, n))
			}
		}
		return err == nil
	})
	return err
}

// funcType returns the type expression of the function with a body: the checker
// keeps the scope of the function under it.
func funcType(s *edit.Site, body *ast.BlockStmt) (found *ast.FuncType) {
	ast.Inspect(s.Match.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body == body {
				found = n.Type
			}
		case *ast.FuncLit:
			if n.Body == body {
				found = n.Type
			}
		}
		return found == nil
	})
	return found
}
