package facts

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// A field of type sync.Locker need not keep anybody out: it may hold the read side
// of an RWMutex, or nothing. Where the package sees all that the field ever gets,
// and that is mutexes, it does.

type lockerFieldsKey struct{}

// excludingField reports whether a field of type sync.Locker holds mutexes only.
func (p *Package) excludingField(v *types.Var) bool {
	return p.lockerFields()[v.Origin()]
}

// excludingClass is the same question of the class of a lock.
func (p *Package) excludingClass(class string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(p.lockerFields())), func(v *types.Var) bool {
		return p.lockerFields()[v] && p.ClassOf(v) == class
	})
}

// lockerFields returns the fields of type sync.Locker that get a value, and whether
// each is the address of a mutex.
func (p *Package) lockerFields() map[*types.Var]bool {
	return p.Keep(lockerFieldsKey{}, func() any {
		fields := make(map[*types.Var]bool)
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool {
				p.lockerStores(n, func(v *types.Var, value ast.Expr) {
					only, known := fields[v]
					fields[v] = (only || !known) && isMutexPointer(p.typeOf(value)) && !p.Reachable(v)
				})
				return true
			})
		}
		return fields
	}).(map[*types.Var]bool)
}

// lockerStores visits what a statement or a literal stores in such fields.
func (p *Package) lockerStores(n ast.Node, visit func(v *types.Var, value ast.Expr)) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok {
				p.lockerStore(sel.Sel, orBlank(valueAt(n.Rhs, len(n.Lhs), i)), visit)
			}
		}
	case *ast.CompositeLit:
		p.lockerLiteral(n, visit)
	case *ast.UnaryExpr: // who has its address may store anything
		if sel, ok := ast.Unparen(n.X).(*ast.SelectorExpr); ok {
			p.lockerStore(sel.Sel, sel, visit)
		}
	}
}

func (p *Package) lockerStore(id *ast.Ident, value ast.Expr, visit func(v *types.Var, value ast.Expr)) {
	if v, ok := p.Use(id).(*types.Var); ok && v.IsField() && isLockerInterface(v.Type()) {
		visit(v.Origin(), value)
	}
}

// lockerLiteral visits the fields of a struct literal.
func (p *Package) lockerLiteral(lit *ast.CompositeLit, visit func(v *types.Var, value ast.Expr)) {
	st, ok := p.typeOf(lit).Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				p.lockerStore(id, kv.Value, visit)
			}
		} else if i < st.NumFields() && isLockerInterface(st.Field(i).Type()) {
			visit(st.Field(i).Origin(), elt)
		}
	}
}

func isLockerInterface(t types.Type) bool { return isSync(t) && types.IsInterface(t) }
