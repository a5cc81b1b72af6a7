package sharing

import (
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// cursorStep reports whether an access is of the object of a cursor, by the method that moves it: one
// goroutine does that, as with every cursor, and a lock that it takes to read keeps only out who
// closes it.
//
//	func (it *mergeIterator) Next() *Point {
//		it.mu.RLock()
//		defer it.mu.RUnlock()
//		if it.closed {
//			return nil
//		}
//		it.at++
//	}
func (f *Facts) cursorStep(a *Access) bool {
	fn := a.fn.outermost()
	if fn.obj == nil || fn.obj.Signature().Recv() == nil || !stepName.MatchString(fn.obj.Name()) {
		return false
	}
	recv := fn.obj.Signature().Recv()
	t, _ := pointedTo(recv.Type())
	named, ok := t.(*types.Named)
	return ok && cursorName.MatchString(named.Obj().Name()) && f.firstName(a.Expr) == recv
}

var (
	stepName   = lazyregexp.New(`^(Next|Prev|Previous|Advance|Scan|Seek|First|Last)$`)
	cursorName = lazyregexp.New(`(?i)(iter|iterator|cursor|scanner|rows)$`)
)
