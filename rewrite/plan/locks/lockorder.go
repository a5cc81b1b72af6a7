package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// LockOrder takes two locks in the order in which the rest of the program does,
// or which is declared:
//
//	l.index.Lock()               l.rows.Lock()
//	defer l.index.Unlock()       defer l.rows.Unlock()
//	l.rows.Lock()           →    l.index.Lock()
//	defer l.rows.Unlock()        defer l.index.Unlock()
//
// Both stand in one list of statements with nothing but the deferred unlock of
// the first between them, so both are taken on the same paths and nothing runs
// with one of them only that did not wait for the other anyway. What leads to
// the locks does not change under them. All places of one file that take the
// locks the wrong way round are turned at once: one that is left would be as
// much of a hazard as before.
//
// It would change behaviour if something relied on the first lock being free
// while somebody waits for the second; so it is never safe.
func LockOrder(s *edit.Site) error {
	cycle, err := cycle(s)
	if err != nil {
		return err
	}
	if len(cycle.Edges) == 0 {
		return errors.New("internal: a cycle without edges")
	}
	var turns []*lockTurn
	for _, edge := range append([]*order.Edge{cycle.Edges[0]}, cycle.Others...) {
		turn, err := lockTurnOf(s, edge)
		if err != nil {
			return err
		}
		turns = append(turns, turn)
	}
	s.Decl = nil // the other places are in other functions
	for _, turn := range turns {
		turn.apply(s)
	}
	return nil
}

// cycle returns what the match reports.
func cycle(s *edit.Site) (*order.Cycle, error) {
	for _, c := range s.Match.Order().At(s.Match.At.Pos()) {
		if c.Edges[0].End == s.Match.At.End() {
			return c, nil
		}
	}
	return nil, errors.New("internal: the match is no cycle of locks")
}

// A lockTurn is one place where two locks are taken the wrong way round.
type lockTurn struct {
	first, second ast.Stmt // first.Lock(), second.Lock()
	firstDefer    ast.Stmt // the deferred unlock of the first, if it stands between them; else nil
	behind        ast.Stmt // the deferred unlock of the second, if it stands right behind it; else the second
}

// apply moves the first lock, with its deferred unlock, behind the second.
func (t *lockTurn) apply(s *edit.Site) {
	s.MoveAfter(s.Stmt(t.first), s.Stmt(t.behind))
	if t.firstDefer != nil {
		s.MoveAfter(s.Stmt(t.firstDefer), s.Stmt(t.first))
	}
}

// lockTurnOf finds how the locks of an edge can be taken the other way round.
func lockTurnOf(s *edit.Site, edge *order.Edge) (*lockTurn, error) {
	if err := turnable(s, edge); err != nil {
		return nil, err
	}
	first, second := lockStmt(s, edge.Held[0], token.NoPos), lockStmt(s, edge.Pos, edge.End)
	if first == nil || second == nil {
		return nil, fmt.Errorf("in %s a lock is taken as a part of another statement", edge.Func.Name)
	}
	list, ok := s.ListAround(first)
	from, to := slices.Index(list, ast.Stmt(first)), slices.Index(list, ast.Stmt(second))
	if !ok || from < 0 || to < from {
		return nil, fmt.Errorf("in %s one of the locks is taken under a condition or in a loop, the other is not: they cannot change places", edge.Func.Name)
	}
	t := &lockTurn{first: first, second: second, behind: second}
	for _, between := range list[from+1 : to] {
		if t.firstDefer != nil || !releasesLater(between, first) {
			return nil, fmt.Errorf("line %d runs between the two locks, with %s held: it would have to run with both or with none",
				around.Line(s, between), edge.From.Short())
		}
		t.firstDefer = between
	}
	if to+1 < len(list) && releasesLater(list[to+1], second) {
		t.behind = list[to+1]
	}
	return t, independent(s, edge, first, second)
}

// turnable refuses the edges that have no mechanical repair, with the reason.
func turnable(s *edit.Site, edge *order.Edge) error {
	from, to := edge.From.Short(), edge.To.Short()
	switch file := s.Match.File; {
	case edge.Pos < file.FileStart || edge.Pos >= file.FileEnd:
		at := s.Match.Pkg.Fset.PositionFor(edge.Pos, false)
		return fmt.Errorf("%s takes the locks in this order too, in %s: one place alone would not be a repair, and this file is all that is changed at once",
			edge.Func.Name, filepath.Base(at.Filename))
	case !edge.Direct():
		return fmt.Errorf("%s is taken in %s, which this function calls (%d deep): whether to release %s before the call, or to take %s first, is for the author to decide",
			to, edge.Chain[len(edge.Chain)-1].Func, len(edge.Chain)-1, from, to)
	case len(edge.Held) != 1:
		return fmt.Errorf("%s is taken at %d places before: it is not clear which one to move", from, len(edge.Held))
	}
	for _, other := range s.Match.Order().Between(edge.From, edge.To) {
		if other.Func == edge.Func && (other.Pos != edge.Pos || other.End != edge.End) {
			return fmt.Errorf("%s takes %s under %s at line %d too: turning one of them is no repair",
				edge.Func.Name, to, from, s.Match.Pkg.Fset.PositionFor(other.Pos, false).Line)
		}
	}
	return nil
}

// lockStmt returns the statement that is nothing but the call at a position;
// end tells calls that begin together apart, unless it is NoPos.
func lockStmt(s *edit.Site, pos, end token.Pos) (found *ast.ExprStmt) {
	ast.Inspect(s.Match.File, func(n ast.Node) bool {
		if st, ok := n.(*ast.ExprStmt); ok && st.X.Pos() == pos && (end == token.NoPos || st.X.End() == end) {
			found = st
		}
		return found == nil
	})
	return found
}

// releasesLater reports whether a statement is the deferred unlock of what
// another locks, by the same words.
func releasesLater(st ast.Stmt, lock *ast.ExprStmt) bool {
	d, ok := st.(*ast.DeferStmt)
	if !ok {
		return false
	}
	release, ok := ast.Unparen(d.Call.Fun).(*ast.SelectorExpr)
	taken := lockedExpr(lock)
	return ok && taken != nil && edit.Spelling(release.X) == edit.Spelling(taken.X) && release.Sel.Name == releaseOf(taken.Sel.Name)
}

// lockedExpr is x.Lock of the statement x.Lock(); nil if it is another.
func lockedExpr(st *ast.ExprStmt) *ast.SelectorExpr {
	call, ok := ast.Unparen(st.X).(*ast.CallExpr)
	if !ok {
		return nil
	}
	method, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return method
}
