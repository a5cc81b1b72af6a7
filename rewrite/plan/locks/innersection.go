package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// InnerSection takes out a critical section that stands inside one of the same
// lock. A read lock around a write becomes a write lock, so that the check and
// the write are one exclusive section:
//
//	t.mu.RLock()                     t.mu.Lock()
//	_, ok := t.rows[name]            _, ok := t.rows[name]
//	if !ok {                         if !ok {
//		t.mu.Lock()          →
//		t.rows[name] = 0                 t.rows[name] = 0
//		t.mu.Unlock()
//	}                                }
//	t.mu.RUnlock()                   t.mu.Unlock()
//
// With the inner Lock the function waited for itself whenever it came there, so
// nothing can rely on what follows; without it that runs under the lock that is
// held anyway, in a mode at least as strong as the inner one asked for. (Of two read
// locks the inner one keeps nobody out whom the outer one does not; but the function
// gets past it, so both of its ends must be told, and the fix is unsafe.) Ways
// that do not come to the inner Lock do what they did, readers one after the
// other now. It is unsafe where something in the section waits, where the section
// stands in a literal that another function runs, or where other packages can hold
// the read lock as they come, and refused where the unlock that belongs to the inner
// Lock cannot be told, or something in the section takes the lock by itself.
func InnerSection(s *edit.Site) error {
	x, err := innerOf(s)
	if err != nil {
		return err
	}
	partner, err := x.partner()
	if err != nil {
		return err
	}
	if x.outer.Read && x.read && partner == nil {
		return fmt.Errorf("the unlock that belongs to the inner %s is not told", x.sel.Sel.Name) // the function gets past it
	}
	if !x.outerEnds(partner) {
		return fmt.Errorf("nothing else releases the lock: the Lock at line %d may be meant to", x.outer.line(x.stmt))
	}
	if partner, err = x.surplus(partner); err != nil {
		return err
	}
	if x.outer.Read && !x.read {
		if err := x.upgrade(); err != nil {
			return err
		}
	}
	for _, st := range []ast.Stmt{x.stmt, partner} {
		if st != nil {
			s.Delete(s.Stmt(st))
		}
	}
	return nil
}

// outerEnds reports whether the outer lock is released by something else than the unlock that is
// taken out, by the function or by who calls it.
//
//	s.mu.Lock()
//	s.n++
//	s.mu.Lock() // Unlock may be meant, or nothing
//	s.m++
//	s.mu.Unlock()
func (x *inner) outerEnds(partner ast.Stmt) bool {
	if partner == nil {
		return len(x.outer.Releases) > 0
	}
	found := false
	ast.Inspect(x.s.Match.Decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && x.calls(call, x.outer.name) && !edit.StandsIn(call, partner)
		return !found
	})
	return found
}

// surplus returns the unlock that has to go with the inner Lock: none, where the function leaves
// behind it without another.
//
//	s.mu.Lock()
//	if s.n == 0 {
//		s.mu.Lock()
//		defer s.mu.Unlock()
//		return s.fill()
//	}
//	s.mu.Unlock()
func (x *inner) surplus(partner ast.Stmt) (ast.Stmt, error) {
	released, kept := x.waysOut(partner)
	switch {
	case !kept:
		return partner, nil
	case partner == nil || released:
		return nil, fmt.Errorf("behind the Lock at line %d the function is left with and without another unlock", x.outer.line(x.stmt))
	case x.read != x.outer.Read && x.read:
		return nil, fmt.Errorf("the unlock at line %d is all that would release the outer lock, and is one of a read lock", x.outer.line(partner))
	}
	return nil, nil
}

// waysOut reports whether, behind the inner Lock, a way out passes a release of the lock other
// than the partner's, and whether one does not.
func (x *inner) waysOut(partner ast.Stmt) (released, kept bool) {
	flow := x.outer.pkg.Flow(x.outer.Func)
	at, ok := flow.At(x.stmt)
	if !ok || x.heldBehind(partner) {
		return true, false
	}
	release := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && (x.calls(call, "Unlock") || x.calls(call, "RUnlock")) && (partner == nil || !edit.StandsIn(call, partner))
	}
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{{Block: at.Block, Index: at.Index + 1}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if slices.ContainsFunc(p.Block.Nodes[p.Index:], func(n ast.Node) bool { return anyIn(n, release) }) {
			released = true
			continue
		}
		kept = kept || p.Block.Exit.Normal()
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return released, kept
}

