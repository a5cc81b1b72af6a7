package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// ListenEnd lets a send listen for what tells that the goroutine that receives ends, and go on
// without it then:
//
//	                                 select {
//	s.events <- e            →       case s.events <- e:
//	                                 case <-s.quit:
//	                                 }
//
// Until the end every send does what it did. After that the value is dropped where the send waited
// for ever, or the function returns an error, if it can; a receiver that is still there may miss a
// last one: so it is unsafe. It refuses where the receiver can end in another way, and where the
// function needs somebody to have received: it waits for an answer, or sends for ever. Where nothing tells of the end yet, see [tellEnd].
func ListenEnd(s *edit.Site) error {
	send, ok := s.Bound("$send").(*ast.SendStmt)
	if !ok {
		return errors.New("internal: the rule binds no send")
	}
	f := channels.Of(s.Match.Pkg)
	fn := around.InnermostFunction(s.Match.Decl, send)
	d := f.Deserted(fn, send)
	if d == nil {
		return errors.New("internal: nothing is known of who receives")
	}
	end := f.ToldEnd(d.Receive)
	if sole := f.SoleReceiver(d.Receive); sole != nil && !d.Unstarted && (end == nil || end.Other != nil) {
		return tellEnd(s, fn, send, sole)
	}
	if end == nil {
		return errors.New("what tells of the end of the receiver is not known")
	}
	if end.Other != nil {
		return fmt.Errorf("the receiver can also end at line %d, and nothing tells of that", around.Line(s, end.Other))
	}
	quit, err := quitAt(s, send, end)
	if err != nil {
		return err
	}
	then, err := withoutReceiver(s, fn, send, quit)
	if err != nil {
		return err
	}
	return sendOr(s, send, quit, then...)
}

// quitAt returns how the send calls the receiver's signal: by the same names, or, of fields of one
// object, by the way to the object of which it sends on a field.
func quitAt(s *edit.Site, send *ast.SendStmt, end *channels.ToldEnd) (dst.Expr, error) {
	from, isField := ast.Unparen(end.Chan).(*ast.SelectorExpr)
	to, sendsOnField := ast.Unparen(send.Chan).(*ast.SelectorExpr)
	if !isField || !sendsOnField {
		if err := allSeenAt(s, end.Signal, send); err != nil {
			return nil, err
		}
		return s.Copy(end.Signal), nil
	}
	if !isPath(s, to.X) {
		return nil, errors.New("the object on whose channel it sends has no name here")
	}
	x, ok := respelled(s, end.Signal, types.ExprString(from.X), to.X)
	if !ok {
		return nil, fmt.Errorf("%s is not a part of what has the channel", types.ExprString(end.Signal))
	}
	return x, nil
}

// isPath reports whether an expression is a name with fields.
func isPath(s *edit.Site, x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		_, ok := s.Match.Pkg.ObjectOf(x).(*types.Var)
		return ok
	case *ast.SelectorExpr:
		return isPath(s, x.X)
	}
	return false
}

// respelled builds an expression that begins with one path, with another in its place.
func respelled(s *edit.Site, x ast.Expr, old string, to ast.Expr) (dst.Expr, bool) {
	if types.ExprString(x) == old {
		return s.Copy(to), true
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.SelectorExpr:
		inner, ok := respelled(s, x.X, old, to)
		return edit.Sel(inner, x.Sel.Name), ok
	case *ast.CallExpr:
		if len(x.Args) == 0 {
			inner, ok := respelled(s, x.Fun, old, to)
			return edit.Call(inner), ok
		}
	}
	return nil, false
}
