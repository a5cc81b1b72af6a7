package order

import (
	"go/ast"
	"go/types"
)

// maxDerived bounds how many variables a derivation goes through.
const maxDerived = 6

// derived returns the root that a local variable's value comes from, and
// whether it is one of many there: an element, or a result for an argument.
func (w *walker) derived(v *types.Var, depth int) (from Root, many bool) {
	d, ok := w.definitions()[v]
	if !ok || depth > maxDerived {
		return Root{}, false
	}
	base, many := baseOf(w, d.value)
	if base == nil {
		return Root{}, false
	}
	many = many || d.many
	root := w.rootOf(base)
	if root.Kind != Variable {
		return root, many
	}
	if further, more := w.derived(base, depth+1); further.Kind != Nowhere {
		return further, many || more
	}
	return root, many
}

// askedBy returns the root of what a call was given that returned the value of a local variable,
// if it is of the same type:
//
//	known, ok := r.addIfMissing(host)
func (w *walker) askedBy(v *types.Var) Root {
	value := w.definitions()[v].value
	for depth := 0; value != nil && depth < maxDerived; depth++ {
		switch x := operandOf(value).(type) {
		case *ast.TypeAssertExpr:
			value = x.X
		case *ast.Ident:
			other, _ := w.pkg.ObjectOf(x).(*types.Var)
			value = w.definitions()[other].value
		case *ast.CallExpr:
			return w.givenAlike(x, v.Type())
		default:
			return Root{}
		}
	}
	return Root{}
}

// givenAlike returns the root of an argument that is a variable of a type.
func (w *walker) givenAlike(call *ast.CallExpr, t types.Type) Root {
	for _, arg := range call.Args {
		if id, ok := ast.Unparen(arg).(*ast.Ident); ok {
			if v, ok := w.pkg.ObjectOf(id).(*types.Var); ok && types.Identical(v.Type(), t) {
				return w.rootOf(v)
			}
		}
	}
	return Root{}
}

// A definition is what a local variable is given where it is declared.
type definition struct {
	value ast.Expr
	many  bool
}

func (w *walker) definitions() map[*types.Var]definition {
	if w.defined != nil {
		return w.defined
	}
	w.defined = make(map[*types.Var]definition)
	w.collector.pkg.Inspect(w.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				w.define(lhs, n.Rhs[min(i, len(n.Rhs)-1)], false)
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Values) > 0 {
					w.define(name, n.Values[min(i, len(n.Values)-1)], false)
				}
			}
		case *ast.RangeStmt:
			w.define(n.Key, n.X, true)
			w.define(n.Value, n.X, true)
		}
		return true
	})
	return w.defined
}

func (w *walker) define(name ast.Expr, value ast.Expr, many bool) {
	id, ok := name.(*ast.Ident)
	if !ok {
		return
	}
	if v, ok := w.pkg.Def(id).(*types.Var); ok {
		w.defined[v] = definition{value, many}
	}
}

// operandOf returns what an expression is about: x of (x), *x and &x.
func operandOf(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return e
		}
	}
}

// baseOf returns the variable that an expression begins with.
func baseOf(w *walker, e ast.Expr) (v *types.Var, many bool) {
	for {
		switch x := operandOf(e).(type) {
		case *ast.TypeAssertExpr:
			e = x.X
		case *ast.SelectorExpr:
			if w.pkg.Info.Selections[x] == nil {
				e = x.Sel // of a package
				continue
			}
			e = x.X
		case *ast.IndexExpr:
			e, many = x.X, true
		case *ast.CallExpr:
			many = many || len(x.Args) > 0
			sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
			if !ok || w.pkg.Info.Selections[sel] == nil {
				return nil, false
			}
			e = sel.X
		case *ast.Ident:
			v, _ = w.pkg.ObjectOf(x).(*types.Var)
			return v, many
		default:
			return nil, false
		}
	}
}
