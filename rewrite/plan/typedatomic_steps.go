package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// oneStep makes one step of a write and the read that it rests on, or of a step
// and the read of its result; it refuses what stays two.
func (a *atomicVar) oneStep() error {
	for _, w := range a.uses {
		if writes, _ := w.writes(); !writes || a.early(w) || w.fn == nil || a.done[w] {
			continue
		}
		err := a.restsOnNothing(w)
		if err != nil && !a.swapInside(w) && !a.swapBehind(w) && !a.countThenRead(w) && !a.readThenCount(w) {
			return err
		}
	}
	return nil
}

// early reports whether a use is made before anybody else can reach the variable.
func (u *variable) early(x *use) bool {
	access := u.shared.AccessAt(x.expr)
	return access == nil || u.shared.Early(access)
}

// restsOnNothing refuses a write in whose function a read may be what it rests
// on, or may mean its result; but for what one goroutine alone, or a lock that
// all writers hold, keeps together.
func (a *atomicVar) restsOnNothing(w *use) error {
	flow := a.pkg.Flow(w.fn)
	if flow == nil {
		return nil
	}
	_, step := w.writes()
	for _, r := range a.inFunction(w.fn) {
		if writes, reads := r.writes(); r == w || writes || !reads || a.done[r] || exprText(r.expr) != exprText(w.expr) || r.stmt() == w.stmt() {
			continue
		}
		before, _ := flow.Follows(r.expr, w.stmt())
		behind, _ := flow.Follows(w.stmt(), r.expr)
		if !before && !(behind && step) || a.together(r, w) {
			continue
		}
		if before {
			return fmt.Errorf("the write at %s may rest on what %s reads: each made atomic they are not one step", a.line(w.id), a.line(r.id))
		}
		return fmt.Errorf("%s may read what %s has counted: each made atomic they are not one step", a.line(r.id), a.line(w.id))
	}
	return nil
}

// together reports whether nobody can write between a read and a write: all
// writers run on the goroutine of both, or all hold a lock, and the value is read
// under it.
func (a *atomicVar) together(r, w *use) bool {
	writers := a.writers()
	if a.shared.Alone(append(writers, a.shared.AccessAt(r.expr))) {
		return true
	}
	flow := a.pkg.Flow(w.fn)
	for _, lock := range a.locksOf(writers) {
		if a.holds(r, lock) {
			return true
		}
		for _, again := range a.inFunction(w.fn) { // the second check
			if writes, _ := again.writes(); again == r || writes || !a.holds(again, lock) {
				continue
			}
			first, _ := flow.Follows(r.expr, again.expr)
			if _, all := flow.Precedes(again.expr, w.stmt()); first && all {
				return true
			}
		}
	}
	return false
}

// writers returns the writes of the variable that others may meet.
func (u *variable) writers() (all []*sharing.Access) {
	for _, x := range u.uses {
		if writes, _ := x.writes(); writes && !u.early(x) {
			all = append(all, u.shared.AccessAt(x.expr))
		}
	}
	return all
}

// locksOf returns the locks that all accesses hold.
func (u *variable) locksOf(accesses []*sharing.Access) (common []any) {
	for i, access := range accesses {
		held, _ := u.shared.LocksAt(access)
		var both []any
		for _, lock := range held {
			if i == 0 || slices.Contains(common, any(lock)) {
				both = append(both, lock)
			}
		}
		common = both
	}
	return common
}

func (u *variable) holds(x *use, lock any) bool {
	access := u.shared.AccessAt(x.expr)
	if access == nil {
		return false
	}
	held, _ := u.shared.LocksAt(access)
	for _, l := range held {
		if any(l) == lock {
			return true
		}
	}
	return false
}

// plainStore returns the assignment of a use that sets the variable, and nothing
// else, to a value that does not rest on it.
func (a *atomicVar) plainStore(w *use) *ast.AssignStmt {
	st := w.assigned()
	if st == nil || st.Tok != token.ASSIGN || len(st.Lhs) != 1 || len(st.Rhs) != 1 || a.useIn(st.Rhs[0]) != nil {
		return nil
	}
	if tv := a.pkg.Info.Types[st.Rhs[0]]; tv.Value == nil && !tv.IsNil() && !a.pkg.Stable(st.Rhs[0]) {
		return nil // it would be computed whatever the test says
	}
	return st
}

