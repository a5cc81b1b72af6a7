package sharing

import (
	"go/ast"
	"go/types"
	"strings"
	"unicode"
)

// MixedFar reports whether it is not sure that a plain access can meet an atomic one: it
// is of an object that the function has got from somewhere, as a copy that is made now and
// then, or as an argument that goes from hand to hand, or gives it a value where an object is arranged before its use; or the atomic ones
// are of an object that is kept inside another, or do no more than to add one object to
// another, or those who make them could not share the object anyway.
func (f *Facts) MixedFar(e ast.Expr, atomic *Access) bool {
	a := f.at[e]
	if a == nil || !a.Var.IsField() {
		return a != nil && a.Var.Kind() == types.PackageVar && f.arranges(a)
	}
	if v := f.firstName(e); v != nil && (v.Kind() == types.LocalVar || v.Kind() == types.ParamVar) && a.fn.outermost() != atomic.fn.outermost() {
		return true
	}
	if f.onlyMerged(a.Var) || f.otherObject(a, atomic) || f.ofOtherPart(a, atomic) {
		return true
	}
	return f.arranges(a) || a.Write && !a.Read && f.setsAnew(a) && f.plainBeside(a, atomic)
}

// arranges reports whether a plain write gives a value where something is arranged before its use.
func (f *Facts) arranges(a *Access) bool {
	return a.Write && !a.Read && f.setsAnew(a) && arrangingName.MatchString(upperFirst(a.fn.outermost().name()))
}

// firstName returns the variable with which a chain of fields begins.
func (f *Facts) firstName(e ast.Expr) *types.Var {
	for {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			break
		}
		e = sel.X
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.Info.Uses[id].(*types.Var)
	return v
}

// setsAnew reports whether a plain write does not rest on what was there.
func (f *Facts) setsAnew(a *Access) bool {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok {
		return false
	}
	for _, value := range set.Rhs {
		if strings.Contains(types.ExprString(value), types.ExprString(a.Expr)) {
			return false
		}
	}
	return true
}

// upperFirst returns a name as if it were exported.
func upperFirst(name string) string {
	for i, r := range name {
		return string(unicode.ToUpper(r)) + name[i+len(string(r)):]
	}
	return name
}
