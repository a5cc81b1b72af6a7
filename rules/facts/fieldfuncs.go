package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// heldFunc returns the function that a field of func type holds, where that is the
// same whenever it holds one: everything that is ever assigned to it is nil, or
// one function without a receiver, or one method of the struct that the field
// belongs to (s.done = s.finish).
func (p *Package) heldFunc(sel *ast.SelectorExpr) *types.Func {
	v, ok := p.Use(sel.Sel).(*types.Var)
	if !ok || !v.IsField() || !isFunc(v.Type()) {
		return nil
	}
	held := p.Keep(fieldFuncsKey{}, func() any { return p.fieldFuncs() }).(map[*types.Var]*types.Func)
	return held[v.Origin()]
}

type fieldFuncsKey struct{}

// fieldFuncs finds what the fields of func type hold. A field with several values,
// or that others can get at, has nil.
func (p *Package) fieldFuncs() map[*types.Var]*types.Func {
	f := &fieldFuncs{pkg: p, held: make(map[*types.Var]*types.Func)}
	for _, file := range p.Files {
		p.Inspect(file, func(n ast.Node) bool {
			f.node(n)
			return true
		})
	}
	return f.held
}

type fieldFuncs struct {
	pkg  *Package
	held map[*types.Var]*types.Func // nil: several, or not known
}

func (f *fieldFuncs) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok {
				f.set(f.field(sel.Sel), sel.X, valueAt(n.Rhs, len(n.Lhs), i))
			}
		}
	case *ast.CompositeLit:
		f.literal(n)
	case *ast.UnaryExpr:
		if sel, ok := ast.Unparen(n.X).(*ast.SelectorExpr); ok && n.Op == token.AND {
			f.set(f.field(sel.Sel), nil, nil)
		}
	}
}

// literal looks at the fields of a struct literal.
func (f *fieldFuncs) literal(lit *ast.CompositeLit) {
	st, ok := f.pkg.typeOf(lit).Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				f.set(f.field(key), nil, kv.Value)
			}
		} else if i < st.NumFields() && isFunc(st.Field(i).Type()) {
			f.set(st.Field(i).Origin(), nil, elt)
		}
	}
}

// field returns the field of func type that an identifier names, or nil.
func (f *fieldFuncs) field(id *ast.Ident) *types.Var {
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || !v.IsField() || !isFunc(v.Type()) {
		return nil
	}
	return v.Origin()
}

// set notes that a field gets a value; of is what it is selected from.
func (f *fieldFuncs) set(field *types.Var, of, value ast.Expr) {
	if field == nil || value != nil && f.pkg.IsNil(value) {
		return
	}
	fn := f.function(of, value)
	if old, known := f.held[field]; known && old != fn || f.pkg.Reachable(field) {
		fn = nil
	}
	f.held[field] = fn
}

// function returns the function that a value is: one without a receiver, or a
// method of what the field belongs to.
func (f *fieldFuncs) function(of, value ast.Expr) *types.Func {
	switch value := ast.Unparen(orBlank(value)).(type) {
	case *ast.Ident:
		return f.pkg.namedFunc(value)
	case *ast.SelectorExpr:
		fn := f.pkg.namedFunc(value.Sel)
		if fn == nil || fn.Signature().Recv() == nil {
			return fn
		}
		owner, ok := ast.Unparen(orBlank(of)).(*ast.Ident)
		base, ok2 := ast.Unparen(value.X).(*ast.Ident)
		sel := f.pkg.Info.Selections[value]
		if ok && ok2 && sel != nil && len(sel.Index()) == 1 && f.pkg.Use(owner) != nil && f.pkg.Use(owner) == f.pkg.Use(base) {
			return fn
		}
	}
	return nil
}
