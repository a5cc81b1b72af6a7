package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// leavesInTheMiddle returns which ways out of the loop of a receiver a goroutine that sends more
// than once does not know of; nil if it may know of all, or sends once.
func (f *Facts) leavesInTheMiddle(t *Trace, op *Op) func(*facts.Block) bool {
	earlier := f.sentBefore(t, op)
	if len(earlier) == 0 && !f.handedBefore(t, op) && !f.repeats(op) {
		return nil
	}
	goesOn := slices.ContainsFunc(earlier, f.saysFailure) && !f.asksContext(op.Thread.Fn)
	return func(b *facts.Block) bool {
		return b.Exit.Normal() && (f.ownFailure(t.Fn, b.Way) || goesOn && f.failureTaken(t, b.Way))
	}
}

// sentBefore returns the sends in other places that the goroutine of a send can have made
// before: who has taken what they sent, and leaves, does not know that more comes.
//
//	err := each(jobs, func(j job) { results <- j.run() })
//	results <- result{err: err}
func (f *Facts) sentBefore(t *Trace, op *Op) (earlier []*Op) {
	flow := f.pkg.Flow(op.Thread.Fn)
	for _, first := range In(op.Thread, t.Of(Send)) {
		if some, _ := flow.Follows(first.Anchor, op.Anchor); some && first != op {
			earlier = append(earlier, first)
		}
	}
	return earlier
}

// handedBefore reports whether the goroutine has let others send before, as sendingTrace tells.
func (f *Facts) handedBefore(t *Trace, op *Op) bool {
	flow := f.pkg.Flow(op.Thread.Fn)
	return slices.ContainsFunc(t.Elsewhere, func(n ast.Node) bool {
		if !contains(op.Thread.Fn, n) {
			return false
		}
		some, _ := flow.Follows(f.literalAround(op.Thread.Fn, n), op.Anchor)
		return some
	})
}

// literalAround is the literal that stands in a function itself and holds a node, or that node.
func (f *Facts) literalAround(fn, n ast.Node) ast.Node {
	around := n
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		if lit, ok := m.(*ast.FuncLit); ok && m != fn && around == n && contains(lit, n) {
			around = lit
		}
		return around == n
	})
	return around
}

// saysFailure reports whether what is sent surely holds an error: a receiver that leaves for
// that is right, unless the goroutine goes on.
//
//	if err != nil {
//		results <- result{err: err}
//	}
//	results <- result{n: n}
func (f *Facts) saysFailure(send *Op) bool {
	st, ok := send.Node.(*ast.SendStmt)
	if !ok {
		return false
	}
	for _, cond := range conditionsAround(send.Fn, st) {
		failed := f.failed(cond)
		if failed == nil {
			continue
		}
		if v := f.Variable(failed); v != nil && f.mentioned(st.Value, v) {
			return true
		}
	}
	return false
}

// failed is the error that a condition holds against nil, nil if it is another condition.
func (f *Facts) failed(cond ast.Expr) ast.Expr {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ || !f.pkg.IsNil(b.Y) || !types.Identical(f.pkg.TypeOf(b.X), types.Universe.Lookup("error").Type()) {
		return nil
	}
	return b.X
}

func (f *Facts) mentioned(in ast.Expr, v *types.Var) bool {
	return slices.ContainsFunc(f.mentions(v), func(m mention) bool { return in.Pos() <= m.id.Pos() && m.id.End() <= in.End() })
}

// failureTaken reports whether a way out is a return because of an error that the channel has
// brought.
func (f *Facts) failureTaken(t *Trace, way ast.Node) bool {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	conds := conditionsAround(t.Fn, ret)
	if len(conds) == 0 {
		return false
	}
	failed := f.failed(conds[len(conds)-1])
	return failed != nil && slices.ContainsFunc(t.Of(Receive, Range), func(taken *Op) bool { return f.isTaken(failed, taken) })
}

// isTaken reports whether an expression names the variable that a receive sets, or a field of it.
func (f *Facts) isTaken(e ast.Expr, by *Op) bool {
	v := f.Variable(f.Root(e))
	if v == nil {
		return false
	}
	if loop, ok := by.Node.(*ast.RangeStmt); ok {
		return loop.Key != nil && f.Variable(loop.Key) == v
	}
	return slices.ContainsFunc(f.mentions(v), func(m mention) bool {
		value, sets := f.setBy(m)
		return sets && ast.Unparen(value) == by.Node
	})
}

// asksContext reports whether a goroutine looks whether a context has ended: then it may know
// that the receiver has left.
func (f *Facts) asksContext(fn ast.Node) (asks bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !asks {
			m, _ := f.pkg.Callee(call).(*types.Func)
			asks = m != nil && m.Pkg() != nil && m.Pkg().Path() == "context" && (m.Name() == "Err" || m.Name() == "Done")
		}
		return !asks
	})
	return asks
}
