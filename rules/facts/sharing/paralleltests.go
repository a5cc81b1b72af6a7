package sharing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A parallelUse is an access to a package variable that a test makes behind its call of
// t.Parallel: other tests are at work then.
type parallelUse struct {
	passage
	test *function
}

// findParallelTests finds the races between tests that run in parallel: a variable of the
// package that one sets and another uses.
//
//	func TestOld(t *testing.T) { t.Parallel(); version = 1; … }
//	func TestNew(t *testing.T) { t.Parallel(); version = 2; … }
func (f *Facts) findParallelTests() {
	uses := map[place][]parallelUse{}
	for _, fn := range f.order {
		if from := f.parallelFrom(fn); from.IsValid() {
			f.addParallel(fn, from, uses)
		}
	}
	for _, of := range uses {
		slices.SortStableFunc(of, func(a, b parallelUse) int { return cmp.Compare(a.access.Expr.Pos(), b.access.Expr.Pos()) })
		for _, a := range of {
			if a.access.Write && a.access.fn.test && f.meetsInParallel(a, of) {
				break
			}
		}
	}
}

// parallelFrom returns where a test has called t.Parallel, in any case; no position if it
// does not, or is no test.
func (f *Facts) parallelFrom(fn *function) token.Pos {
	if fn.obj == nil || !fn.test || !fn.entered() {
		return token.NoPos
	}
	for _, stmt := range fn.body().List {
		if expr, ok := stmt.(*ast.ExprStmt); ok {
			if call, ok := expr.X.(*ast.CallExpr); ok && f.isParallel(call) {
				return stmt.End()
			}
		}
	}
	return token.NoPos
}

func (f *Facts) isParallel(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.FullName() == "(*testing.T).Parallel"
}

// addParallel adds what a test does from some place on, itself and by what it calls.
func (f *Facts) addParallel(test *function, from token.Pos, uses map[place][]parallelUse) {
	for at, accesses := range f.accessesByPlace()[test] {
		for _, a := range accesses {
			if at.root.Kind() != types.PackageVar || a.Expr.Pos() < from || a.fn == test && !f.mayReach(test, a.Expr) || a.fn.once || a.Address || f.excused(a) {
				continue
			}
			if w, ok := f.wayTo(test, a.fn, a.Expr); ok {
				uses[at] = append(uses[at], parallelUse{passage{at: at, access: a, locks: w.locks, sure: w.sure}, test})
			}
		}
	}
	for _, c := range f.callsOf(test) {
		w, ok := f.wayTo(test, c.site.in, c.site.stmt)
		if !ok || c.site.stmt.Pos() < from || c.site.in == test && !f.mayReach(test, c.site.stmt) {
			continue
		}
		for _, p := range f.passagesOf(c.callee) {
			if p.at.root.Kind() == types.PackageVar {
				p.locks, p.sure = p.locks.with(w.locks), p.sure && w.sure
				uses[p.at] = append(uses[p.at], parallelUse{p, test})
			}
		}
	}
}

// mayReach reports whether a function may come to a node at all: not behind t.Skip.
func (f *Facts) mayReach(fn *function, n ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	at, ok := flow.At(n)
	return !ok || flow.Reaches(facts.Point{Block: flow.Blocks[0]}, at, nil)
}

// meetsInParallel reports a write and the first use by another test that may come at the
// same time, if there is one.
func (f *Facts) meetsInParallel(a parallelUse, uses []parallelUse) bool {
	if _, told := f.races[a.access.Expr]; told {
		return true
	}
	for _, b := range uses {
		if a.test == b.test || !conflicts(a.access, b.access) || !a.sure && !b.bare(f) || !b.sure && !a.bare(f) || f.takeTurns(a.test, b.test) {
			continue
		}
		held := a.locks.with(f.stateAt(a.access.fn, a.access.Expr).locks)
		if len(held.both(b.locks.with(f.stateAt(b.access.fn, b.access.Expr).locks))) == 0 && !f.ordered(a.access, b.access) {
			f.races[a.access.Expr] = Race{At: a.access, With: b.access, Tests: true}
			return true
		}
	}
	return false
}

// takeTurns reports whether two tests wait for one variable of the package, by which they
// may keep out of each other's way.
func (f *Facts) takeTurns(a, b *function) bool {
	others := f.allSignals(b).waits
	for key := range f.allSignals(a).waits {
		v, ok := key.(*types.Var)
		if ok && v.Kind() == types.PackageVar && len(others[key]) > 0 {
			return true
		}
	}
	return false
}
