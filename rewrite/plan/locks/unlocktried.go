package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// UnlockTried lets an Unlock run only where TryLock has got the lock:
//
//	if s.mu.TryLock() {          if s.mu.TryLock() {
//		s.n++                        s.n++
//	}                      →         s.mu.Unlock()
//	s.mu.Unlock()                }
//
//	got := s.mu.TryLock()        got := s.mu.TryLock()
//	defer s.mu.Unlock()          if !got {
//	if !got {              →         return
//		return                   }
//	}                            defer s.mu.Unlock()
//
// Where it has got the lock nothing changes. Where it has not, the call took the lock
// away from who has it, or ended the program. An Unlock on the way on which TryLock
// fails goes; that is unsafe, since it says so openly that it may be meant, to wake
// who waits. Of a TryLock whose result nobody looks at, a Lock is made: that waits,
// so it is unsafe, too.
func UnlockTried(s *edit.Site) error {
	t, err := triedOf(s)
	if err != nil {
		return err
	}
	switch {
	case t.onFailure():
		return t.drop()
	case t.test() != nil:
		return t.intoTest()
	case t.deferred != nil && t.failing() != nil:
		s.MoveAfter(s.Stmt(t.stmt), s.Stmt(t.failing()))
		return nil
	case t.ignored() != nil:
		return t.wait()
	}
	return errors.New("it is not clear from the statements around the Unlock which way TryLock has failed")
}

// A tried is an unlock that is reached where TryLock has failed.
type tried struct {
	s        *edit.Site
	stmt     ast.Stmt
	deferred *ast.DeferStmt
	mutex    ast.Expr // as the unlock names it
	lock     string   // the same as text
	try      string   // TryLock, or TryRLock for an RUnlock
	list     []ast.Stmt
	at       int
}

func triedOf(s *edit.Site) (*tried, error) {
	call, ok := s.Match.At.(*ast.CallExpr)
	if !ok {
		return nil, errors.New("internal: the match is no call")
	}
	path := s.PathTo(call)
	t := &tried{s: s}
	switch st := path[len(path)-1].(type) {
	case *ast.ExprStmt:
		t.stmt = st
	case *ast.DeferStmt:
		t.stmt, t.deferred = st, st
	default:
		return nil, errors.New("the Unlock is no statement of its own")
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, errors.New("the Unlock is not called by its name")
	}
	t.mutex, t.lock, t.try = sel.X, edit.ExprText(sel.X), "TryLock"
	if sel.Sel.Name == "RUnlock" {
		t.try = "TryRLock"
	}
	if t.list, ok = s.ListAround(t.stmt); !ok {
		return nil, errors.New("the Unlock stands in no list of statements")
	}
	t.at = slices.Index(t.list, t.stmt)
	return t, nil
}

// tries reports whether an expression is the TryLock of the lock.
func (t *tried) tries(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && edit.ExprText(sel.X) == t.lock && sel.Sel.Name == t.try
}

// onFailure reports whether the unlock stands in if !TryLock() { … }.
func (t *tried) onFailure() bool {
	path := t.s.PathTo(t.stmt)
	if t.deferred != nil || len(path) < 2 {
		return false
	}
	test, ok := path[len(path)-2].(*ast.IfStmt)
	if !ok || path[len(path)-1] != ast.Node(test.Body) {
		return false
	}
	not, ok := ast.Unparen(test.Cond).(*ast.UnaryExpr)
	return ok && not.Op == token.NOT && t.tries(not.X)
}

// drop takes the unlock out.
func (t *tried) drop() error {
	if len(t.list) == 1 {
		return errors.New("nothing else stands where TryLock fails: what should be done then is for the author to say")
	}
	t.s.Delete(t.s.Stmt(t.stmt))
	t.s.Downgrade(rules.Unsafe, "who waits for the lock may rely on being let in by it")
	return nil
}

// test returns the if TryLock() { … } right before the unlock, nil if there is none.
func (t *tried) test() *ast.IfStmt {
	if t.at == 0 || t.deferred != nil {
		return nil
	}
	test, ok := t.list[t.at-1].(*ast.IfStmt)
	if !ok || test.Init != nil || test.Else != nil || !t.tries(test.Cond) {
		return nil
	}
	return test
}

