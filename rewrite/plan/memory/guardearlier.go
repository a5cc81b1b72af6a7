package memory

import (
	"errors"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// earlier moves the lock up that the function takes right behind the accesses, and holds to its
// end: what was found is still so when it is acted on.
//
//	if len(q.items) == 0 {          q.mu.Lock()
//		return 0, false             defer q.mu.Unlock()
//	}                               if len(q.items) == 0 {
//	q.mu.Lock()              →          return 0, false
//	defer q.mu.Unlock()             }
//	v := q.items[0]                 v := q.items[0]
func (g *guarding) earlier() (func(), error) {
	if g.to+2 >= len(g.list) || g.around != ast.Node(bodyAround(g.u.Func)) {
		return nil, errors.New("the function takes the lock nowhere behind")
	}
	lock, unlock := g.list[g.to+1], g.list[g.to+2]
	if !g.isCall(lock, g.take(), "Lock") || !g.defers(unlock, lock) {
		return nil, errors.New("the function takes the lock nowhere right behind the accesses")
	}
	if around.Jumps(g.u.Func) {
		return nil, errors.New("a goto may jump past the lock")
	}
	for _, st := range g.list[g.from : g.to+1] {
		for _, err := range []error{g.harmless(st), g.defersHarmless(st)} {
			if err != nil {
				return nil, err
			}
		}
	}
	return func() {
		first := g.s.Stmt(g.list[g.from])
		g.s.MoveBefore(g.s.Stmt(lock), first)
		g.s.MoveBefore(g.s.Stmt(unlock), first)
	}, nil
}

// defers reports whether a statement defers the unlock of what another locks, without a comment
// of its own.
func (g *guarding) defers(st, lock ast.Stmt) bool {
	d, ok := st.(*ast.DeferStmt)
	if !ok || len(g.s.Stmt(st).(*dst.DeferStmt).Decs.Start)+len(g.s.Stmt(st).(*dst.DeferStmt).Decs.End) > 0 {
		return false
	}
	taken := lock.(*ast.ExprStmt).X.(*ast.CallExpr).Fun.(*ast.SelectorExpr)
	given, ok := d.Call.Fun.(*ast.SelectorExpr)
	if !ok || edit.Spelling(given.X) != edit.Spelling(taken.X) {
		return false
	}
	return taken.Sel.Name == "Lock" && given.Sel.Name == "Unlock" || taken.Sel.Name == "RLock" && given.Sel.Name == "RUnlock"
}
