package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// unclosedRange finds a goroutine that ranges over a channel which nobody closes: it stays when
// the function that started it has left, whoever sent.
func (f *Facts) unclosedRange(t *Trace, op *Op) *Starved {
	loop, ok := op.Node.(*ast.RangeStmt)
	if !ok || len(t.Of(Close)) > 0 || len(t.Of(Send)) == 0 || f.leavesRange(loop) || slices.ContainsFunc(t.Of(Send), f.sendsForEver) {
		return nil
	}
	joins := f.joins(t, op)
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: op.Thread.Anchor,
		covered: func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && f.isWait(call) {
				return f.waitsForEndOf(call, op.Thread, loop)
			}
			return joins(n)
		},
	}
	if exit := s.out(); exit != nil {
		return &Starved{Op: op, Trace: t, Exit: exit}
	}
	return nil
}

// sendsForEver reports whether an operation is of a goroutine that never ends, as is meant.
func (f *Facts) sendsForEver(op *Op) bool {
	if op.Thread.In == nil {
		return false
	}
	s := &search{
		f: f, fn: op.Thread.Fn, flow: f.pkg.Flow(op.Thread.Fn),
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.hearsNoClose(op.Thread, from, e) },
	}
	return s.out() == nil
}

// hearsNoClose reports whether an edge is only taken where a goroutine has seen that a channel
// is closed, one that it was given and that nobody in the package closes: it is there to stay.
//
//	for {
//		job, ok := <-in
//		if !ok {
//			return
//		}
//		…
func (f *Facts) hearsNoClose(th *Thread, from *facts.Block, e facts.Edge) bool {
	if in := f.foundClosed(th.Fn, from, e); in != nil {
		ch, ok := f.pkg.TypeOf(f.givenFor(th, in)).Underlying().(*types.Chan)
		return ok && !f.closesAny(ch)
	}
	return false
}

// foundClosed returns the channel that is closed where an edge is taken: that of the range
// which ends there, or of the receive whose ok is false. It is nil of other edges.
func (f *Facts) foundClosed(fn ast.Node, from *facts.Block, e facts.Edge) ast.Expr {
	for _, other := range from.Succs {
		if loop, ok := other.Case.(*ast.RangeStmt); ok && e.Case == nil && e.Cond == nil {
			if _, isChan := f.pkg.TypeOf(loop.X).Underlying().(*types.Chan); isChan {
				return loop.X
			}
		}
	}
	id, ok := ast.Unparen(orNil(e.Cond)).(*ast.Ident)
	if !ok || e.Truth || e.Tag != nil {
		return nil
	}
	return f.receivedWith(fn, f.pkg.Use(id))
}

func orNil(e ast.Expr) ast.Expr {
	if e == nil {
		return &ast.BadExpr{}
	}
	return e
}

// receivedWith returns the channel of the one receive of a function that sets a variable to
// whether it got something.
func (f *Facts) receivedWith(fn ast.Node, told types.Object) (in ast.Expr) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
			return true
		}
		id, isIdent := assign.Lhs[1].(*ast.Ident)
		receive, isReceive := ast.Unparen(assign.Rhs[0]).(*ast.UnaryExpr)
		if isIdent && isReceive && isArrow(receive) && told != nil && f.pkg.Def(id) == told {
			in = receive.X
		}
		return true
	})
	return in
}

// givenFor returns what a goroutine is started with for a parameter; what it names itself
// otherwise.
func (f *Facts) givenFor(th *Thread, x ast.Expr) ast.Expr {
	start, ok := th.Start.(*ast.GoStmt)
	v := f.Variable(x)
	if !ok || v == nil || v.Kind() != types.ParamVar {
		return x
	}
	sig, ok := f.pkg.TypeOf(start.Call.Fun).(*types.Signature)
	for i := 0; ok && i < min(sig.Params().Len(), len(start.Call.Args)); i++ {
		if sig.Params().At(i).Pos() == v.Pos() {
			return start.Call.Args[i]
		}
	}
	return x
}

// closesAny reports whether the package closes any channel of the elements that another has,
// or of elements of whatever type.
func (f *Facts) closesAny(like *types.Chan) (closes bool) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 || f.pkg.Callee(call) != types.Universe.Lookup("close") {
				return !closes
			}
			ch, ok := f.pkg.TypeOf(call.Args[0]).Underlying().(*types.Chan)
			if !ok {
				closes = true
				return false
			}
			_, open := ch.Elem().(*types.TypeParam)
			closes = closes || open || types.Identical(ch.Elem(), like.Elem())
			return !closes
		})
	}
	return closes
}

// waitsForEndOf reports whether a Wait may be one for the end of a goroutine, and not only for
// what it does in a loop.
func (f *Facts) waitsForEndOf(wait *ast.CallExpr, th *Thread, loop ast.Stmt) bool {
	of := f.groups().of[wait]
	if of == nil {
		return true
	}
	t := f.Trace(f.Variable(of.Group))
	if t == nil || t.Unknown != nil {
		return true
	}
	return slices.ContainsFunc(t.Of(Done, Go), func(op *Op) bool {
		own := op.Kind == Go && op.Node == th.Start || op.Thread.Start == th.Start
		return own && !(loop.Pos() <= op.Node.Pos() && op.Node.End() <= loop.End())
	})
}