// heldBehind reports whether the outer lock is released by a call that is deferred before the
// inner Lock, or by who calls the function.
func (x *inner) heldBehind(partner ast.Stmt) bool {
	return len(x.outer.Releases) == 0 || slices.ContainsFunc(x.outer.Deferred, func(d *ast.DeferStmt) bool { return ast.Stmt(d) != partner })
}

func anyIn(n ast.Node, test func(ast.Node) bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		found = found || test(n)
		return !found
	})
	return found
}

// An inner is a Lock of a lock that is held.
type inner struct {
	s     *edit.Site
	outer *holding // that holds it
	stmt  *ast.ExprStmt
	sel   *ast.SelectorExpr // the method
	read  bool              // it takes the read lock
	list  []ast.Stmt        // behind stmt, in its list
}

func innerOf(s *edit.Site) (*inner, error) {
	outer, err := heldBy(s)
	if err != nil {
		return nil, err
	}
	call, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return nil, errors.New("internal: the match names no call")
	}
	x := &inner{s: s, outer: outer}
	path := s.PathTo(call)
	x.stmt, _ = path[len(path)-1].(*ast.ExprStmt)
	x.sel, _ = ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if x.stmt == nil || x.sel == nil || edit.Spelling(x.sel.X) != outer.text() {
		return nil, fmt.Errorf("%s is not taken again by a statement of its own", outer.text())
	}
	x.read = x.sel.Sel.Name == "RLock"
	list, ok := s.ListAround(x.stmt)
	if !ok {
		return nil, fmt.Errorf("the Lock at line %d stands in no list of statements", outer.line(call))
	}
	x.list = following(list, x.stmt)
	if to := handedTo(path); to != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("the section stands in a function that is handed to %s, which is believed, not seen, to run it at once", edit.ExprText(to.Fun)))
	}
	return x, nil
}

// handedTo returns the call that gets the innermost function literal of a path as
// an argument, nil if none does.
func handedTo(path []ast.Node) *ast.CallExpr {
	for i := len(path) - 1; i > 0; i-- {
		if lit, ok := path[i].(*ast.FuncLit); ok {
			call, ok := path[i-1].(*ast.CallExpr)
			if !ok || !slices.Contains(call.Args, ast.Expr(lit)) {
				return nil
			}
			return call
		}
	}
	return nil
}

// heldBy returns the acquisition that the match's $held names.
func heldBy(s *edit.Site) (*holding, error) {
	held := s.Bound("$held")
	for _, acq := range acquisitionsIn(s) {
		if ast.Node(acq.Call) == held {
			return newHolding(s, acq)
		}
	}
	return nil, errors.New("internal: the match names no acquisition that holds the lock")
}

// partner returns the statement that releases what the inner Lock took: the
// defer right behind it, or the next such unlock of its list; nil if none is
// there and none can be meant.
func (x *inner) partner() (ast.Stmt, error) {
	release := releaseOf(x.sel.Sel.Name)
	for i, st := range x.list {
		if x.releases(st, release) {
			return st, x.judge(x.list[:i])
		}
		if d, ok := st.(*ast.DeferStmt); ok && i == 0 && x.calls(d.Call, release) {
			return d, x.judge(x.list[1:])
		}
		if x.leaves(st) {
			break
		}
	}
	if n := x.later(release); n != nil {
		return nil, fmt.Errorf("it is not clear whether the unlock at line %d belongs to the Lock at line %d", x.outer.line(n), x.outer.line(x.stmt))
	}
	return nil, x.judge(x.list)
}

func (x *inner) releases(st ast.Stmt, name string) bool {
	e, ok := st.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	return ok && x.calls(call, name)
}

func (x *inner) calls(call *ast.CallExpr, name string) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name && edit.Spelling(sel.X) == x.outer.text()
}

// leaves reports whether a statement may leave the section, or releases the lock
// somewhere inside.
func (x *inner) leaves(st ast.Stmt) bool {
	found := false
	inspectFunc(st, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			found = true
		case *ast.CallExpr:
			found = found || x.calls(n, "Unlock") || x.calls(n, "RUnlock")
		}
	})
	return found
}

// later returns an unlock behind the inner Lock that may belong to it: one of
// its mode that is not the plain release of the outer lock.
func (x *inner) later(release string) ast.Node {
	if x.outer.name == release && len(x.outer.Deferred) == 1 && len(x.outer.Releases) <= 1 {
		release = "" // what is deferred belongs to the outer
	}
	var found ast.Node
	ast.Inspect(x.s.Match.Decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found != nil || call.Pos() < x.stmt.End() {
			return true
		}
		explicit := x.calls(call, "Unlock") || x.calls(call, "RUnlock")
		if explicit && (release == "" || x.calls(call, release)) {
			found = call
		}
		return true
	})
	return found
}

