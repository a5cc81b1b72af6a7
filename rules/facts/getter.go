package facts

import (
	"go/ast"
	"go/types"
)

// A method may do nothing but return a field of its receiver: t.view().mu is t.idx.mu.

type getterKey struct{}

// got is the place of what a call of such a method returns.
func (u *unit) got(call *ast.CallExpr) (place, bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || len(call.Args) > 0 {
		return place{}, false
	}
	field := u.pkg.getterOf(u.pkg.callee(call))
	chosen := u.pkg.Info.Selections[sel]
	if field == "" || chosen == nil || chosen.Kind() != types.MethodVal {
		return place{}, false
	}
	base, ok := u.place(sel.X)
	if !ok {
		return place{}, false
	}
	index := chosen.Index()
	owner, ok := base.fieldsAt(chosen.Recv(), index[:len(index)-1])
	if !ok {
		return place{}, false
	}
	i, st := fieldNamed(owner.typ, field)
	if i < 0 {
		return place{}, false
	}
	return owner.fieldsAt(st, []int{i})
}

// getterOf returns the field that a method of this package returns, "" if it does
// anything else, or returns a copy.
func (p *Package) getterOf(fn *types.Func) string {
	if fn == nil || fn.Pkg() != p.Types || fn.Signature().Recv() == nil || fn.Signature().Results().Len() != 1 {
		return ""
	}
	all := p.Keep(getterKey{}, func() any { return make(map[*types.Func]string) }).(map[*types.Func]string)
	name, known := all[fn]
	if !known {
		name = p.returnedField(fn)
		all[fn] = name
	}
	return name
}

func (p *Package) returnedField(fn *types.Func) string {
	decl := p.declOf(fn)
	if decl == nil || decl.Body == nil || len(decl.Body.List) != 1 || !refers(fn.Signature().Results().At(0).Type()) {
		return ""
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return ""
	}
	sel, ok := ast.Unparen(ret.Results[0]).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if f, isVar := p.Use(sel.Sel).(*types.Var); !ok || !isVar || !f.IsField() || p.Use(id) != fn.Signature().Recv() {
		return ""
	}
	if i, _ := fieldNamed(fn.Signature().Recv().Type(), sel.Sel.Name); i < 0 {
		return ""
	}
	return sel.Sel.Name
}
