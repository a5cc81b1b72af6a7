package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// Of one struct there may be objects that all share and others that nobody does: the counters
// in a meter, and the copy of them that it gives away.

// otherObject reports whether two accesses of a field are of different objects, as far as can
// be seen: one of them is in a field of another struct that is private to this, never goes
// elsewhere, and on which the function of the other access is not called.
//
//	func (m *Meter) Mark()          { atomic.AddInt64(&m.counts.n, 1) }
//	func (m *Meter) Read() *Counts  { return &Counts{n: atomic.LoadInt64(&m.counts.n)} }
//	func (c *Counts) Total() int64  { return c.n }
func (f *Facts) otherObject(a, b *Access) bool {
	x, y := f.fieldAround(a.Expr), f.fieldAround(b.Expr)
	switch {
	case x == nil && y != nil:
		return f.rootedInMethod(a) && f.keptInside(y, a.fn.outermost())
	case x != nil && y == nil:
		return f.rootedInMethod(b) && f.keptInside(x, b.fn.outermost())
	}
	return false
}

// fieldAround returns the field, named in an expression, that holds the struct of which the
// expression names a field: counts in m.counts.n.
func (f *Facts) fieldAround(e ast.Expr) *types.Var {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, _ := f.pkg.Use(inner.Sel).(*types.Var)
	if v == nil || !v.IsField() {
		return nil
	}
	return v.Origin()
}

// rootedInMethod reports whether an access names a field of the receiver of its function.
func (f *Facts) rootedInMethod(a *Access) bool {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok || a.fn.outermost().obj == nil {
		return false
	}
	recv := a.fn.outermost().obj.Signature().Recv()
	return recv != nil && f.isVariable(sel.X, recv) && len(f.pkg.Info.Selections[sel].Index()) == 1
}

// keptInside reports whether what a field holds is only used by naming its own fields and
// methods, and a function is none of these.
func (f *Facts) keptInside(v *types.Var, fn *function) bool {
	if v.Exported() || v.Embedded() || v.Pkg() != f.pkg.Types {
		return false
	}
	kept := true
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if inner, ok := ast.Unparen(n.X).(*ast.SelectorExpr); ok && f.selects(inner, v) {
					kept = kept && !f.runsInto(f.decls[originOf(f.pkg.Use(n.Sel))], fn)
					return false
				}
				kept = kept && !f.selects(n, v)
			case *ast.AssignStmt: // to make it, or to forget it
				for _, lhs := range n.Lhs {
					if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok && f.selects(sel, v) {
						kept = kept && len(n.Lhs) == len(n.Rhs) && f.makes(n.Rhs[slices.Index(n.Lhs, lhs)])
						return false
					}
				}
			}
			return kept
		})
	}
	return kept
}

// selects reports whether an expression selects a field.
func (f *Facts) selects(sel *ast.SelectorExpr, v *types.Var) bool {
	used, ok := f.pkg.Use(sel.Sel).(*types.Var)
	return ok && used.Origin() == v
}

// runsInto reports whether one function is another, or calls it.
func (f *Facts) runsInto(from, to *function) bool {
	if from == nil {
		return false
	}
	called := map[*function]bool{}
	f.reach(from, passageDepth, called)
	return from == to || called[to]
}
