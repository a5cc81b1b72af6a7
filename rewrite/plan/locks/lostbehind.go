package locks

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// keptBehind refuses where the caller loses the lock behind the call: had it been released
// in time the call would not have met it.
//
//	defer func() { s.log(s.Len()) }()
//	s.mu.Lock()
//	if s.closed {
//		return errClosed // the missing unlock belongs here, and then Len is right
//	}
//	s.mu.Unlock()
func (t *twin) keptBehind() error {
	for _, loss := range t.caller.Lost {
		if t.comesTo(loss) {
			return fmt.Errorf("line %d loses %s: it is not clear that the call is to be made with the lock", t.caller.lineOfWay(loss.At), t.caller.text())
		}
	}
	return nil
}

// comesTo reports whether some path from the call comes to a way out with the lock. A call
// of a literal may be made on any.
func (t *twin) comesTo(loss facts.Loss) bool {
	at, ok := t.caller.pkg.Flow(t.caller.Func).At(t.s.Bound("$call"))
	if !ok {
		return true
	}
	_, releases := t.caller.sameLock()
	found, ways := reach(at, isIn(releases), func(n ast.Node) bool { return n == loss.At })
	return found != nil || slices.Contains(ways, loss.At)
}
