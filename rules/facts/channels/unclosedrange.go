package channels

import (
	"go/ast"
	"slices"
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
	}
	return s.out() == nil
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
