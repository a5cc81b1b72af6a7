package channels

import (
	"go/ast"

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
	word := f.Trace(f.Variable(receive.X))
	if word == nil || word.Unknown != nil || word.Fn != t.Fn || len(word.Of(Send)) > 0 || len(word.Of(Close)) == 0 {
		return false
	}
	for _, c := range word.Of(Close) {
		if c.Thread.In != nil {
			return false
		}
		if before, _ := f.pkg.Flow(t.Fn).Follows(c.Anchor, rangedOver(op.Node)); before && c.Deferred == nil {
			return false
		}
	}
	return true
}
