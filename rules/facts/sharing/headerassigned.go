package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// assigned finds the first use, behind the unlock, of a local that is declared before the
// section and gets the header in it: one that is reached before it gets another value.
//
//	var all []string
//	s.mu.RLock()
//	if !s.closed {
//		all = s.names
//	}
//	s.mu.RUnlock()
//	return all
func (h *Header) assigned(f *Facts, set *ast.AssignStmt, lhs ast.Expr) {
	id, ok := lhs.(*ast.Ident)
	v, isVar := f.pkg.Use(id).(*types.Var)
	if !ok || !isVar || v.Kind() != types.LocalVar && v.Kind() != types.ResultVar {
		return
	}
	fn := h.Access.fn
	for _, use := range f.usesOf(fn, v) {
		if use == id || h.Use != nil || !f.readsEntries(fn, use) || !f.released(fn, use, h.Guard.Lock) || f.partOfAssignment(fn, use) {
			continue
		}
		if f.reachesFirst(fn, set, use, v) {
			h.Local, h.Use, h.Uses = v, use, []*ast.Ident{use}
		}
	}
}

// partOfAssignment reports whether a use of a variable gives it a value.
func (f *Facts) partOfAssignment(fn *function, use *ast.Ident) (given bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok {
			for _, lhs := range set.Lhs {
				given = given || ast.Unparen(lhs) == use
			}
		}
		return !given
	})
	return given
}

// reachesFirst reports whether a path leads from an assignment to a use of the variable, and
// past no other assignment to it.
func (f *Facts) reachesFirst(fn *function, set *ast.AssignStmt, use ast.Node, v *types.Var) bool {
	flow := f.pkg.Flow(fn.node)
	from, ok := flow.At(set)
	to, ok2 := flow.At(use)
	if !ok || !ok2 {
		return false
	}
	another := func(n ast.Node) bool {
		other, ok := n.(*ast.AssignStmt)
		return ok && other != set && len(other.Lhs) == 1 && f.isVariable(other.Lhs[0], v)
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == to }, another)
}

// refilled returns an append to a guarded slice that overwrites what a copy of it shows: it
// stands behind a cut to the beginning, or in another function, which may be called after that.
//
//	s.active = s.active[:0]
//	for _, n := range nodes { s.active = append(s.active, n.addr) }
func (f *Facts) refilled(a *Access) *Access {
	if _, slice := f.typeOf(a.Expr).(*types.Slice); !slice || f.depth(a) != 0 {
		return nil
	}
	for _, cut := range f.accesses[a.Var] {
		if _, counts := f.counts(cut); !counts || !f.cutsToBeginning(cut) || f.early(cut) || f.doneBefore(a, cut) {
			continue
		}
		for _, b := range f.accesses[a.Var] {
			if !b.Write || !f.appendsTo(b) {
				continue
			}
			if b.fn == cut.fn && b.Expr.Pos() > cut.Use.End() && types.ExprString(b.Expr) == types.ExprString(cut.Expr) {
				return b
			}
			if _, counts := f.counts(b); counts && b.fn.outermost() != cut.fn.outermost() && !f.early(b) {
				return b
			}
		}
	}
	return nil
}

// doneBefore reports whether the function of a copy cuts the slice once it has done all that it
// does with the copy.
//
//	out := r.buf
//	r.mu.Unlock()
//	write(out)
//	r.mu.Lock()
//	r.buf = r.buf[:0]
func (f *Facts) doneBefore(a, cut *Access) bool {
	v := f.definedAs(a.fn, ast.Unparen(a.Expr))
	if cut.fn != a.fn || v == nil {
		return false
	}
	return !slices.ContainsFunc(f.usesOf(a.fn, v), func(use *ast.Ident) bool { return use.Pos() > cut.Use.End() })
}

// cutsToBeginning reports whether an access makes a slice an empty one with the same array.
func (f *Facts) cutsToBeginning(a *Access) bool {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok || !a.Write || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
		return false
	}
	part, ok := ast.Unparen(set.Rhs[0]).(*ast.SliceExpr)
	if !ok || part.Low != nil || part.High == nil || part.Slice3 {
		return false
	}
	high := f.pkg.Info.Types[part.High].Value
	return high != nil && high.String() == "0" && types.ExprString(part.X) == types.ExprString(a.Expr)
}
