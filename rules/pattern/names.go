package pattern

import (
	"go/ast"
	"go/types"
)

// sameName compares a name of the pattern with one of the code.
func (s *solver) sameName(want, got *ast.Ident) bool {
	if s.exact != nil {
		return s.exact.sameName(want, got, s.info)
	}
	if want.Name != got.Name {
		return false
	}
	if s.info == nil || types.Universe.Lookup(want.Name) == nil {
		return true
	}
	// The pattern means the predeclared len; the code may have declared another.
	used := s.info.Uses[got]
	return used == nil || used.Parent() == nil || used.Parent() == types.Universe
}

// sameName compares two names of the code: they are the same if they denote the
// same object, or objects that each piece declares for itself.
func (e *exact) sameName(a, b *ast.Ident, info *types.Info) bool {
	if info == nil {
		return a.Name == b.Name
	}
	x, y := info.ObjectOf(a), info.ObjectOf(b)
	if x == nil || y == nil || x == y {
		return a.Name == b.Name
	}
	return a.Name == b.Name && declaredIn(e.a, x) && declaredIn(e.b, y)
}

func declaredIn(n ast.Node, object types.Object) bool {
	return n.Pos() <= object.Pos() && object.Pos() < n.End()
}

// unifySelector compares x.f with code. Where the pattern qualifies a name by
// its package, what counts is the package, not how the file imports it.
func (s *solver) unifySelector(want *ast.SelectorExpr, got ast.Node, next *goal) (*goal, bool) {
	qualifier := s.qualifier(want)
	if id, ok := got.(*ast.Ident); ok && qualifier != "" {
		return s.unifySel(want.Sel, id, next, s.fromDotImport(id, qualifier))
	}
	selector, ok := got.(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	if qualifier != "" {
		if pkg := s.packageOf(selector.X); pkg != nil || std.names[qualifier] {
			return s.unifySel(want.Sel, selector.Sel, next, pkg != nil && Names(qualifier, pkg))
		}
	}
	next, ok = s.unifySel(want.Sel, selector.Sel, next, true)
	return &goal{want: want.X, got: selector.X, next: next}, ok
}

// unifySel compares selected names; those of fields and methods have no
// meaning of their own, so that a field called len is as good as any.
func (s *solver) unifySel(want, got *ast.Ident, next *goal, ok bool) (*goal, bool) {
	if !ok {
		return nil, false
	}
	if hole, isHole := s.holeOf(want); isHole {
		return next, s.fill(hole, got)
	}
	return next, want.Name == got.Name
}

// qualifier returns the package that want.X names, "" if it is an operand, or
// if there are no types to tell.
func (s *solver) qualifier(want *ast.SelectorExpr) string {
	if s.pattern == nil || s.info == nil {
		return ""
	}
	return s.pattern.qualifier(want)
}

// qualifier returns x of x.Name, or of x.$name: it may be a package. A variable
// of that name is meant only if the standard library has no such package.
func (p *Pattern) qualifier(want *ast.SelectorExpr) string {
	x, ok := want.X.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, hole := p.holes[x]; hole {
		return ""
	}
	if _, hole := p.holes[want.Sel]; !hole && !want.Sel.IsExported() {
		return ""
	}
	return x.Name
}

// packageOf returns the package that x names, nil if x is an operand.
func (s *solver) packageOf(x ast.Expr) *types.Package {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	name, ok := s.info.Uses[id].(*types.PkgName)
	if !ok {
		return nil
	}
	return name.Imported()
}

// fromDotImport reports whether id denotes something that the package exports.
func (s *solver) fromDotImport(id *ast.Ident, qualifier string) bool {
	object := s.info.Uses[id]
	if object == nil || object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return false
	}
	return Names(qualifier, object.Pkg())
}
