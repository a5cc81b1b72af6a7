package match

import (
	"go/ast"
	"go/types"
)

// symbol names what decl declares around at; "" for an import.
func symbol(decl ast.Decl, at ast.Node) string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return funcSymbol(decl)
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if spec.Pos() <= at.Pos() && at.Pos() < spec.End() {
				return specSymbol(spec, at)
			}
		}
		if len(decl.Specs) > 0 {
			return specSymbol(decl.Specs[0], at)
		}
	}
	return ""
}

// Symbols names all that a declaration declares, as [Match.Symbol] does.
func Symbols(decl ast.Decl) (names []string) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return []string{funcSymbol(decl)}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

func funcSymbol(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) != 1 {
		return decl.Name.Name
	}
	receiver := ast.Unparen(decl.Recv.List[0].Type)
	star, pointer := receiver.(*ast.StarExpr)
	if pointer {
		receiver = star.X
	}
	name := types.ExprString(withoutTypeArgs(receiver))
	if pointer {
		name = "(*" + name + ")"
	}
	return name + "." + decl.Name.Name
}

// withoutTypeArgs returns T of T[K, V].
func withoutTypeArgs(x ast.Expr) ast.Expr {
	switch x := ast.Unparen(x).(type) {
	case *ast.IndexExpr:
		return x.X
	case *ast.IndexListExpr:
		return x.X
	default:
		return x
	}
}

func specSymbol(spec ast.Spec, at ast.Node) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name
	case *ast.ValueSpec:
		return valueSymbol(spec, at)
	default:
		return ""
	}
}

// valueSymbol returns the name whose value at stands in, else the first name.
func valueSymbol(spec *ast.ValueSpec, at ast.Node) string {
	for i, value := range spec.Values {
		if len(spec.Names) == len(spec.Values) && covers(value, at.Pos()) {
			return spec.Names[i].Name
		}
	}
	return spec.Names[0].Name
}
