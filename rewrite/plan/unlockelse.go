package plan

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// coverElse repairs a way out that is reached with the lock and without it:
// behind an if that releases it. The unlock goes where the other branch ends.
//
// It refuses unless the text alone shows that the lock is held whenever the if
// is reached and never released but in it: Lock and if stand in one list, every
// release in the one branch, and nothing jumps. done holds the ifs that have
// their edit already.
func (h *holding) coverElse(loss facts.Loss, done map[ast.Node]bool) (func(), error) {
	cond, err := h.releasingIf(loss)
	if err != nil {
		return nil, err
	}
	if done[cond] {
		return func() {}, nil
	}
	done[cond] = true
	if err := respell(h.pkg, h.mu, cond.End()); err != nil {
		return nil, err
	}
	if err := h.steady(loss.At.End()); err != nil {
		return nil, err
	}
	if rest := h.behind(cond); rest != nil {
		h.s.Downgrade(rules.Unsafe, fmt.Sprintf("what follows the if, from line %d on, then runs without the lock on this way too", h.line(rest)))
	}
	return func() { h.addElse(cond) }, nil
}

// releasingIf finds the if, behind the Lock in one list, one branch of which
// holds every release.
func (h *holding) releasingIf(loss facts.Loss) (*ast.IfStmt, error) {
	unclear := fmt.Errorf("at line %d the lock is held on some ways only: an unlock there would fail on the others", h.lineOfWay(loss.At))
	lock := h.stmt()
	if lock == nil || jumps(h.Func) {
		return nil, unclear
	}
	list, _ := h.s.listAround(lock)
	for _, st := range list[slices.Index(list, ast.Stmt(lock))+1:] {
		cond, ok := st.(*ast.IfStmt)
		if !ok || !h.onlyReleasedIn(cond.Body) {
			continue
		}
		_, elseIf := cond.Else.(*ast.IfStmt)
		if elseIf || loss.At.End() < cond.End() {
			return nil, unclear
		}
		return cond, nil
	}
	return nil, unclear
}

// onlyReleasedIn reports whether every release of the lock stands in a body,
// and one of them in its own list, so that whoever reaches its end has passed it.
func (h *holding) onlyReleasedIn(body *ast.BlockStmt) bool {
	passed := false
	for release, stmt := range h.explicit() {
		if stmt == nil || release.Pos() < body.Pos() || body.End() <= release.Pos() {
			return false
		}
		passed = passed || slices.Contains(body.List, ast.Stmt(stmt))
	}
	return passed && len(h.Deferred) == 0 && h.alone()
}

// alone reports whether the function takes the lock at one place only.
func (h *holding) alone() bool {
	for _, acq := range h.pkg.Acquisitions(h.Func) {
		if acq.Call != h.Call && acq.Lock == h.Lock {
			return false
		}
	}
	return true
}

// behind returns the first statement after the if that could tell whether the
// lock is held; a return of stable results, an unlock or nothing cannot.
func (h *holding) behind(cond *ast.IfStmt) ast.Stmt {
	list, _ := h.s.listAround(cond)
	for _, st := range list[slices.Index(list, ast.Stmt(cond))+1:] {
		ret, ok := st.(*ast.ReturnStmt)
		if !ok {
			return st
		}
		for _, e := range ret.Results {
			if !h.pkg.Stable(e) {
				return st
			}
		}
	}
	return nil
}

func (h *holding) addElse(cond *ast.IfStmt) {
	unlock := exprStmt(h.unlock())
	twin := h.s.Stmt(cond).(*dst.IfStmt)
	if twin.Else != nil {
		h.s.InsertLast(twin.Else, unlock)
		return
	}
	twin.Else = block(unlock)
}

// lineOfWay returns the line of a way out: of a block, that of its brace.
func (h *holding) lineOfWay(n ast.Node) int {
	if body, ok := n.(*ast.BlockStmt); ok {
		return h.pkg.Fset.Position(body.Rbrace).Line
	}
	return h.line(n)
}
