package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// ReturnedBy returns the result of a return statement by which an access without the guard
// gives its caller the map or slice whose entries others write under the guard; nil where
// it does not. With the guard held around the return alone the caller still reads the
// entries without.
//
//	return s.items
func (f *Facts) ReturnedBy(u Unguarded) (result ast.Expr) {
	value, ok := f.reference(u)
	if !ok {
		return nil
	}
	f.pkg.Inspect(u.fn.body(), func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			for _, r := range ret.Results {
				part, sliced := ast.Unparen(r).(*ast.SliceExpr)
				if ast.Unparen(r) == value || sliced && ast.Unparen(part.X) == value {
					result = r
				}
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return result
}

// ReferenceUses returns the uses of the local variable that an access without the guard gives
// the map or slice whose entries others write under the guard: they need it, too.
//
//	m := s.byName[name]
//	return m[key]
func (f *Facts) ReferenceUses(u Unguarded) (uses []ast.Expr) {
	value, ok := f.reference(u)
	if !ok {
		return nil
	}
	local := f.definedAs(u.fn, value)
	if local == nil {
		return nil
	}
	f.pkg.Inspect(u.fn.body(), func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && f.pkg.Use(id) == local {
			uses = append(uses, id)
		}
		return true
	})
	return uses
}

// Reference returns the map or slice that an access reads as a whole, where others write its
// entries.
func (f *Facts) Reference(u Unguarded) (value ast.Expr, ok bool) { return f.reference(u) }

// reference returns the map or slice that an access reads as a whole, where others write its
// entries.
func (f *Facts) reference(u Unguarded) (value ast.Expr, ok bool) {
	value, ok = u.Use.(ast.Expr)
	if !ok || u.readOut() || u.Write || u.Address || !f.refers(value) || f.entryWrite(u.Access) == nil || f.replacedIn(u.Access) {
		return nil, false
	}
	return value, true
}

// definedAs returns the local variable that a definition gives a value: m := s.m.
func (f *Facts) definedAs(fn *function, value ast.Expr) (local *types.Var) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if def, ok := n.(*ast.AssignStmt); ok && def.Tok == token.DEFINE {
			if id, ok := receiverOf(def, value).(*ast.Ident); ok {
				local, _ = f.pkg.Def(id).(*types.Var)
			}
		}
		return true
	})
	return local
}
