package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// root notes what a declaration puts into fields of the package's own.
func (b *backCollector) root(decl ast.Decl) {
	placed := make(map[ast.Expr]bool) // literals that a variable gets
	b.pkg.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				value := valueAt(n.Rhs, len(n.Lhs), i)
				b.target(decl, ast.Unparen(lhs), value)
				b.placed(decl, lhs, value, placed)
			}
		case *ast.RangeStmt:
			b.spoil(n.Key)
			b.spoil(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				b.spoil(n.X)
			}
		case *ast.CompositeLit:
			if !placed[n] {
				b.elements(decl, nil, n.Elts)
			}
		}
		return true
	})
}

// placed notes the fields of a literal that a variable gets.
func (b *backCollector) placed(decl ast.Decl, target, value ast.Expr, placed map[ast.Expr]bool) {
	elts := structElements(b.pkg, value)
	if elts == nil {
		return
	}
	lit := ast.Unparen(value)
	if addr, ok := lit.(*ast.UnaryExpr); ok {
		lit = ast.Unparen(addr.X)
	}
	placed[lit] = true
	b.elements(decl, target, elts)
}

func (b *backCollector) elements(decl ast.Decl, owner ast.Expr, elts []ast.Expr) {
	for _, elt := range elts {
		if f, v := b.pkg.keyedField(elt); f != nil && !f.Exported() {
			before := len(b.stores)
			b.field(decl, f, owner, v)
			for i := before; i < len(b.stores); i++ {
				b.stores[i].fresh = true
			}
		}
	}
}

// spoil notes that a field can get anything.
func (b *backCollector) spoil(e ast.Expr) {
	if f := b.own(e); f != nil {
		b.spoiled[f] = true
	}
}

// own returns the field of the package that an expression selects, nil if others may
// set it.
func (b *backCollector) own(e ast.Expr) *types.Var {
	sel, ok := ast.Unparen(orBlank(e)).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	f, ok := b.pkg.Use(sel.Sel).(*types.Var)
	if !ok || !f.IsField() || f.Exported() || f.Pkg() != b.pkg.Types {
		return nil
	}
	return f.Origin()
}

// target notes what a field, or an element of one, is assigned.
func (b *backCollector) target(decl ast.Decl, target, value ast.Expr) {
	if index, ok := target.(*ast.IndexExpr); ok {
		if f := b.own(index.X); f != nil {
			b.store(decl, holder{f, true}, ast.Unparen(index.X).(*ast.SelectorExpr).X, elementOf(f, index.Index, value))
		}
		return
	}
	if f := b.own(target); f != nil {
		b.field(decl, f, target.(*ast.SelectorExpr).X, value)
	}
}

// elementOf returns the object that a map or slice gets: the key, if the values are none.
func elementOf(f *types.Var, key, value ast.Expr) ast.Expr {
	if m, ok := f.Type().Underlying().(*types.Map); ok && !isObject(m.Elem()) {
		return key
	}
	return value
}

func isObject(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// field notes a value that a field gets.
func (b *backCollector) field(decl ast.Decl, f *types.Var, owner, value ast.Expr) {
	switch f.Type().Underlying().(type) {
	case *types.Pointer, *types.Interface:
		b.store(decl, holder{f, false}, owner, value)
	case *types.Slice, *types.Map:
		b.list(decl, f, owner, value)
	}
}

// list notes what a list or map that a field gets has for elements.
func (b *backCollector) list(decl ast.Decl, f *types.Var, owner, value ast.Expr) {
	parts := b.pkg.unfold(value)
	whole := len(parts) == 1 && parts[0] == value
	switch {
	case value == nil:
		b.spoiled[f] = true
	case whole && !b.pkg.IsNil(value) && !(&ownPointers{pkg: b.pkg}).empty(value) && !b.partOf(f, value):
		b.spoiled[f] = true
	case !whole:
		for _, part := range parts {
			if isObject(b.pkg.typeOf(part)) {
				b.store(decl, holder{f, true}, owner, part)
			} else if _, isSlice := b.pkg.typeOf(part).Underlying().(*types.Slice); isSlice && !b.partOf(f, part) {
				b.spoiled[f] = true
			}
		}
	}
}

// partOf reports whether a value has only elements that the field has: x.f[1:], x.f.
func (b *backCollector) partOf(f *types.Var, e ast.Expr) bool {
	e = ast.Unparen(e)
	if slice, ok := e.(*ast.SliceExpr); ok {
		e = slice.X
	}
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) > 0 {
		e = call.Args[0] // slices.Delete(x.f, i, i+1), append(x.f[:i], x.f[i+1:]...)
		return b.partOf(f, e)
	}
	return b.own(e) == f
}

func (b *backCollector) store(decl ast.Decl, in holder, owner, value ast.Expr) {
	if value != nil && b.pkg.IsNil(value) {
		return
	}
	b.stores = append(b.stores, backStore{root: decl, in: in, owner: owner, value: value})
}
