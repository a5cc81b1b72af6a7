package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// copiesAtomic returns an atomic access of a part of a struct that is read as a whole: the copy
// takes that part plainly.
//
//	atomic.AddInt64(&s.counts.sent, 1) // beside last := s.counts
func (f *Facts) copiesAtomic(a *Access) *Access {
	st, ok := a.Var.Type().Underlying().(*types.Struct)
	if !ok || a.Write || !a.Read {
		return nil
	}
	for field := range st.Fields() {
		for _, b := range f.accesses[field.Origin()] {
			if b.Atomic && !b.fn.test && f.writesAtomically(b) && f.liesIn(b, a.Var) && f.mayMeet(a, b) {
				return b
			}
		}
	}
	return nil
}

// liesIn reports whether an access is of a part of what a struct variable holds, which it names, or
// of which its method is called.
func (f *Facts) liesIn(b *Access, whole *types.Var) bool {
	if sel, ok := ast.Unparen(b.Expr).(*ast.SelectorExpr); ok && f.variableOf(sel.X) == whole {
		return true
	}
	if b.fn.obj == nil || !f.rootedInMethod(b) {
		return false
	}
	for _, s := range f.realSites(b.fn) {
		if sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr); ok && f.variableOf(sel.X) == whole {
			return true
		}
	}
	return false
}

// variableOf returns the field or variable that an expression names, a field as its generic type
// declares it.
func (f *Facts) variableOf(e ast.Expr) *types.Var {
	var id *ast.Ident
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	v, _ := f.pkg.Use(id).(*types.Var)
	if v == nil {
		return nil
	}
	return v.Origin()
}

// ofLocalValue reports whether an access is of a part of a struct that a local variable is, and of
// which the function takes no address: a copy, or one that is being made.
//
//	now := usage{reads: atomic.LoadUint64(&d.use.reads)}
//	d.show(now.reads)
func (f *Facts) ofLocalValue(a *Access) bool {
	v := f.firstName(a.Expr)
	if v == nil || v.Kind() != types.LocalVar && v.Kind() != types.ParamVar || f.throughPointers(a.Expr) {
		return false
	}
	taken := false
	f.pkg.Inspect(a.fn.outermost().body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			taken = taken || n.Op == token.AND && f.firstName(n.X) == v
		case *ast.SelectorExpr:
			taken = taken || f.firstName(n) == v && f.takesAddress(n)
		}
		return !taken
	})
	return !taken
}

// takesAddress reports whether a selector is of a method of a pointer, and what is before it is none.
func (f *Facts) takesAddress(sel *ast.SelectorExpr) bool {
	s := f.pkg.Info.Selections[sel]
	if s == nil || s.Kind() == types.FieldVal || f.throughPointers(sel.X) {
		return false
	}
	method, ok := s.Obj().(*types.Func)
	if !ok {
		return false
	}
	_, toPointer := method.Signature().Recv().Type().Underlying().(*types.Pointer)
	_, pointer := f.pkg.TypeOf(sel.X).Underlying().(*types.Pointer)
	return toPointer && !pointer
}

// throughPointers reports whether a pointer is what a selector, or one of those that it selects from,
// starts with.
func (f *Facts) throughPointers(e ast.Expr) bool {
	for {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if s := f.pkg.Info.Selections[sel]; s == nil || s.Indirect() {
			return true
		}
		e = sel.X
	}
}
