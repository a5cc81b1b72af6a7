package locks

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// coverMixed repairs the ways out that are reached both with the lock and
// without it, by an unlock where the ways that hold it come to meet the others:
//
//	if ok {                      if ok {
//		s.mu.Unlock()                s.mu.Unlock()
//	}                        →   } else {
//	return n                         s.mu.Unlock()
//	                             }
//	                             return n
//
// What stands behind that point runs without the lock on the other ways today;
// where it is more than a return of stable results, the fix is unsafe.
func (h *holding) coverMixed(losses []facts.Loss) (func(), error) {
	if len(losses) == 0 {
		return func() {}, nil
	}
	first := losses[0]
	unclear := fmt.Errorf("at line %d the lock is held on some ways only: an unlock there would fail on the others", h.lineOfWay(first.At))
	if h.stmt() == nil || around.Jumps(h.Func) || !h.walkable() {
		return nil, unclear
	}
	w := h.walk()
	for _, loss := range h.Lost {
		if loss.Must && w.at[loss.At] != held || !loss.Must && w.at[loss.At] != free {
			return nil, unclear
		}
	}
	for _, place := range w.places {
		if err := h.steadyAt(place.pos()); err != nil {
			return nil, err
		}
	}
	h.noteBehind(w.joins)
	return func() {
		for _, place := range w.places {
			h.put(place)
		}
	}, nil
}

// walkable reports whether the lock is taken here only, and released by
// statements and plain defers.
func (h *holding) walkable() bool {
	for release, stmt := range h.explicit() {
		if stmt == nil || !h.own(release) {
			return false
		}
	}
	for _, acq := range h.pkg.Acquisitions(h.Func) {
		if acq.Call != h.Call && acq.Lock == h.Lock {
			return false
		}
	}
	return true
}

// walk follows the acquisition through the function. The ways out that are
// reached with the lock only have their unlock already.
func (h *holding) walk() *lockWalk {
	w := &lockWalk{h: h, at: map[ast.Node]holdState{}, repaired: map[ast.Node]bool{}}
	for _, loss := range h.Lost {
		w.repaired[loss.At] = loss.Must
	}
	w.body(h.body(), free)
	return w
}

// noteBehind lowers the level where what follows a point at which the lock is
// free now could tell.
func (h *holding) noteBehind(joins []ast.Stmt) {
	for _, st := range joins {
		if rest := h.behind(st); rest != nil {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("what follows from line %d on then runs without the lock on every way", h.line(rest)))
		}
	}
}

// behind returns the first statement that runs after another, up to the end of
// the function or the next turn of the loop that locks, and that could tell
// whether the lock is held: anything but a return of stable results or a branch.
func (h *holding) behind(st ast.Stmt) ast.Stmt {
	path := append(h.s.PathTo(st), st)
	for i := len(path) - 1; i > 0 && path[i] != h.Func; i-- {
		list, ok := edit.Statements(path[i-1])
		if !ok {
			continue
		}
		for _, next := range following(list, path[i]) {
			if !h.unaware(next) {
				return next
			}
			if _, left := next.(*ast.ReturnStmt); left {
				return nil
			}
		}
	}
	return nil
}

// following returns the statements of a list behind one of them.
func following(list []ast.Stmt, n ast.Node) []ast.Stmt {
	for i, st := range list {
		if ast.Node(st) == n {
			return list[i+1:]
		}
	}
	return nil
}

// unaware reports whether a statement does the same with the lock and without.
func (h *holding) unaware(st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.BranchStmt:
		return true
	case *ast.ReturnStmt:
		for _, e := range st.Results {
			if !h.pkg.Stable(e) {
				return false
			}
		}
		return true
	}
	return false
}

// pos is where the lock's text would be written.
func (p unlockPlace) pos() token.Pos {
	switch {
	case p.before != nil:
		return p.before.Pos()
	case p.orElse != nil:
		return p.orElse.Body.Rbrace
	}
	if block, ok := p.end.(*ast.BlockStmt); ok {
		return block.Rbrace
	}
	return p.end.End()
}

// steadyAt refuses where the lock's text means, or may lead to, another lock at pos.
func (h *holding) steadyAt(pos token.Pos) error {
	if err := around.Respell(h.pkg, h.mu, pos); err != nil {
		return err
	}
	return h.steady(pos)
}

func (h *holding) put(place unlockPlace) {
	unlock := edit.ExprStmt(h.unlock())
	switch {
	case place.before != nil:
		h.s.InsertBefore(h.s.Stmt(place.before), unlock)
	case place.end != nil:
		h.s.InsertLast(h.s.Node(place.end), unlock)
	default:
		h.s.Stmt(place.orElse).(*dst.IfStmt).Else = edit.Block(unlock)
	}
}

// lineOfWay returns the line of a way out: of a block, that of its brace.
func (h *holding) lineOfWay(n ast.Node) int {
	if body, ok := n.(*ast.BlockStmt); ok {
		return h.pkg.Fset.Position(body.Rbrace).Line
	}
	return h.line(n)
}
