package plan

import (
	"fmt"
	"go/ast"
	"go/types"

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
			return fmt.Errorf("%s is written at %s, after %s, which tells others that it is there", exprText(late.expr), u.line(late.expr), u.name)
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
		if u.readBehind(b.v, w.fn) {
			return b, true
		}
	}
	return late, false
}

// otherWrites returns the writes of other shared variables in the function of a
// write, but for those that hold a lock together with it. A lock or an atomic of
// their own does not put them before the flag.
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
		if len(u.locksOf([]*sharing.Access{u.shared.AccessAt(w.expr), b})) == 0 {
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
func (u *variable) readBehind(other *types.Var, but ast.Node) bool {
	for _, r := range u.uses {
		if _, reads := r.writes(); !reads || r.fn == nil || r.fn == but || !r.inTest() {
			continue
		}
		if flow := u.pkg.Flow(r.fn); flow != nil && u.usedBehind(r, other, flow) {
			return true
		}
	}
	return false
}

func (u *variable) usedBehind(r *use, other *types.Var, flow *facts.Flow) bool {
	found := false
	ast.Inspect(r.fn, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		if v, isVar := u.pkg.Info.Uses[id].(*types.Var); isVar && v.Origin() == other.Origin() {
			found, _ = flow.Follows(r.expr, id)
			found = found || r.stmt() == innermostStmt(u.s, id)
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
