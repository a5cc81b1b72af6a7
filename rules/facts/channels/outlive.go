package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// Outlived returns a close, by the function that made the channel and receives
// from it, that can come before a send of a goroutine that it started; nil if
// there is none, or not every use of the channel is known.
func (f *Facts) Outlived(v *types.Var, send ast.Node) *Op {
	t := f.Trace(v)
	if t == nil {
		t = f.traceOfParameter(v)
	}
	if t == nil || t.Unknown != nil {
		return nil
	}
	i := slices.IndexFunc(t.Ops, func(op *Op) bool { return op.Node == send && op.Kind == Send })
	if i < 0 || !f.childOfHome(t.Ops[i]) {
		return nil
	}
	op, receives := t.Ops[i], t.Of(Receive, Range)
	if len(receives) == 0 || len(In(t.Home, receives)) != len(receives) {
		return nil
	}
	for _, c := range In(t.Home, t.Of(Close)) {
		if f.closesFirst(t, op, c, receives) {
			return c
		}
	}
	return nil
}

// FirstOutlived is Outlived for the first send of a goroutine in the text: the
// others go with it.
func (f *Facts) FirstOutlived(v *types.Var, send ast.Node) *Op {
	c := f.Outlived(v, send)
	if c == nil {
		return nil
	}
	t, op := f.whole(v, send)
	if op == nil {
		return c
	}
	for _, other := range In(op.Thread, t.Of(Send)) {
		if other.Node.Pos() < send.Pos() && f.Outlived(v, other.Node) != nil {
			return nil
		}
	}
	return c
}

// closesFirst reports whether a path starts the goroutine of op and closes the
// channel without having received, or having waited in another way.
func (f *Facts) closesFirst(t *Trace, op, c *Op, receives []*Op) bool {
	if f.waitsBefore(t.Fn, c) || f.lastCloses(op, c) || f.ownerWaits(t, op, c) {
		return false
	}
	s := f.leaving(t, op, receives)
	if c.Deferred == nil {
		s.until = func(n ast.Node) bool { return n == c.Anchor }
		return c.Direct() && s.out() != nil
	}
	exit := s.out()
	if exit == nil {
		return false
	}
	_, before := f.pkg.Flow(t.Fn).Precedes(c.Deferred, op.Thread.Anchor)
	_, always := f.pkg.Flow(t.Fn).Precedes(c.Deferred, exit)
	return before || always
}

// waitsBefore reports whether a Wait of some group can come before a close: on
// which paths is then a matter of what the group counts.
func (f *Facts) waitsBefore(fn ast.Node, c *Op) bool {
	flow, found := f.pkg.Flow(fn), false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && !found && (f.isWait(call) || f.waitsWithin(call)) {
			some, _ := flow.Follows(call, c.Anchor)
			found = some || c.Deferred != nil
		}
		return !found
	})
	return found
}
