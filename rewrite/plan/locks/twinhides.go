package locks

import (
	"go/ast"
	"go/types"
)

// hides returns what a new method of the twin's name would change the meaning of, or nil:
// a selection of that name from a struct around the type, which would find the new method
// first, and an interface that asks for that name, which the type may come to implement.
//
//	type T struct {
//		S       // gets getLocked
//		*Outer  // whose Inner has one, too
//	}
//
//	t.getLocked()
func (t *twin) hides() (at ast.Node) {
	pkg := t.caller.pkg
	recv := typeName(pkg.Def(t.recv).Type())
	for _, file := range pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if n.Sel.Name == t.name && pkg.Info.Selections[n] != nil && embeds(pkg.Info.Selections[n].Recv(), recv, nil) {
					at = n
				}
			case *ast.InterfaceType:
				for _, m := range n.Methods.List {
					for _, name := range m.Names {
						if name.Name == t.name {
							at = name
						}
					}
				}
			}
			return at == nil
		})
	}
	return at
}

// typeName returns the declaration of a type, or of what a pointer points to.
func typeName(t types.Type) *types.TypeName {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Origin().Obj()
	}
	return nil
}

// embeds reports whether a struct embeds a type, at whatever depth, or is of it.
func embeds(t types.Type, what *types.TypeName, seen map[types.Type]bool) bool {
	if typeName(t) == what {
		return true
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	strct, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] {
		return false
	}
	if seen == nil {
		seen = map[types.Type]bool{}
	}
	seen[t] = true
	for f := range strct.Fields() {
		if f.Embedded() && embeds(f.Type(), what, seen) {
			return true
		}
	}
	return false
}
