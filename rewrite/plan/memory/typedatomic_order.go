package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
)

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
			if x.fn == r.fn && x.stmt() == r.stmt() && edit.Spelling(x.expr) == edit.Spelling(r.expr) {
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
		if writes, _ := x.writes(); writes || !slices.ContainsFunc(parts, func(e ast.Expr) bool { return edit.StandsIn(x.expr, e) && a.pkg.Pure(e) }) {
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
		load := edit.Define(back(at, a.method(at, reads[0], "Load")), edit.Ident(name))
		for _, x := range reads {
			at.ReplaceExpr(at.Expr(x.expr), edit.Ident(name))
		}
		at.InsertBefore(at.Stmt(st), load)
	})
}

// reset reports whether the variable is set to nil.
func (a *atomicVar) reset() bool {
	return slices.ContainsFunc(a.uses, func(w *use) bool {
		st := w.assigned()
		return st != nil && !a.early(w) && slices.ContainsFunc(st.Rhs, func(e ast.Expr) bool { return a.pkg.IsNil(e) })
	})
}

func (a *atomicVar) nilTest(r *use) bool {
	b, ok := r.up(0).(*ast.BinaryExpr)
	return ok && (b.Op == token.EQL || b.Op == token.NEQ) && (a.pkg.IsNil(b.X) || a.pkg.IsNil(b.Y))
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
		case x == r || edit.Spelling(x.expr) != edit.Spelling(r.expr) || !some && x.stmt() != r.stmt():
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
	list, ok2 := a.s.At(r.id).ListAround(test)
	if !ok || !ok2 || !edit.StandsIn(r.expr, test.Cond) || !a.pkg.Pure(test.Cond) || test.Init != nil {
		return fmt.Errorf("%s is tested at %s and used later: two loads may find two values", a.name, a.line(r.id))
	}
	rest := list[slices.Index(list, ast.Stmt(test)):]
	for _, x := range reads {
		if !slices.ContainsFunc(rest, func(st ast.Stmt) bool { return edit.StandsIn(x.expr, st) }) || a.inLoop(x, test) {
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
			return !edit.StandsIn(out, n)
		}
		return false
	})
}