// intoTest moves the unlock to the end of what runs with the lock.
func (t *tried) intoTest() error {
	body := t.test().Body
	if len(body.List) == 0 {
		return errors.New("nothing is done with the lock")
	}
	var wrong error
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.DeferStmt:
			wrong = fmt.Errorf("line %d leaves with the lock held, or defers a call that runs with it", around.Line(t.s, n))
		case *ast.AssignStmt:
			if slices.ContainsFunc(n.Lhs, t.leadsTo) {
				wrong = fmt.Errorf("line %d assigns what leads to the lock: the unlock would be of another one", around.Line(t.s, n))
			}
		case *ast.Ident:
			if t.hides(n) {
				wrong = fmt.Errorf("line %d declares another %s: the unlock would mean that one", around.Line(t.s, n), n.Name)
			}
		case *ast.CallExpr:
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && edit.ExprText(sel.X) == t.lock {
				wrong = fmt.Errorf("line %d does something to the lock, too", around.Line(t.s, n))
			}
		}
		return wrong == nil
	})
	if wrong == nil {
		t.s.MoveAfter(t.s.Stmt(t.stmt), t.s.Stmt(body.List[len(body.List)-1]))
	}
	return wrong
}

// leadsTo reports whether an expression is spelled like a part of the lock.
func (t *tried) leadsTo(e ast.Expr) (leads bool) {
	ast.Inspect(t.mutex, func(n ast.Node) bool {
		part, ok := n.(ast.Expr)
		leads = leads || ok && edit.ExprText(part) == edit.ExprText(e)
		return !leads
	})
	return leads
}

// hides reports whether an identifier declares a name that the lock's has in it.
func (t *tried) hides(id *ast.Ident) (hides bool) {
	if t.s.Match.Pkg.Def(id) == nil {
		return false
	}
	ast.Inspect(t.mutex, func(n ast.Node) bool {
		part, ok := n.(*ast.Ident)
		hides = hides || ok && part.Name == id.Name
		return !hides
	})
	return hides
}

// failing returns the statement right behind the deferred unlock that leaves where
// TryLock has failed: its result is a variable, given right before.
func (t *tried) failing() ast.Stmt {
	if t.at == 0 || t.at+1 >= len(t.list) {
		return nil
	}
	given, ok := t.list[t.at-1].(*ast.AssignStmt)
	test, ok2 := t.list[t.at+1].(*ast.IfStmt)
	if !ok || !ok2 || len(given.Lhs) != 1 || len(given.Rhs) != 1 || !t.tries(given.Rhs[0]) || test.Init != nil || test.Else != nil {
		return nil
	}
	not, ok := ast.Unparen(test.Cond).(*ast.UnaryExpr)
	if !ok || not.Op != token.NOT || edit.ExprText(not.X) != edit.ExprText(given.Lhs[0]) || len(test.Body.List) == 0 {
		return nil
	}
	if _, leaves := test.Body.List[len(test.Body.List)-1].(*ast.ReturnStmt); !leaves {
		return nil
	}
	return test
}

// ignored returns the call of TryLock, right before the unlock or its section, whose
// result nobody looks at.
func (t *tried) ignored() *ast.CallExpr {
	for i := t.at - 1; i >= 0; i-- {
		if st, ok := t.list[i].(*ast.ExprStmt); ok && t.tries(st.X) {
			return ast.Unparen(st.X).(*ast.CallExpr)
		}
	}
	return nil
}

// wait makes a Lock of the TryLock.
func (t *tried) wait() error {
	sel, ok := t.s.Node(ast.Unparen(t.ignored().Fun)).(*dst.SelectorExpr)
	if !ok {
		return errors.New("internal: the selector has no twin")
	}
	sel.Sel.Name = sel.Sel.Name[len("Try"):]
	t.s.Downgrade(rules.Unsafe, "it then waits for the lock, where it went on without it")
	return nil
}
