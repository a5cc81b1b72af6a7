package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// hearsFirst reports whether a receive is only reached past another, behind the start of the
// goroutine by a function that is called, from a channel of which not every use is known: what
// comes by it may be the word that the goroutine has done its part.
//
//	d := watch(ctx, events)      // starts the goroutine, and keeps the end of d.Done
//	<-d.Done()
//	e := <-events
func (f *Facts) hearsFirst(t *Trace, op *Op, by *Thread) (waits bool) {
	if contains(t.Fn, by.Fn) {
		return false // it stands here, and does not say so
	}
	flow := f.pkg.Flow(t.Fn)
	at := rangedOver(op.Node)
	f.pkg.Inspect(bodyOfFunc(t.Fn), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || waits {
			return false
		}
		receive, ok := n.(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW || receive.Pos() < by.Anchor.End() || op.Node.Pos() <= receive.Pos() || !f.mayTell(receive.X) {
			return true
		}
		if s := f.selectAround(t.Fn, receive); s != nil {
			_, waits = flow.Precedes(s, at)
		} else {
			_, waits = flow.Precedes(receive, at)
		}
		return !waits
	})
	return waits
}

// mayTell reports whether somebody unknown may send on a channel, other than a clock or a context.
func (f *Facts) mayTell(ch ast.Expr) bool {
	of, ok := f.pkg.TypeOf(ch).Underlying().(*types.Chan)
	if !ok || facts.TypeIs(of.Elem(), "time.Time") {
		return false
	}
	if call, ok := ast.Unparen(ch).(*ast.CallExpr); ok && f.isCallOf(call, "(context.Context).Done") {
		return false
	}
	t := f.Trace(f.Variable(ch))
	return t == nil || t.Unknown != nil
}

// selectAround returns the select of which a receive is a case, nil if it is none.
func (f *Facts) selectAround(fn ast.Node, receive *ast.UnaryExpr) (found *ast.SelectStmt) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		for i := 0; ok && i < len(s.Body.List); i++ {
			if comm := s.Body.List[i].(*ast.CommClause).Comm; comm != nil && contains(comm, receive) {
				found = s
			}
		}
		return found == nil
	})
	return found
}
