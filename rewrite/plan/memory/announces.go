package memory

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// announces refuses a flag that is set before the data that it announces: an
// atomic flag, or a lock around it, puts in order what is written before, and the
// report of a race on what is written after it would go while the race stays.
func (u *variable) announces() error {
	for _, w := range u.uses {
		if writes, _ := w.writes(); !writes || u.early(w) || w.fn == nil {
			continue
		}
		if late, ok := u.writtenAfter(w); ok {
			return fmt.Errorf("%s is written at %s, after %s, which tells others that it is there", edit.ExprText(late.expr), u.line(late.expr), u.name)
		}
	}
	return nil
}

// A lateWrite is the write of another variable that others can reach.
type lateWrite struct {
	v      *types.Var
	expr   ast.Expr
	entry  bool            // an element, or the entries of a map
	access *sharing.Access // nil where it is that of a typed atomic
}

// writtenAfter returns a write behind that of the variable, of something that
// others read when they have tested the variable.
func (u *variable) writtenAfter(w *use) (late lateWrite, ok bool) {
	flow := u.pkg.Flow(w.fn)
	if flow == nil {
		return late, false
	}
	_, step := w.writes()
	for _, b := range u.otherWrites(w) {
		if some, _ := flow.Follows(w.stmt(), b.expr); !some || step && !b.entry {
			continue // a count announces at most the entry that it counts
		}
		if before, _ := flow.Follows(b.expr, w.stmt()); before && u.useIn(b.expr) == nil {
			continue // a loop: the write before it may be the one that is announced
		}
		if u.readBehind(b, w) {
			return b, true
		}
	}
	return late, false
}

// otherWrites returns the writes of other shared variables in the function of a
// write.
func (u *variable) otherWrites(w *use) (all []lateWrite) {
	ast.Inspect(w.fn, func(n ast.Node) bool {
		if n == nil || n != w.fn && isFunction(n) {
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
		all = append(all, lateWrite{v: b.Var, expr: e, entry: b.Element || b.Content, access: b})
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
	v, _ := u.pkg.Use(id).(*types.Var)
	return v
}

func isFunction(n ast.Node) bool {
	switch n.(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		return true
	}
	return false
}

// readBehind reports whether a function uses another variable after it has tested this
// one, and holds no lock at the test that both writes hold: a lock or an atomic of its own
// does not put the other before the flag.
func (u *variable) readBehind(late lateWrite, w *use) bool {
	for _, r := range u.uses {
		if _, reads := r.writes(); !reads || r.fn == nil || !r.inTest() || u.together(w, late, r) {
			continue
		}
		if flow := u.pkg.Flow(r.fn); flow != nil && u.usedBehind(r, w, late.v, flow) {
			return true
		}
	}
	return false
}

// together reports whether one lock is held at the write of the flag, at that of what it
// announces, and at a test.
func (u *variable) together(w *use, late lateWrite, r *use) bool {
	if late.access == nil {
		return false
	}
	all := []*sharing.Access{late.access}
	for _, x := range []*use{w, r} {
		if a := u.shared.AccessAt(x.expr); a != nil {
			all = append(all, a)
		}
	}
	return len(u.locksOf(all)) > 0
}

// usedBehind reports whether another variable is used behind a test on a way on which the
// flag is not written: who writes it knows what comes.
func (u *variable) usedBehind(r, w *use, other *types.Var, flow *facts.Flow) bool {
	from, ok := flow.At(r.expr)
	if !ok {
		return false
	}
	written, _ := flow.At(w.expr)
	barrier := func(p facts.Point) bool { return r.fn == w.fn && p == written }
	found := false
	ast.Inspect(r.fn, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		if v, isVar := u.pkg.Use(id).(*types.Var); isVar && v.Origin() == other.Origin() {
			to, reached := flow.At(id)
			next := facts.Point{Block: from.Block, Index: from.Index + 1}
			found = reached && flow.Reaches(next, to, barrier) || r.stmt() == innermostStmt(u.s, id)
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
			return edit.StandsIn(x.expr, st.Cond)
		case *ast.ForStmt:
			return st.Cond != nil && edit.StandsIn(x.expr, st.Cond)
		case *ast.SwitchStmt:
			return st.Tag != nil && edit.StandsIn(x.expr, st.Tag)
		case *ast.CaseClause:
			return true
		case ast.Stmt:
			return false
		}
	}
	return false
}

// innermostStmt returns the statement around a node.
func innermostStmt(s *edit.Site, n ast.Node) (found ast.Stmt) {
	for _, m := range s.At(n).PathTo(n) {
		if st, ok := m.(ast.Stmt); ok {
			found = st
		}
	}
	return found
}
