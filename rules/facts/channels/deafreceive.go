package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A DeafReceive is a receive for which nobody sends any more when a context has ended of which the
// senders hear, and the receiver does not.
type DeafReceive struct {
	Send ast.Node // a send that the end of the context takes the place of
	Ctx  *types.Var
}

// DeafReceive says of a receive from a local channel that it may wait for ever: each send is a case
// of a select beside the Done of a context, which whoever calls the function can end, and nobody
// closes the channel.
//
//	go func() {
//		for _, x := range in {
//			select {
//			case <-ctx.Done(): return
//			case ch <- work(x):
//			}
//		}
//	}()
//	for range in { sum += <-ch }
func (f *Facts) DeafReceive(receive *ast.UnaryExpr) *DeafReceive {
	if receive.Op != token.ARROW || f.inTest(receive) {
		return nil
	}
	v := f.Variable(receive.X)
	t := f.Trace(v)
	if t == nil || t.Make == nil || t.Unknown != nil || t.Returned || len(t.Elsewhere) > 0 || f.Unserved(v, receive) != nil {
		return nil
	}
	var found *DeafReceive
	alone := false
	for _, op := range t.Ops {
		switch op.Kind {
		case Close, Range:
			return nil
		case Receive:
			alone = alone || op.Node == ast.Node(receive) && op.Alone() && op.Fn == t.Fn
		case Send:
			ctx := f.endsInstead(op)
			if ctx == nil || op.Thread == nil || op.Thread.Start == nil {
				return nil
			}
			found = &DeafReceive{op.Node, ctx}
		}
	}
	if !alone {
		return nil
	}
	return found
}

// endsInstead returns the context whose end a select waits for beside a send, if whoever calls the
// function around can end it.
func (f *Facts) endsInstead(send *Op) *types.Var {
	if send.Select == nil {
		return nil
	}
	for _, clause := range send.Select.Body.List {
		comm := clause.(*ast.CommClause)
		st, ok := comm.Comm.(*ast.ExprStmt)
		if !ok {
			continue
		}
		receive, ok := ast.Unparen(st.X).(*ast.UnaryExpr)
		if !ok {
			continue
		}
		call, ok := ast.Unparen(receive.X).(*ast.CallExpr)
		if !ok || !f.isCallOf(call, "(context.Context).Done") {
			continue
		}
		if ctx := f.Variable(ast.Unparen(call.Fun).(*ast.SelectorExpr).X); ctx != nil && f.fromCaller(ctx, 0) {
			return ctx
		}
	}
	return nil
}

// fromCaller reports whether a context is a parameter of a declared function, or made of one.
func (f *Facts) fromCaller(ctx *types.Var, depth int) bool {
	if ctx.Kind() == types.ParamVar {
		decl, ok := f.declAround(ctx.Pos()).(*ast.FuncDecl)
		return ok && contains(decl.Type, identAt(ctx.Pos()))
	}
	if ctx.Kind() != types.LocalVar || depth > 2 {
		return false
	}
	found := false
	for _, m := range f.mentions(ctx) {
		assign, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(assign.Rhs) != 1 || f.Variable(assign.Lhs[0]) != ctx {
			continue
		}
		call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return false
		}
		fn, _ := f.pkg.Callee(call).(*types.Func)
		parent := f.Variable(call.Args[0])
		if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" || fn.Name() == "WithoutCancel" || parent == nil || parent == ctx || !f.fromCaller(parent, depth+1) {
			return false
		}
		found = true
	}
	return found
}
