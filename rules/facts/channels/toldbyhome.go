package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// toldByHome reports whether an edge leads to a case of a select that waits for a word of the very
// function that receives: one that it only gives when it leaves, or behind the receive.
//
//	stop := make(chan struct{})
//	defer close(stop)
//	go func() { select { case out <- work(): case <-stop: } }()
//	return <-out
func (f *Facts) toldByHome(t *Trace, op *Op, e facts.Edge) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	receive := receiveOf(clause.Comm)
	if receive == nil {
		return false
	}
	if done, ok := ast.Unparen(receive.X).(*ast.CallExpr); ok {
		return f.cancelledByHome(t, op, done, nil)
	}
	word := f.Trace(f.Variable(receive.X))
	if word == nil || word.Unknown != nil || word.Fn != t.Fn || len(word.Of(Send)) > 0 || len(word.Of(Close)) == 0 {
		return false
	}
	for _, c := range word.Of(Close) {
		if c.Thread.In != nil {
			if c.Thread.Start != op.Thread.Start && f.closesJoined(c) {
				continue // all others have done their part by then
			}
			return false
		}
		if before, _ := f.pkg.Flow(t.Fn).Follows(c.Anchor, rangedOver(op.Node)); before && c.Deferred == nil {
			return false
		}
	}
	return true
}

// closesJoined reports whether a goroutine closes a channel when a WaitGroup tells that others
// have ended.
//
//	go func() { sent.Wait(); close(all) }()
func (f *Facts) closesJoined(c *Op) bool {
	flow := f.pkg.Flow(c.Fn)
	return slices.ContainsFunc(f.groups().byFn[c.Fn], func(wait *GroupCall) bool {
		if wait.Kind != Wait || wait.Deferred != nil {
			return false
		}
		_, always := flow.Precedes(wait.Call, c.Node)
		return always
	})
}

// cancelsItself reports whether an edge leads to a case of a select that waits for the end of a
// context which the goroutine of a search ends itself, and then serves: before, nobody does.
//
//	case <-ctx.Done():
//		return
//	default:
//		if last(read()) { cancel(); close(done) }
func (f *Facts) cancelsItself(t *Trace, op *Op, e facts.Edge, s *search) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	receive := receiveOf(clause.Comm)
	if receive == nil {
		return false
	}
	done, ok := ast.Unparen(receive.X).(*ast.CallExpr)
	return ok && f.cancelledByHome(t, op, done, func(cancel partner) bool {
		onwards := &search{f: f, fn: s.fn, flow: s.flow, from: cancel.node, covered: s.covered}
		return cancel.fn == s.fn && (cancel.deferred != nil || onwards.out() == nil && !onwards.lost)
	})
}

// cancelledByHome is the same of a context that the function has made, from one that never
// ends. Who else ends it may do so, too.
func (f *Facts) cancelledByHome(t *Trace, op *Op, done *ast.CallExpr, may func(partner) bool) bool {
	sel, ok := ast.Unparen(done.Fun).(*ast.SelectorExpr)
	if !ok || !f.isCallOf(done, "(context.Context).Done") {
		return false
	}
	for _, c := range f.contexts() {
		if c.ctx != f.Variable(sel.X) {
			continue
		}
		for _, cancel := range c.calls {
			if may != nil && may(cancel) {
				continue
			}
			if cancel.fn != t.Fn {
				return false
			}
			if before, _ := f.pkg.Flow(t.Fn).Follows(cancel.node, rangedOver(op.Node)); before && cancel.deferred == nil {
				return false
			}
		}
		return true
	}
	return false
}
