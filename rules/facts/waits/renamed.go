package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A renaming is a local variable that is another name of a channel: done := s.done.
// What is done with the variable is done with that.
type renaming struct {
	class, local *class
}

// renamed notes that an assignment declares another name of the channel.
func (m *mention) renamed(st *ast.AssignStmt) bool {
	i := slices.Index(st.Rhs, m.expr)
	if i < 0 || len(st.Lhs) != len(st.Rhs) || st.Tok != token.DEFINE {
		return false
	}
	id, ok := st.Lhs[i].(*ast.Ident)
	v, isVar := m.f.pkg.Def(id).(*types.Var)
	if !ok || !isVar || m.f.kindOf(v.Type()) != channel {
		return false
	}
	m.f.renamings = append(m.f.renamings, renaming{m.class, m.f.class(v)})
	return true
}

// standsFor notes that a local variable gets the value of another one, or of a field.
func (m *mention) standsFor(value ast.Expr) bool {
	switch ast.Unparen(value).(type) {
	case *ast.Ident, *ast.SelectorExpr:
	default:
		return false
	}
	if m.v.IsField() || m.f.pkg.Def(m.id) == nil {
		return false
	}
	m.class.renames++
	return true
}

// unname gives the classes the operations on their other names.
func (f *Facts) unname() {
	for _, r := range f.renamings {
		if r.local.unknown || r.local.made || r.local.replaced || r.local.renames > 1 || r.class.renames > 0 {
			r.class.unknown = true
			continue
		}
		for _, o := range r.local.ops {
			o.class = r.class
			r.class.ops = append(r.class.ops, o)
		}
	}
	for _, c := range f.classes {
		c.unknown = c.unknown || c.renames > 0
	}
}