// judge looks at what runs under the outer lock then.
func (x *inner) judge(section []ast.Stmt) error {
	for _, st := range section {
		if because, yes := x.outer.pkg.NamesLock(st, x.outer.Lock); yes {
			if x.outer.usesOnlyLiteral(st) {
				continue
			}
			return fmt.Errorf("line %d %s while the lock is held", x.outer.line(st), because)
		}
		if because, yes := x.outer.pkg.Waits(st); yes {
			x.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d, which %s, then runs with the outer lock held", x.outer.line(st), because))
		}
	}
	return nil
}

// usesOnlyLiteral reports whether a statement is the release of the outer lock
// itself, or a return.
func (h *holding) usesOnlyLiteral(st ast.Stmt) bool {
	e, ok := st.(*ast.ExprStmt)
	return ok && slices.ContainsFunc(h.Releases, func(c *ast.CallExpr) bool { return ast.Expr(c) == e.X })
}

// upgrade makes the outer read lock a write lock, at every place.
func (x *inner) upgrade() error {
	h := x.outer
	if h.stmt() == nil {
		return errors.New("the read lock is not taken by a statement of its own")
	}
	var renamed []*ast.SelectorExpr
	var err error
	ast.PreorderStack(around.BodyOf(h.Func), nil, func(n ast.Node, stack []ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || err != nil {
			return err == nil
		}
		if call == h.Call || x.calls(call, "RUnlock") {
			renamed = append(renamed, ast.Unparen(call.Fun).(*ast.SelectorExpr))
			if slices.ContainsFunc(stack, isLiteral) {
				err = fmt.Errorf("line %d releases it in a function literal", h.line(call))
			}
		} else if x.calls(call, "RLock") || x.calls(call, "TryRLock") {
			err = fmt.Errorf("line %d takes the read lock too", h.line(call))
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := x.alone(); err != nil {
		return err
	}
	if err := x.keptNowhere(); err != nil {
		return err
	}
	x.readOutside()
	for _, sel := range renamed {
		name := map[string]string{"RLock": "Lock", "RUnlock": "Unlock"}[sel.Sel.Name]
		x.s.Expr(sel).(*dst.SelectorExpr).Sel.Name = name
	}
	return nil
}

// keptNowhere refuses where some way out keeps the read lock, by mistake or for the caller: readers
// went on beside it, and would not beside a write lock.
func (x *inner) keptNowhere() error {
	h := x.outer
	at, ok := h.pkg.Flow(h.Func).At(h.Call)
	if !ok || len(h.Deferred) > 0 {
		return nil
	}
	at.Index++
	releases := func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			n = d.Call
		}
		call, ok := n.(*ast.CallExpr)
		return ok && (x.calls(call, "Unlock") || x.calls(call, "RUnlock"))
	}
	if _, ways := reach(at, releases, func(ast.Node) bool { return false }); len(ways) > 0 {
		return fmt.Errorf("at line %d the function is left with the read lock held, beside which others go on to read: with a write lock they would not", h.lineOfWay(ways[0]))
	}
	return nil
}

func isLiteral(n ast.Node) bool {
	_, ok := n.(*ast.FuncLit)
	return ok
}

// alone refuses where something in the read section takes the lock by itself: a
// second read lock was none that waits.
func (x *inner) alone() error {
	h := x.outer
	at, ok := h.pkg.Flow(h.Func).At(h.Call)
	if !ok {
		return errors.New("internal: the lock is never taken")
	}
	at.Index++
	_, releases := h.sameLock()
	for _, p := range h.heldPoints(at, isIn(releases)) {
		n := p.Block.Nodes[p.Index]
		if call, because := h.usesLock(n); call != nil {
			return fmt.Errorf("line %d %s while the lock is held", h.line(call), because)
		}
		if because, yes := h.waits(n); yes && !h.takesItself(n) {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d, which %s, then keeps other readers out", h.line(n), because))
		}
	}
	return nil
}

// takesItself reports whether a node is a call of the lock's own methods.
func (h *holding) takesItself(n ast.Node) bool {
	found := false
	facts.Evaluated(n, func(m ast.Node) bool {
		if sel, ok := m.(*ast.SelectorExpr); ok && edit.Spelling(sel.X) == h.text() {
			found = true
		}
		return true
	})
	return found
}
