package locks

import (
	"fmt"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// TurnFunc runs each turn of a loop in a function of its own, so that what it
// defers runs when the turn ends:
//
//	for _, k := range keys {         for _, k := range keys {
//		s.mu.Lock()                      func() {
//		defer s.mu.Unlock()      →           s.mu.Lock()
//		s.add(k)                             defer s.mu.Unlock()
//	}                                        s.add(k)
//	                                     }()
//	                                 }
//
// Behaviour is preserved but for the lock: nothing else is deferred or recovers
// in the turn, and what leaves it from within would mean another function then
// (a return, a break, a continue of a loop around it) and refuses; the continue
// of the loop itself becomes the return of the new function. A panic releases
// the lock as before. It is unsafe where what runs after the loop could tell
// that the lock is not held any more.
func TurnFunc(s *edit.Site) error {
	t, err := turnOf(s)
	if err != nil {
		return err
	}
	var continues []*ast.BranchStmt
	for _, way := range t.ways() {
		branch, ok := way.(*ast.BranchStmt)
		if !ok || !t.continues(branch) || branch.Label != nil {
			return fmt.Errorf("line %d leaves the loop from within: it would leave only the new function", t.line(way))
		}
		continues = append(continues, branch)
	}
	if t.recovers() {
		return fmt.Errorf("the loop calls recover, which means the function around it")
	}
	for _, branch := range continues {
		s.ReplaceStmt(s.Stmt(branch), edit.ReturnStmt())
	}
	s.Wrap(s.Stmt(t.list[0]), s.Stmt(t.list[len(t.list)-1]), func(body *dst.BlockStmt) dst.Stmt {
		lit := edit.FuncLit()
		lit.Body = body
		return edit.ExprStmt(edit.Call(lit))
	})
	return nil
}

// recovers reports whether the turn calls recover itself.
func (t *turn) recovers() bool {
	found := false
	for _, st := range t.list {
		inspectFunc(st, func(n ast.Node) {
			id, ok := n.(*ast.Ident)
			found = found || ok && id.Name == "recover"
		})
	}
	return found
}
