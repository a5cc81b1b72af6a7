package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// boxed returns a builder of a key or value that has in the sync.Map the type
// that it has in the map: an untyped constant would come as an int.
func (m *syncMapVar) boxed(e ast.Expr, t types.Type, spelled ast.Expr) (func(*edit.Site) dst.Expr, error) {
	if types.IsInterface(t) || m.parts != nil || m.hasType(e, t) {
		return func(at *edit.Site) dst.Expr { return at.Use(e) }, nil
	}
	typ, err := m.typeName(t, spelled, e)
	if err != nil {
		return nil, err
	}
	return func(at *edit.Site) dst.Expr {
		name := typ(at)
		switch name.(type) {
		case *dst.Ident, *dst.SelectorExpr:
		default:
			name = &dst.ParenExpr{X: name}
		}
		return edit.Call(name, at.Use(e))
	}, nil
}

// hasType reports whether an expression alone has a type.
func (m *syncMapVar) hasType(e ast.Expr, t types.Type) bool {
	tv := m.pkg.Info.Types[e]
	if tv.IsNil() {
		return false
	}
	if tv.Value == nil {
		return types.Identical(tv.Type, t)
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		kinds := map[token.Token]types.BasicKind{token.INT: types.Int, token.FLOAT: types.Float64, token.STRING: types.String, token.CHAR: types.Int32}
		kind, ok := kinds[e.Kind]
		return ok && types.Identical(types.Typ[kind], t)
	case *ast.Ident:
		obj := m.pkg.Use(e)
		return obj != nil && types.Identical(types.Default(obj.Type()), t)
	case *ast.SelectorExpr:
		obj := m.pkg.Use(e.Sel)
		return obj != nil && types.Identical(types.Default(obj.Type()), t)
	}
	return false
}

// typeName returns a builder of a type's name at a node.
func (m *syncMapVar) typeName(t types.Type, spelled ast.Expr, n ast.Node) (func(*edit.Site) dst.Expr, error) {
	if name, err := m.spell(t, n); err == nil {
		return name, nil
	}
	if m.s.FileAround(n) != m.s.FileAround(spelled) {
		return nil, fmt.Errorf("the type %s has no plain name at %s", edit.ExprText(spelled), m.line(n))
	}
	return func(at *edit.Site) dst.Expr { return at.Copy(spelled) }, nil
}
