package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// UnlockPath releases a lock before each way out on which it is lost:
//
//	s.mu.Lock()                  s.mu.Lock()
//	v, ok := s.items[key]        v, ok := s.items[key]
//	if !ok {                     if !ok {
//		                     →       err := s.lost
//		                             s.mu.Unlock()
//		return 0, s.lost             return 0, err
//	}                            }
//	s.mu.Unlock()                s.mu.Unlock()
//
// Behaviour is preserved but for the lock: the unlock stands on ways on which
// this function holds the lock on every path, and after which nothing releases
// it, so it is neither missed nor doubled; it is the last thing before the way
// out, and what the return reads of shared memory is read before it, still
// under the lock. What runs later, deferred calls among it, ran without the
// lock on the other ways already. It would not be preserved if the text of the
// lock meant another lock there, if a returned call released it itself, or if a
// later statement did: all these refuse.
//
// Where ways that hold the lock meet ways that do not, the unlock goes where
// the former end; see coverMixed. A release in the other mode becomes one of this: see crossing.
func UnlockPath(s *edit.Site) error {
	h, err := holdingOf(s)
	if err != nil {
		return err
	}
	around.NoteElsewhere(s, h.Func, "Unlock", "RUnlock")
	if len(h.Lost) == 0 {
		return fmt.Errorf("%s is lost on no way out", h.text())
	}
	if err := h.plainlyDeferred(); err != nil {
		return err
	}
	if err := h.releasedAtEnd(); err != nil {
		return err
	}
	righted, err := h.putRight()
	if err != nil {
		return err
	}
	if len(h.Lost) == 0 {
		return fmt.Errorf("%s is released in the other mode on each way out that loses it", h.text())
	}
	if err := h.unclearWhere(); err != nil {
		return err
	}
	if err := h.judgeTails(); err != nil {
		return err
	}
	h.noteDeferred()
	edits, err := h.coverAll()
	if err != nil {
		return err
	}
	for _, edit := range append(righted, edits...) {
		edit()
	}
	return nil
}

// plainlyDeferred refuses where a deferred call releases the lock on some ways
// and does more than that: it would find the lock free.
func (h *holding) plainlyDeferred() error {
	for _, d := range h.Deferred {
		if !slices.Contains(h.Releases, d.Call) {
			return fmt.Errorf("the call deferred at line %d does more than release the lock", h.line(d))
		}
	}
	return nil
}

// noteDeferred lowers the level where a call is deferred on lost ways alone: it ran with the
// lock held, and runs behind the unlock then.
//
//	if err != nil {
//		defer func() { s.failed++ }()
//		return err
//	}
func (h *holding) noteDeferred() {
	_, releases := h.sameLock()
	inspectFunc(h.body(), func(n ast.Node) {
		d, ok := n.(*ast.DeferStmt)
		if !ok || d.Pos() < h.Call.Pos() || slices.Contains(h.Deferred, d) || len(h.Deferred) > 0 {
			return
		}
		at, ok := h.pkg.Flow(h.Func).At(d)
		if !ok {
			return
		}
		if found, _ := reach(at, func(ast.Node) bool { return false }, isIn(releases)); found == nil {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("the call deferred at line %d ran with the lock held, and then runs without", h.line(d)))
		}
	})
}

// releasedAtEnd refuses where a deferred call of the other mode finds the lock as
// this one leaves it: with the lost unlock it would find it free, and panic all
// the same.
func (h *holding) releasedAtEnd() error {
	for _, bad := range h.pkg.BadReleases(h.Func) {
		if bad.Lock == h.Lock && bad.Call != h.Call && h.defers(bad.Call) {
			return fmt.Errorf("the call deferred at line %d expects %s held as it was before line %d: whether to take it again, or not to defer, is for the author to decide",
				h.line(bad.Call), h.text(), h.line(h.Call))
		}
	}
	return nil
}

