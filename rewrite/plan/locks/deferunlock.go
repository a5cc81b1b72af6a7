package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// DeferUnlock releases a lock on every way out by one deferred call right after
// it is taken, in the place of the unlocks on each way:
//
//	s.mu.Lock()                  s.mu.Lock()
//	                     →       defer s.mu.Unlock()
//	v, ok := s.items[key]        v, ok := s.items[key]
//	if !ok {                     if !ok {
//		return 0, errMissing         return 0, errMissing
//	}                            }
//	s.mu.Unlock()
//	return v, nil                return v, nil
//
// A defer that stands too late moves up.
//
// Behaviour is preserved because every unlock that goes was the last thing that
// its way out did: behind it stood nothing but a return whose results are the
// same with the lock and without. It is not preserved, and refused, where the
// lock is taken in a loop or under a condition (the deferred call would wait for
// the end of the function), taken or released again, used by a literal, reached
// through what is assigned in between, or where what follows an unlock may wait
// or take the lock itself: the returned call, or one deferred after the Lock,
// which would now run before the unlock.
//
// It is unsafe where the critical section grows over code that does not wait,
// and where the section can panic: what recovers the panic would have found the
// lock still held, and finds it released.
func DeferUnlock(s *edit.Site) error {
	h, err := holdingOf(s)
	if err != nil {
		return err
	}
	around.NoteElsewhere(s, h.Func, "Unlock", "RUnlock")
	if h.Given != nil {
		return fmt.Errorf("%s releases the lock, and may do more: it is not known that it may run later", h.text())
	}
	lock, err := h.ownStatement()
	if err != nil {
		return err
	}
	for _, check := range []func() error{h.onceOnly, h.noneCrossed, h.plainReleases, h.inNoLiteral, h.steadyThroughout, h.laterDefers, h.ways, h.lostWays, h.unclearWhere, h.judgeTails} {
		if err := check(); err != nil {
			return err
		}
	}
	h.noteSection(lock)
	h.putDefer(lock)
	for _, stmt := range inOrder(h.explicit()) {
		s.Delete(s.Stmt(stmt))
	}
	return nil
}

// ownStatement returns the statement of the Lock, which must stand in the
// function's own list: behind it the function is left, and only so.
func (h *holding) ownStatement() (*ast.ExprStmt, error) {
	lock := h.stmt()
	if lock == nil || h.Op != facts.Acquire {
		return nil, errors.New("the lock is taken under a condition: a deferred unlock would run without it too")
	}
	if !slices.Contains(h.body().List, ast.Stmt(lock)) {
		return nil, errors.New("the lock is taken inside a block: a deferred unlock would hold it until the function ends")
	}
	if around.Jumps(h.Func) {
		return nil, errors.New("the function has a goto, which could take the lock again before the deferred unlock runs")
	}
	if len(h.Releases) == 0 {
		return nil, errors.New("nothing releases the lock here: it may stay held on purpose")
	}
	return lock, nil
}

// onceOnly: the lock is taken at this one place.
func (h *holding) onceOnly() error {
	for _, acq := range h.pkg.Acquisitions(h.Func) {
		if acq.Call == h.Call {
			continue
		}
		if h.pkg.MayBeSame(acq.Lock, h.Lock) {
			return fmt.Errorf("line %d takes the lock too, or one that may be the same", h.line(acq.Call))
		}
	}
	return nil
}