// swapInside makes a test and the store that comes first where it holds one
// CompareAndSwap:
//
//	if !s.on {                if s.on.CompareAndSwap(false, true) {
//		s.on = true   →
//		start()                   start()
func (a *atomicVar) swapInside(w *use) bool {
	st := a.plainStore(w)
	if st == nil {
		return false
	}
	test, ok := w.up(2).(*ast.IfStmt)
	if !ok || test.Init != nil || test.Body != w.up(1) || test.Body.List[0] != ast.Stmt(st) {
		return false
	}
	r, old, equal := a.tested(test.Cond, w)
	if r == nil || !equal {
		return false
	}
	if test.Else == nil && len(test.Body.List) == 1 {
		a.swapAlone(r, w, st, test, old)
		return true
	}
	a.swap(r, w, st, test.Cond, old, false)
	return true
}

// swapBehind makes a test that leaves and the store behind it one CompareAndSwap:
//
//	if s.on {                 if !s.on.CompareAndSwap(false, true) {
//		return        →           return
//	}                         }
//	s.on = true
func (a *atomicVar) swapBehind(w *use) bool {
	st := a.plainStore(w)
	if st == nil {
		return false
	}
	test, ok := a.before(st).(*ast.IfStmt)
	if !ok || test.Init != nil || test.Else != nil || !leavesAlways(test.Body) {
		return false
	}
	r, old, equal := a.tested(test.Cond, w)
	if r == nil || equal {
		return false
	}
	a.swap(r, w, st, test.Cond, old, true)
	return true
}

// before returns the statement before another one in its list.
func (u *variable) before(st ast.Stmt) ast.Stmt {
	list, _ := u.s.At(st).listAround(st)
	if i := slices.Index(list, st); i > 0 {
		return list[i-1]
	}
	return nil
}

// behind returns the statement behind another one in its list.
func (u *variable) behind(st ast.Stmt) ast.Stmt {
	list, _ := u.s.At(st).listAround(st)
	if i := slices.Index(list, st); i >= 0 && i+1 < len(list) {
		return list[i+1]
	}
	return nil
}

// leavesAlways reports whether a block ends in a statement that leaves it.
func leavesAlways(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	switch last := body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.CONTINUE || last.Tok == token.BREAK
	}
	return false
}

// tested returns the read of a condition that is nothing but a test of the
// variable, the value that it is tested for, and whether the condition is that
// it has this value. For a bool that is the value which the store does not set.
func (a *atomicVar) tested(cond ast.Expr, w *use) (r *use, old func(*Site) dst.Expr, equal bool) {
	cond = ast.Unparen(cond)
	negated := false
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		cond, negated = ast.Unparen(not.X), true
	}
	operand := cond
	compared, isComparison := cond.(*ast.BinaryExpr)
	if isComparison {
		operand = ast.Unparen(compared.X)
	}
	if r = a.useIn(operand); r == nil || r.expr != operand || exprText(operand) != exprText(w.expr) {
		return nil, nil, false
	}
	switch {
	case !isComparison:
		stored := a.pkg.Info.Types[w.assigned().Rhs[0]].Value
		if stored == nil {
			return nil, nil, false
		}
		set := stored.ExactString()
		if set == "true" {
			return r, func(*Site) dst.Expr { return ident("false") }, negated
		}
		return r, func(*Site) dst.Expr { return ident("true") }, !negated
	case negated || compared.Op != token.EQL && compared.Op != token.NEQ || !a.pkg.Pure(compared.Y) || a.useIn(compared.Y) != nil:
		return nil, nil, false
	}
	return r, func(at *Site) dst.Expr { return a.value(at, compared.Y) }, compared.Op == token.EQL
}

// swap plans a CompareAndSwap in the place of a condition, and deletes the store.
func (a *atomicVar) swap(r, w *use, st *ast.AssignStmt, cond ast.Expr, old func(*Site) dst.Expr, negate bool) {
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		var swap dst.Expr = a.method(at, w, "CompareAndSwap", old(at), a.value(at, st.Rhs[0]))
		if negate {
			swap = &dst.UnaryExpr{Op: token.NOT, X: swap}
		}
		at.ReplaceExpr(at.Expr(cond), swap)
		at.Delete(at.Stmt(st))
	})
}

