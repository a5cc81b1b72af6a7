package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A Deaf is a send that does not listen for the end of its loop.
type Deaf struct {
	Send   *ast.SendStmt
	Quit   *ast.UnaryExpr  // the receive by which a select of the loop hears of it
	Clause *ast.CommClause // of that receive: it returns
}

// DeafSend says whether a send of fn, not in a select, stands in a loop that a
// case of a select in it ends: <-ctx.Done(), or <-stop of a signal channel. The
// channel must outlive the loop, and must not be one of which every use is known
// or that is made with room.
func (f *Facts) DeafSend(fn ast.Node, send *ast.SendStmt) *Deaf {
	if fn == nil || f.isCase(fn, send) {
		return nil
	}
	loops := f.loopsAround(fn, send)
	root := f.Root(send.Chan)
	if len(loops) == 0 || root == nil || f.hasRoom(send.Chan) {
		return nil
	}
	loop := loops[0]
	v := f.Variable(root)
	if v == nil || loop.Pos() <= v.Pos() && v.Pos() < loop.End() {
		return nil
	}
	clause, quit := f.quitIn(loop, fn)
	if clause == nil || f.same(quit.X, send.Chan) {
		return nil
	}
	return &Deaf{send, quit, clause}
}

// isCase reports whether the send is the operation of a select's case.
func (f *Facts) isCase(fn ast.Node, send *ast.SendStmt) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		clause, ok := n.(*ast.CommClause)
		found = found || ok && clause.Comm == ast.Stmt(send)
		return !found
	})
	return found
}

// hasRoom reports whether the channel is local and all known, or whether some
// make of the package gives the variable or field a buffer.
func (f *Facts) hasRoom(ch ast.Expr) bool {
	if t := f.Trace(f.Variable(ch)); t != nil && (t.Unknown == nil || t.Make == nil || len(t.Make.Args) > 1) {
		return true
	}
	return f.buffered()[f.field(ch)]
}

// buffered returns the variables and fields that some make gives a buffer.
func (f *Facts) buffered() map[types.Object]bool {
	if f.roomy != nil {
		return f.roomy
	}
	f.roomy = map[types.Object]bool{}
	note := func(to ast.Expr, value ast.Expr) {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if ok && f.isBuiltin(call, "make") && len(call.Args) > 1 {
			f.roomy[f.field(to)] = true
		}
	}
	for _, file := range f.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i := range n.Lhs {
					if len(n.Lhs) == len(n.Rhs) {
						note(n.Lhs[i], n.Rhs[i])
					}
				}
			case *ast.KeyValueExpr:
				note(n.Key, n.Value)
			}
			return true
		})
	}
	return f.roomy
}

// quitIn returns a case of a select in the loop that ends the function: it
// receives a mere signal and returns.
func (f *Facts) quitIn(loop ast.Stmt, fn ast.Node) (clause *ast.CommClause, quit *ast.UnaryExpr) {
	ast.Inspect(loop, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || clause != nil {
			return false
		}
		if c, ok := n.(*ast.CommClause); ok && f.returns(c) {
			if receive := f.signalReceive(c.Comm); receive != nil {
				clause, quit = c, receive
			}
		}
		return true
	})
	return clause, quit
}

// returns reports whether a clause ends in a return.
func (f *Facts) returns(c *ast.CommClause) bool {
	if len(c.Body) == 0 {
		return false
	}
	_, ok := c.Body[len(c.Body)-1].(*ast.ReturnStmt)
	return ok
}

// signalReceive returns the receive of a case that takes no value: of
// ctx.Done(), or of a chan struct{} that is named.
func (f *Facts) signalReceive(comm ast.Stmt) *ast.UnaryExpr {
	st, ok := comm.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return nil
	}
	if call, ok := ast.Unparen(receive.X).(*ast.CallExpr); ok {
		fn, ok := f.pkg.Callee(call).(*types.Func)
		if ok && fn.FullName() == "(context.Context).Done" {
			return receive
		}
		return nil
	}
	ch, ok := f.pkg.Info.TypeOf(receive.X).Underlying().(*types.Chan)
	if !ok || f.Root(receive.X) == nil {
		return nil
	}
	if empty, ok := ch.Elem().Underlying().(*types.Struct); ok && empty.NumFields() == 0 {
		return receive
	}
	return nil
}
