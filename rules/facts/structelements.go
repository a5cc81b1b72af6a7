package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// structElements returns the elements of a struct literal, or of one whose address is
// taken, each with the name of its field: those that have none as if they were written so.
func structElements(p *Package, e ast.Expr) []ast.Expr {
	e = ast.Unparen(orBlank(e))
	if addr, ok := e.(*ast.UnaryExpr); ok && addr.Op == token.AND {
		e = ast.Unparen(addr.X)
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	st, ok := p.typeOf(lit).Underlying().(*types.Struct)
	if !ok || len(lit.Elts) == 0 {
		return nil
	}
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed || len(lit.Elts) != st.NumFields() {
		return lit.Elts
	}
	return p.keyedElements().of(lit, st)
}

// fieldUsed is what an identifier names, or, where a literal leaves the name out, its field.
func (p *Package) fieldUsed(id *ast.Ident) types.Object {
	if field, ok := p.keyedElements().fields[id]; ok {
		return field
	}
	return p.Use(id)
}

// keyedElements are the elements of literals that have no names, with those.
type keyedElements struct {
	keyed  map[*ast.CompositeLit][]ast.Expr
	fields map[*ast.Ident]*types.Var
}

type keyedElementsKey struct{}

func (p *Package) keyedElements() *keyedElements {
	return p.Keep(keyedElementsKey{}, func() any {
		return &keyedElements{map[*ast.CompositeLit][]ast.Expr{}, map[*ast.Ident]*types.Var{}}
	}).(*keyedElements)
}

func (k *keyedElements) of(lit *ast.CompositeLit, st *types.Struct) []ast.Expr {
	if known, ok := k.keyed[lit]; ok {
		return known
	}
	var all []ast.Expr
	for i, elt := range lit.Elts {
		name := &ast.Ident{NamePos: elt.Pos(), Name: st.Field(i).Name()}
		k.fields[name] = st.Field(i)
		all = append(all, &ast.KeyValueExpr{Key: name, Colon: elt.Pos(), Value: elt})
	}
	k.keyed[lit] = all
	return all
}
