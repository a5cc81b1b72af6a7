package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// announces refuses a flag that is set before the data that it announces: an
// atomic flag puts in order what is written before it, and the report of a race
// on what is written after it would go while the race stays.
func (a *atomicVar) announces() error {
	for _, w := range a.uses {
		if writes, _ := w.writes(); !writes || a.early(w) || w.fn == nil {
			continue
		}
		if late, ok := a.writtenAfter(w); ok {
			return fmt.Errorf("%s is written at %s, after %s, which tells others that it is there", exprText(late.expr), a.line(late.expr), a.name)
		}
	}
	return nil
}

// A lateWrite is the write of another variable that others can reach.
type lateWrite struct {
	v     *types.Var
	expr  ast.Expr
	entry bool // an element, or the entries of a map
}

// writtenAfter returns a write behind that of the variable, of something that
// others read when they have tested the variable.
func (a *atomicVar) writtenAfter(w *use) (late lateWrite, ok bool) {
	flow := a.pkg.Flow(w.fn)
	if flow == nil {
		return late, false
	}
	_, step := w.writes()
	for _, b := range a.otherWrites(w.fn) {
		if some, _ := flow.Follows(w.stmt(), b.expr); !some || step && !b.entry {
			continue // a count announces at most the entry that it counts
		}
		if before, _ := flow.Follows(b.expr, w.stmt()); before && a.useIn(b.expr) == nil {
			continue // a loop: the write before it may be the one that is announced
		}
		if a.readBehind(b.v, w.fn) {
			return b, true
		}
	}
	return late, false
}

// otherWrites returns the writes of other shared variables in a function that
// hold no lock, those of atomics too: that they are in order with each other
// does not put them before the flag.
func (u *variable) otherWrites(fn ast.Node) (all []lateWrite) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if n == nil || n != fn && isFunction(n) {
			return false
		}
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if v := u.storedTo(e); v != nil && v != u.v {
			all = append(all, lateWrite{v: v, expr: e})
		}
		b := u.shared.AccessAt(e)
		if b == nil || !b.Write || b.Var == u.v || !u.shared.Shared(e) {
			return true
		}
		if held, _ := u.shared.LocksAt(b); len(held) == 0 {
			all = append(all, lateWrite{v: b.Var, expr: e, entry: b.Element || b.Content})
		}
		return true
	})
	return all
}

// storedTo returns the variable of a typed atomic that a call writes.
func (u *variable) storedTo(e ast.Expr) *types.Var {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return nil
	}
	fn, ok := u.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" || fn.Signature().Recv() == nil || fn.Name() == "Load" {
		return nil
	}
	method, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, _ := ast.Unparen(method.X).(*ast.Ident)
	if field, ok := ast.Unparen(method.X).(*ast.SelectorExpr); ok {
		id = field.Sel
	}
	if id == nil {
		return nil
	}
	v, _ := u.pkg.Info.Uses[id].(*types.Var)
	return v
}

func isFunction(n ast.Node) bool {
	switch n.(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		return true
	}
	return false
}

// readBehind reports whether a function uses another variable after it has
// tested this one.
func (a *atomicVar) readBehind(other *types.Var, but ast.Node) bool {
	for _, r := range a.uses {
		if _, reads := r.writes(); !reads || r.fn == nil || r.fn == but || !r.inTest() {
			continue
		}
		if flow := a.pkg.Flow(r.fn); flow != nil && a.usedBehind(r, other, flow) {
			return true
		}
	}
	return false
}

func (a *atomicVar) usedBehind(r *use, other *types.Var, flow *facts.Flow) bool {
	found := false
	ast.Inspect(r.fn, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		if v, isVar := a.pkg.Info.Uses[id].(*types.Var); isVar && v.Origin() == other.Origin() {
			found, _ = flow.Follows(r.expr, id)
			found = found || r.stmt() == innermostStmt(a.s, id)
		}
		return !found
	})
	return found
}

// inTest reports whether a use is part of a condition, or of what a switch asks.
func (x *use) inTest() bool {
	for i := len(x.path) - 1; i >= 0; i-- {
		switch st := x.path[i].(type) {
		case *ast.IfStmt:
			return standsIn(x.expr, st.Cond)
		case *ast.ForStmt:
			return st.Cond != nil && standsIn(x.expr, st.Cond)
		case *ast.SwitchStmt:
			return st.Tag != nil && standsIn(x.expr, st.Tag)
		case *ast.CaseClause:
			return true
		case ast.Stmt:
			return false
		}
	}
	return false
}

// innermostStmt returns the statement around a node.
func innermostStmt(s *Site, n ast.Node) (found ast.Stmt) {
	for _, m := range s.At(n).pathTo(n) {
		if st, ok := m.(ast.Stmt); ok {
			found = st
		}
	}
	return found
}

