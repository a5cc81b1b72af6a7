package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// aroundTest moves the lock that the body of an if holds from end to end around its
// condition, so that what was found is still so when it is acted on:
//
//	if s.items == nil {               s.mu.Lock()
//		s.mu.Lock()               if s.items == nil {
//		s.items = newItems()  →           s.items = newItems()
//		s.mu.Unlock()             }
//	}                                 s.mu.Unlock()
func (g *guarding) aroundTest() (func(), error) {
	st, ok := g.list[g.from].(*ast.IfStmt)
	if !ok || g.from != g.to || st.Init != nil || st.Else != nil {
		return nil, errors.New("the access stands in no head of an if")
	}
	for _, e := range g.places() {
		if !edit.StandsIn(e, st.Cond) {
			return nil, fmt.Errorf("line %d is in no head of an if", g.line(e))
		}
	}
	n := len(st.Body.List)
	if n < 3 || !g.isCall(st.Body.List[0], g.take(), "Lock") || !g.isCall(st.Body.List[n-1], edit.ExprStmt(g.giveBack()), "Unlock") {
		return nil, errors.New("the body of the if is not one section of the lock")
	}
	if err := g.harmless(st.Cond); err != nil {
		return nil, err
	}
	for _, inner := range st.Body.List[1 : n-1] {
		if err := g.leaves(inner); err != nil {
			return nil, err
		}
		if around.HoldsLockCall(inner) {
			return nil, fmt.Errorf("line %d takes or releases a lock", g.line(inner))
		}
	}
	if because := g.fails(g.inside()...); because != "" {
		return nil, errors.New(because)
	}
	return func() {
		twin := g.s.Stmt(st)
		lock, unlock := g.s.Stmt(st.Body.List[0]), g.s.Stmt(st.Body.List[n-1])
		g.s.MoveBefore(lock, twin)
		g.s.MoveAfter(unlock, twin)
	}, nil
}

// restsOn reports whether the function makes an access only where an if has found what it
// looked for.
func (g *guarding) restsOn(a *sharing.Access, st *ast.IfStmt) bool {
	if edit.StandsIn(a.Expr, st.Body) {
		return true
	}
	return a.Func == g.u.Func && st.Else == nil && around.LeavesAlways(st.Body) && st.End() <= a.Expr.Pos()
}

// isCall reports whether a statement is the given call, or that of the exclusive mode of the
// same lock, without a comment of its own.
func (g *guarding) isCall(st ast.Stmt, want dst.Stmt, exclusive string) bool {
	e, ok := st.(*ast.ExprStmt)
	if !ok {
		return false
	}
	twin, ok := g.s.Stmt(e).(*dst.ExprStmt)
	if !ok || len(twin.Decs.Start)+len(twin.Decs.End) > 0 {
		return false
	}
	text := around.PathText(twin.X)
	return text != "" && (text == around.PathText(want.(*dst.ExprStmt).X) || text == around.PathText(g.call(exclusive)))
}

// mistakeStays is why a lock around the accesses alone would hide a mistake.
type mistakeStays struct{ error }

// looksAgain refuses the head of an if whose body, or what follows where the body leaves, writes
// under the lock what the head has looked at, and does not look again: behind the unlock others
// can come in between, and then the race is gone and the mistake stays.
func (g *guarding) looksAgain(st *ast.IfStmt) error {
	for _, u := range g.all {
		for _, write := range u.Guard.Holding {
			if !write.Write || write.Var != u.Var || !g.restsOn(write, st) {
				continue
			}
			again := slices.ContainsFunc(u.Guard.Holding, func(look *sharing.Access) bool {
				return !look.Write && look.Var == u.Var && g.restsOn(look, st) && look.Expr.Pos() < write.Expr.Pos() && g.decides(look.Expr)
			})
			if !again {
				return mistakeStays{fmt.Errorf("line %d writes what the if has looked at: between the two others could come, and it would have to look again", g.line(write.Expr))}
			}
		}
	}
	return nil
}

// decides reports whether something in the function hangs on what is looked at: it stands in a
// condition, or in a statement that sets what stands in one.
//
//	if len(q.items) == 0 { … }
//	item, ok := s.items[key]
func (g *guarding) decides(look ast.Expr) bool { return g.decidesIn(g.u.Func, look) }

func (g *guarding) decidesIn(fn ast.Node, look ast.Expr) (does bool) {
	var set []ast.Expr
	for _, n := range g.pathOf(look) {
		if assign, ok := n.(*ast.AssignStmt); ok {
			set = append(set, assign.Lhs...)
		}
	}
	hangs := func(cond ast.Node) bool {
		return edit.StandsIn(look, cond) || slices.ContainsFunc(set, func(e ast.Expr) bool { return around.Mentions(cond, edit.Spelling(e)) })
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			does = does || hangs(n.Cond)
		case *ast.ForStmt:
			does = does || n.Cond != nil && hangs(n.Cond)
		case *ast.SwitchStmt:
			does = does || n.Tag != nil && hangs(n.Tag)
		case *ast.CaseClause:
			does = does || slices.ContainsFunc(n.List, func(e ast.Expr) bool { return hangs(e) })
		}
		return !does
	})
	return does
}
