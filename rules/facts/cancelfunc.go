package facts

import (
	"go/ast"
	"go/types"
)

// isCancel reports whether a func value is one that ends a context: by its type, or a field that is
// given nothing else. Such a function does not panic, and calls nobody.
//
//	ctx, cancel := context.WithCancel(parent)
//	req := &request{cancel: cancel} // a func()
func (p *Package) isCancel(fun ast.Expr) bool {
	if isCancelType(p.TypeOf(fun)) {
		return true
	}
	sel, ok := ast.Unparen(fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	field, ok := p.Use(sel.Sel).(*types.Var)
	if !ok || !field.IsField() || p.Reachable(field.Origin()) {
		return false
	}
	cancels, others := 0, 0
	for _, t := range p.typesGiven(field.Origin()) {
		switch {
		case isCancelType(t):
			cancels++
		case t != types.Typ[types.UntypedNil]:
			others++
		}
	}
	return cancels > 0 && others == 0
}

func isCancelType(t types.Type) bool {
	return TypeIs(t, "context.CancelFunc", "context.CancelCauseFunc")
}

// typesGiven returns the types of all that the package sets a field to; nil for what is not known.
func (p *Package) typesGiven(field *types.Var) (all []types.Type) {
	is := func(e ast.Expr) bool {
		switch e := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, ok := p.Use(e).(*types.Var)
			return ok && v.Origin() == field
		case *ast.SelectorExpr:
			v, ok := p.Use(e.Sel).(*types.Var)
			return ok && v.Origin() == field
		}
		return false
	}
	for _, file := range p.Files {
		p.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					if is(lhs) {
						all = append(all, p.typeGiven(n, i))
					}
				}
			case *ast.KeyValueExpr:
				if is(n.Key) {
					all = append(all, p.TypeOf(n.Value))
				}
			case *ast.UnaryExpr:
				if is(n.X) {
					all = append(all, nil) // its address is taken
				}
			case *ast.CompositeLit:
				all = append(all, p.typesUnkeyed(n, field)...)
			}
			return true
		})
	}
	return all
}

// typeGiven returns the type of what an assignment gives to one of its variables.
func (p *Package) typeGiven(set *ast.AssignStmt, i int) types.Type {
	if len(set.Rhs) == len(set.Lhs) {
		return p.TypeOf(set.Rhs[i])
	}
	if t, ok := p.TypeOf(set.Rhs[0]).(*types.Tuple); ok {
		return t.At(i).Type()
	}
	return nil
}

// typesUnkeyed returns the type of what a literal without keys gives a field.
func (p *Package) typesUnkeyed(lit *ast.CompositeLit, field *types.Var) (all []types.Type) {
	st, ok := p.typeOf(lit).Underlying().(*types.Struct)
	for i := 0; ok && i < min(st.NumFields(), len(lit.Elts)); i++ {
		if _, keyed := lit.Elts[i].(*ast.KeyValueExpr); !keyed && st.Field(i).Origin() == field {
			all = append(all, p.TypeOf(lit.Elts[i]))
		}
	}
	return all
}
