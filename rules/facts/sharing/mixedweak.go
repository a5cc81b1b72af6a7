package sharing

import (
	"go/ast"
	"go/types"
	"slices"
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
	if v := f.firstName(e); v != nil && (v.Kind() == types.LocalVar || v.Kind() == types.ParamVar) && a.fn.outermost() != atomic.fn.outermost() && (a.Write || !f.givenShared(a.fn, v)) && !f.leftRunning(a.fn, v) {
		return true
	}
	if f.onlyMerged(a.Var) || atomic.Var == a.Var && (f.otherObject(a, atomic) || f.ofOtherPart(a, atomic)) {
		return true
	}
	return f.arranges(a) || a.Write && !a.Read && f.setsAnew(a) && f.plainBeside(a, atomic)
}

// givenShared reports whether a parameter is an object that each caller has from where others
// find it, too.
//
//	for _, c := range s.channels {
//		all = append(all, newStats(c))
func (f *Facts) givenShared(fn *function, v *types.Var) bool {
	if fn.obj == nil || fn.valued || v.Kind() != types.ParamVar {
		return false
	}
	sites := f.realSites(fn)
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.in.test || s.runs != inPlace || f.prepares(s.in.outermost()) {
			return true
		}
		arg := f.argument(fn, v, s)
		if arg == nil || f.owner(s.in, arg, s.call) != Shared {
			return true
		}
		return !f.isFoundByOthers(s.in, arg)
	})
}

// isFoundByOthers reports whether an expression is a field of the receiver, or of what a variable of
// the package leads to, or an element of a list, and not what somebody has handed over.
func (f *Facts) isFoundByOthers(in *function, e ast.Expr) bool {
	first := f.firstName(e)
	if first == nil || first.Kind() == types.ParamVar {
		return false
	}
	if first.Kind() != types.LocalVar {
		return true
	}
	home := f.homeOf(in, first)
	if home == nil || f.valuesOf(home)[first] == nil {
		return false
	}
	lists := f.valuesOf(home)[first].lists
	return len(lists) > 0 && !slices.ContainsFunc(lists, func(list ast.Expr) bool { _, channel := f.typeOf(list).(*types.Chan); return channel })
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
	v, _ := f.pkg.Use(id).(*types.Var)
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
