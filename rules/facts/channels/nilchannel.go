package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// NilChannel reports whether an operation without an alternative is on a channel
// that is nil whenever it comes there: a local variable, or an unexported field
// or variable of the package, that nothing is ever assigned to.
func (f *Facts) NilChannel(n ast.Node, ch ast.Expr) (declared *types.Var) {
	if f.inTest(n) {
		return nil
	}
	if c := f.Class(ch); c != nil {
		i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == n })
		if i >= 0 && c.Ops[i].Alone() && !c.Serves && !c.Takes && len(c.Makes) == 0 && len(c.Given) == 0 && f.isMade(c.Var) && f.reachedNil(n, ch) {
			return c.Var
		}
		return nil
	}
	v := f.Variable(ch)
	if v == nil || v.IsField() || v.Kind() != types.LocalVar || f.sets(v) > 0 || f.declaredByCase(v) {
		return nil
	}
	for _, m := range f.mentions(v) {
		if m.id.Pos() != ast.Unparen(ch).Pos() {
			continue
		}
		if _, sel := caseOf(n, m.stack[:max(0, slices.Index(m.stack, n))]); sel != nil && len(sel.Body.List) > 1 {
			return nil
		}
		if !f.reachedNil(n, ch) {
			return nil
		}
		return v
	}
	return nil
}

// reachedNil reports whether a way leads to an operation on which nobody has found that its channel
// is not nil.
//
//	if t.sink != nil { t.sink <- data }
func (f *Facts) reachedNil(op ast.Node, ch ast.Expr) bool {
	fn := f.around(op)
	s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), covered: func(ast.Node) bool { return false }}
	s.crossed = func(_ *facts.Block, e facts.Edge) bool {
		op := token.EQL
		if e.Truth {
			op = token.NEQ
		}
		return e.Cond != nil && e.Tag == nil && f.asksNil(e.Cond, op, ch)
	}
	at, ok := s.flow.At(ch)
	if !ok {
		return true // nobody knows
	}
	target := at.Block.Nodes[at.Index]
	s.until = func(n ast.Node) bool { return n == target }
	return s.out() != nil || s.lost
}

// declaredByCase reports whether a variable is declared by anything else than a
// var without a value.
func (f *Facts) declaredByCase(v *types.Var) bool {
	for _, m := range f.mentions(v) {
		if f.pkg.Def(m.id) == types.Object(v) {
			spec, ok := m.around(0).(*ast.ValueSpec)
			return !ok || len(spec.Values) > 0
		}
	}
	return true
}

// isMade reports whether the package makes the struct of a field by a literal or
// new, and so has it in hand.
func (f *Facts) isMade(field *types.Var) (made bool) {
	if !field.IsField() {
		return true
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || made {
				return !made
			}
			st, ok := f.pkg.TypeOf(lit).Underlying().(*types.Struct)
			for i := 0; ok && i < st.NumFields(); i++ {
				made = made || st.Field(i).Origin() == field && !f.inTest(lit)
			}
			return true
		})
	}
	return made
}
