package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// OptionalChannel returns where an option gives a field its channel, which nothing else does, if an
// operation without an alternative is on it, and nobody in the package asks whether it is nil: where the
// caller leaves the option out, the operation waits for ever.
//
//	func WithEvents(n int) Option { return func(m *Manager) { m.events = make(chan Event, n) } }
//	func (m *Manager) emit(e Event) { m.events <- e }
func (f *Facts) OptionalChannel(n ast.Node, ch ast.Expr) ast.Node {
	c := f.Class(ch)
	if c == nil || !c.Var.IsField() || c.Nil || f.inTest(n) || len(c.Makes)+len(c.Given) == 0 {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == n })
	if i < 0 || !c.Ops[i].Alone() || f.setsFieldOutside(c) {
		return nil
	}
	var set ast.Node
	for _, made := range c.Makes {
		if set = f.setByOption(c, made); set == nil {
			return nil
		}
	}
	for _, given := range c.Given {
		if set = f.setByOption(c, given); set == nil {
			return nil
		}
	}
	if !f.isMade(c.Var) || f.askedForNil(c.Var) {
		return nil
	}
	return set
}

// setsFieldOutside reports whether other packages may set a field.
func (f *Facts) setsFieldOutside(c *Class) bool { return f.pkg.Reachable(c.Var) || f.tagged(c.Var) }

// setByOption returns the assignment that gives a field a value, if that is all that an option does: a
// literal that a function returns, and that gets the object.
func (f *Facts) setByOption(c *Class, value ast.Node) ast.Node {
	lit, ok := f.around(value).(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 || lit.Type.Params.NumFields() != 1 {
		return nil
	}
	st, ok := lit.Body.List[0].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 || f.field(st.Lhs[0]) != types.Object(c.Var) || f.inTest(st) {
		return nil
	}
	maker, ok := f.around(lit).(*ast.FuncDecl)
	if !ok || len(maker.Body.List) == 0 {
		return nil
	}
	ret, ok := maker.Body.List[len(maker.Body.List)-1].(*ast.ReturnStmt)
	if !ok || !contains(ret, lit) {
		return nil
	}
	return st
}

// askedForNil reports whether the package compares a field with nil.
func (f *Facts) askedForNil(v *types.Var) (asked bool) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			test, ok := n.(*ast.BinaryExpr)
			asked = asked || ok && f.pkg.IsNil(test.Y) && f.field(test.X) == types.Object(v)
			return !asked
		})
	}
	return asked
}
