package chans

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// withoutReceiver returns what a function does when its send finds nobody who receives: it returns an
// error, where its last result is one, or else goes on with the value dropped.
func withoutReceiver(s *edit.Site, fn ast.Node, send *ast.SendStmt, quit dst.Expr) ([]dst.Stmt, error) {
	results := signatureOf(s, fn).Results()
	if results.Len() == 0 || !isError(results.At(results.Len()-1).Type()) {
		return nil, cmp.Or(doesWithout(s, fn, send), handsOut(s, fn, send))
	}
	if n := leftOut(s, fn, send); n != nil {
		return nil, fmt.Errorf("an error returned there would leave out line %d", around.Line(s, n))
	}
	values, err := failing(s, results, quit)
	if err != nil {
		return nil, err
	}
	return []dst.Stmt{onOwnLine(edit.ReturnStmt(values...))}, nil
}

func signatureOf(s *edit.Site, fn ast.Node) *types.Signature {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return s.Match.Pkg.TypeOf(lit).(*types.Signature)
	}
	return s.Match.Pkg.Def(fn.(*ast.FuncDecl).Name).(*types.Func).Signature()
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// failing returns results with an error as the last: that of the context whose end it was, or one
// that says what happened.
func failing(s *edit.Site, results *types.Tuple, quit dst.Expr) (values []dst.Expr, err error) {
	for i := range results.Len() - 1 {
		zero, err := around.Zero(s, results.At(i).Type())
		if err != nil {
			return nil, fmt.Errorf("what the function should return is not known: %w", err)
		}
		values = append(values, zero)
	}
	if call, ok := quit.(*dst.CallExpr); ok {
		if done, ok := call.Fun.(*dst.SelectorExpr); ok && done.Sel.Name == "Done" {
			ctx, _ := dst.Clone(done.X).(dst.Expr)
			return append(values, edit.Call(edit.Sel(ctx, "Err"))), nil
		}
	}
	said := &dst.BasicLit{Kind: token.STRING, Value: `"the receiver has ended"`}
	return append(values, edit.Call(s.Qualified("errors", "New"), said)), nil
}

// leftOut returns what a return in the place of a send would leave out that somebody may rely on: a
// call behind it, or a defer, but for those that build what is returned.
func leftOut(s *edit.Site, fn ast.Node, send *ast.SendStmt) (found ast.Node) {
	ast.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if n.Pos() > send.End() && found == nil && !harmless(s, n) {
				found = n
			}
		case *ast.SendStmt, *ast.GoStmt:
			if n.Pos() > send.End() && found == nil {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// harmless reports whether a call does nothing but compute.
func harmless(s *edit.Site, call *ast.CallExpr) bool {
	if s.Match.Pkg.IsType(call.Fun) {
		return true
	}
	switch fn := s.Match.Pkg.Callee(call).(type) {
	case *types.Builtin:
		return !slices.Contains([]string{"close", "delete", "clear", "copy", "panic", "recover"}, fn.Name())
	case *types.Func:
		return fn.Pkg() != nil && (fn.Pkg().Path() == "errors" || fn.Pkg().Path() == "fmt" && fn.Name() == "Errorf")
	}
	return false
}

// handsOut refuses where a function returns a channel that only who receives would serve.
//
//	s.pub <- &event{ack: ack}
//	return ack
func handsOut(s *edit.Site, fn ast.Node, send *ast.SendStmt) (err error) {
	served := map[types.Object]bool{}
	eachChannel(s, send.Value, func(v types.Object) { served[v] = true })
	ast.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || ret.Pos() < send.End() {
			return true
		}
		for _, result := range ret.Results {
			eachChannel(s, result, func(v types.Object) {
				if served[v] {
					err = fmt.Errorf("line %d hands out %s, which only who receives would serve", around.Line(s, ret), v.Name())
				}
			})
		}
		return err == nil
	})
	return err
}

// eachChannel visits the channels of variables that an expression names.
func eachChannel(s *edit.Site, x ast.Expr, visit func(types.Object)) {
	ast.Inspect(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, isVar := s.Match.Pkg.Use(id).(*types.Var); isVar {
			if _, isChan := v.Type().Underlying().(*types.Chan); isChan {
				visit(v)
			}
		}
		return true
	})
}

// doesWithout: the function can go on though nobody has received. It does not wait behind the send
// for what may never come, and does not send again and again.
func doesWithout(s *edit.Site, fn ast.Node, send *ast.SendStmt) (err error) {
	ast.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			if n.Cond == nil && n.Pos() <= send.Pos() && send.End() <= n.End() {
				err = fmt.Errorf("the loop at line %d would go on sending to nobody", around.Line(s, n))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && n.Pos() > send.End() {
				err = fmt.Errorf("line %d waits for an answer", around.Line(s, n))
			}
		case *ast.RangeStmt:
			if _, isChan := s.Match.Pkg.TypeOf(n.X).Underlying().(*types.Chan); isChan && n.Pos() > send.End() {
				err = fmt.Errorf("line %d waits for answers", around.Line(s, n))
			}
		case *ast.CallExpr:
			if because, blocks := s.Match.Pkg.Blocks(n); blocks && n.Pos() > send.End() {
				err = fmt.Errorf("line %d %s, maybe for what nobody has received", around.Line(s, n), because)
			}
		}
		return err == nil
	})
	return err
}