// defers reports whether the function defers a call itself.
func (h *holding) defers(call *ast.CallExpr) (found bool) {
	ast.Inspect(h.Func, func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		found = found || ok && d.Call == call
		return !found
	})
	return found
}

// coverAll plans the edits for all ways out before the first one is made.
func (h *holding) coverAll() (edits []func(), err error) {
	var mixed []facts.Loss
	for _, loss := range h.Lost {
		if !loss.Must {
			mixed = append(mixed, loss)
			continue
		}
		edit, err := h.cover(loss)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	edit, err := h.coverMixed(mixed)
	return append(edits, edit), err
}

// cover plans the edit for a way out that is only reached with the lock.
func (h *holding) cover(loss facts.Loss) (func(), error) {
	switch at := loss.At.(type) {
	case *ast.ReturnStmt:
		return h.coverReturn(at)
	case *ast.BranchStmt:
		return h.coverBranch(at)
	case *ast.BlockStmt:
		return h.coverEnd(at)
	case *ast.CallExpr:
		return nil, fmt.Errorf("a panic at line %d that the function recovers loses the lock: only a deferred unlock covers that", h.line(at))
	}
	return nil, fmt.Errorf("internal: the lock is lost at a %T", loss.At)
}

// coverReturn: results first, then the unlock, then the return.
func (h *holding) coverReturn(ret *ast.ReturnStmt) (func(), error) {
	if err := h.mayStandBefore(ret); err != nil {
		return nil, err
	}
	if because, yes := h.pkg.NamesLock(ret, h.Lock); yes && !h.Lock.Nameless() {
		return nil, fmt.Errorf("the return at line %d %s", h.line(ret), because)
	}
	results, err := around.Hoist(h.s, h.Func, ret)
	if err != nil {
		return nil, err
	}
	return func() {
		before := append(results.Apply(), edit.ExprStmt(h.unlock()))
		h.s.InsertBefore(h.s.Stmt(ret), before...)
	}, nil
}

// coverBranch: the unlock, then break, continue or goto.
func (h *holding) coverBranch(branch *ast.BranchStmt) (func(), error) {
	if err := h.mayStandBefore(branch); err != nil {
		return nil, err
	}
	at, ok := h.pkg.Flow(h.Func).At(branch)
	if !ok {
		return nil, errors.New("internal: the branch is never reached")
	}
	at.Index++
	if again := h.releasedAfter(at); again != nil {
		return nil, fmt.Errorf("after the %s at line %d, line %d unlocks again", branch.Tok, h.line(branch), h.line(again))
	}
	return func() { h.s.InsertBefore(h.s.Stmt(branch), edit.ExprStmt(h.unlock())) }, nil
}

// coverEnd: the unlock becomes the last statement of the function or loop body.
func (h *holding) coverEnd(body *ast.BlockStmt) (func(), error) {
	if err := h.steadyAt(body.Rbrace); err != nil {
		return nil, err
	}
	for _, at := range h.turns(body) {
		if again := h.releasedAfter(at); again != nil {
			return nil, fmt.Errorf("after the turn of the loop that ends at line %d, line %d unlocks again",
				h.pkg.Fset.Position(body.Rbrace).Line, h.line(again))
		}
	}
	return func() { h.s.InsertLast(h.s.Node(body), edit.ExprStmt(h.unlock())) }, nil
}

// mayStandBefore refuses where the unlock cannot be put right before a statement.
func (h *holding) mayStandBefore(st ast.Stmt) error {
	if _, ok := h.s.ListAround(st); !ok {
		return fmt.Errorf("there is no place for an unlock before the statement at line %d", h.line(st))
	}
	if err := h.outOfIterators(st); err != nil {
		return err
	}
	return h.steadyAt(st.Pos())
}

// steady refuses where the lock's text may mean another lock at a later place.
func (h *holding) steady(at token.Pos) error {
	if err := h.ownRoot(); err != nil {
		return err
	}
	return h.unmoved(h.Call.End(), at)
}