// plainReleases: every release is a statement of its own in this function, or
// the one deferred call.
func (h *holding) plainReleases() error {
	for _, release := range h.Releases {
		sel, ok := ast.Unparen(release.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != h.name || edit.Spelling(sel.X) != h.text() {
			return fmt.Errorf("line %d releases it by something else than %s.%s()", h.line(release), h.text(), h.name)
		}
	}
	for release, stmt := range h.explicit() {
		if stmt == nil || !h.own(release) {
			return fmt.Errorf("the unlock at line %d is not a statement of this function", h.line(release))
		}
		if around.LeavesNothing(h.s, stmt) {
			return fmt.Errorf("without the unlock at line %d nothing would be left of its block", h.line(release))
		}
	}
	return h.plainDefer()
}

// plainDefer: at most one deferred unlock, which is one for each call of the function.
func (h *holding) plainDefer() error {
	if len(h.Deferred) > 1 {
		return errors.New("several calls are deferred that release it")
	}
	for _, d := range h.Deferred {
		if !slices.Contains(h.Releases, d.Call) {
			return fmt.Errorf("the call deferred at line %d does more than release it", h.line(d))
		}
		if !slices.Contains(h.body().List, ast.Stmt(d)) {
			return fmt.Errorf("the defer at line %d stands inside a block", h.line(d))
		}
	}
	return nil
}

// own reports whether a node is of this function, not of a literal in it.
func (h *holding) own(n ast.Node) bool {
	path := h.s.PathTo(n)
	for _, around := range slices.Backward(path) {
		switch around.(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return around == h.Func
		}
	}
	return false
}

// inNoLiteral: no function literal uses the lock.
func (h *holding) inNoLiteral() error {
	var err error
	ast.Inspect(h.body(), func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok && err == nil {
			if because, yes := h.pkg.NamesLock(lit.Body, h.Lock); yes {
				err = fmt.Errorf("the function literal at line %d %s", h.line(lit), because)
			}
		}
		return !ok
	})
	return err
}

// steadyThroughout: defer finds out now what to unlock, the unlocks found out
// at their time; both must be one lock.
func (h *holding) steadyThroughout() error {
	if err := around.Respell(h.pkg, h.mu, h.Call.End()); err != nil {
		return err
	}
	return h.steady(h.body().Rbrace)
}

// laterDefers: what is deferred after the Lock runs before the deferred unlock,
// and so with the lock held. What is deferred behind a late unlock does so today.
func (h *holding) laterDefers() error {
	to := h.body().End()
	if len(h.Deferred) == 1 && len(h.Releases) == 1 {
		to = h.Deferred[0].Pos()
	}
	var err error
	inspectFunc(h.body(), func(n ast.Node) {
		d, ok := n.(*ast.DeferStmt)
		if !ok || err != nil || d.Pos() < h.Call.Pos() || to <= d.Pos() || slices.Contains(h.Deferred, d) {
			return
		}
		if err = h.harmless(runs(d), fmt.Sprintf("the call deferred at line %d, which would run before the unlock,", h.line(d))); err == nil {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("the call deferred at line %d then runs before the unlock", h.line(d)))
		}
	})
	return err
}

// runs returns what a deferred call executes: of a literal the body.
func runs(d *ast.DeferStmt) ast.Node {
	if lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit); ok {
		return lit.Body
	}
	return d.Call
}

// harmless refuses what may wait or use the lock.
func (h *holding) harmless(n ast.Node, what string) error {
	if because, yes := h.pkg.TouchesLock(n, h.Lock); yes {
		return fmt.Errorf("%s %s", what, because)
	}
	if because, yes := h.pkg.Blocks(n); yes {
		return fmt.Errorf("%s %s", what, because)
	}
	return nil
}

// putDefer puts the deferred unlock behind the Lock; one that is there moves.
func (h *holding) putDefer(lock ast.Stmt) {
	after := h.s.Stmt(lock)
	if len(h.Deferred) == 1 {
		h.s.MoveAfter(h.s.Stmt(h.Deferred[0]), after)
		return
	}
	h.s.InsertAfter(after, edit.DeferStmt(h.unlock()))
}

// inOrder returns statements in source order, so that comments keep theirs.
func inOrder(stmts map[*ast.CallExpr]*ast.ExprStmt) []*ast.ExprStmt {
	var list []*ast.ExprStmt
	for _, st := range stmts {
		list = append(list, st)
	}
	slices.SortFunc(list, func(a, b *ast.ExprStmt) int { return int(a.Pos() - b.Pos()) })
	return list
}