// loadOnce loads a pointer once where it is tested for nil and then followed, if
// somebody sets it to nil: two loads may find two values.
func (a *atomicVar) loadOnce() error {
	a.loadTogether()
	if a.kind != "Pointer" || !a.reset() {
		return nil
	}
	for _, r := range a.uses {
		if r.fn == nil || a.done[r] || a.early(r) || !a.nilTest(r) {
			continue
		}
		if err := a.loadBefore(r); err != nil {
			return err
		}
	}
	return nil
}

// loadTogether loads the variable once for a statement that reads it more than
// once, and does nothing beside that has an effect:
//
//	                              size := s.size.Load()
//	area = s.size * s.size    →   area = size * size
func (a *atomicVar) loadTogether() {
	for i, r := range a.uses {
		if r.fn == nil || a.done[r] || r.key() != nil {
			continue
		}
		reads := []*use{r}
		for _, x := range a.uses[i+1:] {
			if x.fn == r.fn && x.stmt() == r.stmt() && exprText(x.expr) == exprText(r.expr) {
				reads = append(reads, x)
			}
		}
		if len(reads) > 1 && a.readOnly(reads) {
			a.loadBeforeStmt(r.stmt(), reads)
		}
	}
}

// readOnly reports whether uses are reads in a statement before which a load can
// stand.
func (a *atomicVar) readOnly(reads []*use) bool {
	st := reads[0].stmt()
	if a.alone(st) != nil {
		return false
	}
	parts := []ast.Expr{}
	switch st := st.(type) {
	case *ast.ReturnStmt:
		parts = st.Results
	case *ast.AssignStmt:
		parts = st.Rhs
	case *ast.IfStmt:
		if st.Init != nil {
			return false
		}
		parts = []ast.Expr{st.Cond}
	}
	for _, x := range reads {
		if writes, _ := x.writes(); writes || !slices.ContainsFunc(parts, func(e ast.Expr) bool { return standsIn(x.expr, e) && a.pkg.Pure(e) }) {
			return false
		}
	}
	return true
}

// loadBeforeStmt plans one load before a statement in the place of reads.
func (a *atomicVar) loadBeforeStmt(st ast.Stmt, reads []*use) {
	back, err := a.conversion(reads[0])
	if err != nil {
		return
	}
	for _, x := range reads {
		a.done[x] = true
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(st)
		name := at.Fresh("current", st)
		if a.v.IsField() {
			name = at.Fresh(a.name, st)
		}
		load := define(back(at, a.method(at, reads[0], "Load")), ident(name))
		for _, x := range reads {
			at.ReplaceExpr(at.Expr(x.expr), ident(name))
		}
		at.InsertBefore(at.Stmt(st), load)
	})
}

// reset reports whether the variable is set to nil.
func (a *atomicVar) reset() bool {
	return slices.ContainsFunc(a.uses, func(w *use) bool {
		st := w.assigned()
		return st != nil && !a.early(w) && slices.ContainsFunc(st.Rhs, func(e ast.Expr) bool { return a.pkg.Info.Types[e].IsNil() })
	})
}

func (a *atomicVar) nilTest(r *use) bool {
	b, ok := r.up(0).(*ast.BinaryExpr)
	return ok && (b.Op == token.EQL || b.Op == token.NEQ) && (a.pkg.Info.Types[b.X].IsNil() || a.pkg.Info.Types[b.Y].IsNil())
}

// loadBefore puts the load before the statement of the test, and the variable
// that gets it in the place of all reads from there on.
func (a *atomicVar) loadBefore(r *use) error {
	flow := a.pkg.Flow(r.fn)
	var reads []*use
	for _, x := range a.inFunction(r.fn) {
		writes, _ := x.writes()
		some, _ := flow.Follows(r.expr, x.expr)
		switch {
		case x == r || exprText(x.expr) != exprText(r.expr) || !some && x.stmt() != r.stmt():
		case writes:
			return fmt.Errorf("%s tests %s, and %s changes it: each made atomic they are not one step", a.line(r.id), a.name, a.line(x.id))
		default:
			reads = append(reads, x)
		}
	}
	if len(reads) == 0 {
		return nil
	}
	test, ok := r.stmt().(*ast.IfStmt)
	list, ok2 := a.s.At(r.id).listAround(test)
	if !ok || !ok2 || !standsIn(r.expr, test.Cond) || !a.pkg.Pure(test.Cond) || test.Init != nil {
		return fmt.Errorf("%s is tested at %s and used later: two loads may find two values", a.name, a.line(r.id))
	}
	rest := list[slices.Index(list, ast.Stmt(test)):]
	for _, x := range reads {
		if !slices.ContainsFunc(rest, func(st ast.Stmt) bool { return standsIn(x.expr, st) }) || a.inLoop(x, test) {
			return fmt.Errorf("%s is tested at %s and used at %s: two loads may find two values", a.name, a.line(r.id), a.line(x.id))
		}
	}
	a.loadBeforeStmt(test, append(reads, r))
	return nil
}

// inLoop reports whether a use stands in a loop that a statement does not stand in.
func (a *atomicVar) inLoop(x *use, out ast.Stmt) bool {
	return slices.ContainsFunc(x.path, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return !standsIn(out, n)
		}
		return false
	})
}
