package memory

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// actsInOneStep makes one step of a test and the store that follows it, and
// refuses a write that may rest on what was read before.
func (m *syncMapVar) actsInOneStep() error {
	for _, w := range m.uses {
		access := m.shared.AccessAt(w.expr)
		if access == nil || !access.Write || !access.Content || w.fn == nil || m.done[w] {
			continue
		}
		flow := m.pkg.Flow(w.fn)
		for _, r := range m.inFunction(w.fn) {
			read := m.shared.AccessAt(r.expr)
			if r == w || read == nil || read.Write || m.done[r] {
				continue
			}
			if _, loop := r.up(0).(*ast.RangeStmt); loop && isDelete(w) {
				continue
			}
			if some, _ := flow.Follows(r.expr, w.stmt()); some && !m.loadOrStore(r, w) {
				return fmt.Errorf("the write at %s may rest on what %s reads: two calls of a sync.Map are not one step", m.line(w.id), m.line(r.id))
			}
		}
	}
	return nil
}

// loadOrStore makes one step of
//
//	if _, ok := m[k]; !ok {      →    m.LoadOrStore(k, v)
//		m[k] = v
//	}
func (m *syncMapVar) loadOrStore(r, w *use) bool {
	st, ok := w.up(1).(*ast.AssignStmt)
	test, ok2 := w.up(3).(*ast.IfStmt)
	if !ok || !ok2 || test.Body != w.up(2) || len(test.Body.List) != 1 || test.Else != nil || st.Tok != token.ASSIGN || len(st.Lhs) != 1 {
		return false
	}
	init, ok := test.Init.(*ast.AssignStmt)
	not, ok2 := ast.Unparen(test.Cond).(*ast.UnaryExpr)
	if !ok || !ok2 || not.Op != token.NOT || len(init.Lhs) != 2 || r.up(1) != ast.Node(init) {
		return false
	}
	blank, ok := init.Lhs[0].(*ast.Ident)
	if !ok || blank.Name != "_" || edit.Spelling(not.X) != edit.Spelling(init.Lhs[1]) || edit.Spelling(init.Rhs[0]) != edit.Spelling(st.Lhs[0]) {
		return false
	}
	ix, ok := st.Lhs[0].(*ast.IndexExpr)
	if tv := m.pkg.Info.Types[st.Rhs[0]]; !ok || tv.Value == nil && !m.pkg.Stable(st.Rhs[0]) || !m.pkg.Pure(ix.Index) {
		return false // it would be computed whether or not it is stored
	}
	key, err := m.boxed(ix.Index, m.typ.Key(), m.spelled.Key)
	value, err2 := m.boxed(st.Rhs[0], m.typ.Elem(), m.spelled.Value)
	if err != nil || err2 != nil {
		return false
	}
	m.done[r], m.done[w] = true, true
	m.needs("LoadOrStore")
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		at.ReplaceStmt(at.Stmt(test), edit.ExprStmt(m.method(at, w, "LoadOrStore", key(at), value(at))))
	})
	return true
}