// swapAlone plans a CompareAndSwap in the place of an if that does nothing else.
func (a *atomicVar) swapAlone(r, w *use, st *ast.AssignStmt, test *ast.IfStmt, old func(*Site) dst.Expr) {
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		at.ReplaceStmt(at.Stmt(test), exprStmt(a.method(at, w, "CompareAndSwap", old(at), a.value(at, st.Rhs[0]))))
	})
}

// step returns the statement of a use that counts the variable by a value that
// does not rest on it, and builds what Add gets; nil if it does not.
func (a *atomicVar) step(w *use) (st ast.Stmt, delta func(*Site) dst.Expr) {
	if a.elem == nil || a.alone(w.stmt()) != nil {
		return nil, nil
	}
	switch p := w.up(0).(type) {
	case *ast.IncDecStmt:
		return p, func(*Site) dst.Expr { return a.one(p.Tok) }
	case *ast.AssignStmt:
		if p.Tok == token.ADD_ASSIGN && a.useIn(p.Rhs[0]) == nil && a.pkg.Pure(p.Rhs[0]) {
			return p, func(at *Site) dst.Expr { return a.value(at, p.Rhs[0]) }
		}
	}
	return nil, nil
}

// countThenRead reads what Add returns:
//
//	s.next++                  return s.next.Add(1)
//	return s.next     →
func (a *atomicVar) countThenRead(w *use) bool {
	st, delta := a.step(w)
	if st == nil {
		return false
	}
	next := a.behind(st)
	r := a.onlyRead(next, w)
	if r == nil {
		return false
	}
	back, err := a.conversion(r)
	if err != nil {
		return false
	}
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		at.ReplaceExpr(at.Expr(r.expr), back(at, a.method(at, w, "Add", delta(at))))
		at.Delete(at.Stmt(st))
	})
	return true
}

// onlyRead returns the read in a simple statement that is the only one of its
// function that a step may be meant for; nothing that is evaluated beside it has
// an effect.
func (a *atomicVar) onlyRead(st ast.Stmt, w *use) (found *use) {
	switch st := st.(type) {
	case *ast.ReturnStmt:
	case *ast.AssignStmt:
		if st.Tok != token.DEFINE && st.Tok != token.ASSIGN {
			return nil
		}
	default:
		return nil
	}
	for _, r := range a.inFunction(w.fn) {
		if r == w || exprText(r.expr) != exprText(w.expr) {
			continue
		}
		if writes, _ := r.writes(); found != nil || writes || !standsIn(r.expr, st) {
			return nil
		}
		found = r
	}
	if found == nil || a.shortened(found, st) {
		return nil
	}
	pure := true
	ast.Inspect(st, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !standsIn(found.expr, call) {
			pure = pure && a.pkg.Pure(call)
		}
		return true
	})
	if !pure {
		return nil
	}
	return found
}

// shortened reports whether a read in a statement may not be evaluated, or after
// something else is decided.
func (a *atomicVar) shortened(r *use, st ast.Stmt) bool {
	for _, n := range r.path {
		if !standsIn(n, st) {
			continue
		}
		if b, ok := n.(*ast.BinaryExpr); ok && isLogical(b) {
			return true
		}
	}
	return false
}

// readThenCount takes the old value from what Add returns:
//
//	id := s.next              id := s.next.Add(1) - 1
//	s.next++          →
func (a *atomicVar) readThenCount(w *use) bool {
	st, _ := a.step(w)
	inc, ok := st.(*ast.IncDecStmt)
	if !ok || inc.Tok != token.INC {
		return false
	}
	before, ok := a.before(st).(*ast.AssignStmt)
	if !ok || len(before.Rhs) != 1 || len(before.Lhs) != 1 || before.Tok != token.DEFINE {
		return false
	}
	r := a.onlyRead(before, w)
	if r == nil || ast.Unparen(before.Rhs[0]) != r.expr {
		return false
	}
	back, err := a.conversion(r)
	if err != nil {
		return false
	}
	a.done[r], a.done[w] = true, true
	a.writes = append(a.writes, func() {
		at := a.s.At(w.id)
		sum := &dst.BinaryExpr{X: a.method(at, w, "Add", a.one(token.INC)), Op: token.SUB, Y: &dst.BasicLit{Kind: token.INT, Value: "1"}}
		at.ReplaceExpr(at.Expr(r.expr), back(at, sum))
		at.Delete(at.Stmt(st))
	})
	return true
}
