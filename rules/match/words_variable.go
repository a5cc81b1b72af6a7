package match

import (
	"go/ast"
	"go/types"
)

// variableOf returns the variable or field that an expression denotes, or nil.
// A call denotes none, whatever it returns.
func (q *query) variableOf(n ast.Node) *types.Var {
	switch n := unparen(n).(type) {
	case *ast.Ident:
		v, _ := q.pkg.ObjectOf(n).(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := q.pkg.ObjectOf(n.Sel).(*types.Var)
		return v
	default:
		return nil
	}
}

func isExported(q *query, n ast.Node, _ found) bool {
	object := q.objectOf(n)
	return object != nil && object.Exported()
}

func isField(q *query, n ast.Node, _ found) bool {
	v := q.variableOf(n)
	return v != nil && v.IsField()
}

func isGlobal(q *query, n ast.Node, _ found) bool {
	v := q.variableOf(n)
	return v != nil && v.Kind() == types.PackageVar
}

func isLocal(q *query, n ast.Node, _ found) bool {
	v := q.variableOf(n)
	return v != nil && !v.IsField() && v.Kind() != types.PackageVar
}

func isMethod(q *query, n ast.Node, _ found) bool {
	fn, ok := q.objectOf(n).(*types.Func)
	return ok && fn.Signature().Recv() != nil
}

func isParam(q *query, n ast.Node, f found) bool {
	v := q.variableOf(n)
	return v != nil && v.Kind() == types.ParamVar || isReceiver(q, n, f) || isResult(q, n, f)
}

func isReceiver(q *query, n ast.Node, _ found) bool {
	v := q.variableOf(n)
	return v != nil && v.Kind() == types.RecvVar
}

func isResult(q *query, n ast.Node, _ found) bool {
	v := q.variableOf(n)
	return v != nil && v.Kind() == types.ResultVar
}

// isCaptured reports whether n is a local variable that belongs to a function
// around the literal in which n stands.
func isCaptured(q *query, n ast.Node, f found) bool {
	if !isLocal(q, n, f) {
		return false
	}
	v := q.variableOf(n)
	_, literal := q.function(n).(*ast.FuncLit)
	return literal && !covers(q.function(n), v.Pos())
}

func isDeclaredHere(q *query, n ast.Node, f found) bool {
	object := q.objectOf(n)
	if object == nil {
		return false
	}
	for _, matched := range f.nodes {
		if covers(matched, object.Pos()) {
			return true
		}
	}
	return false
}

// isShadowed reports whether a name that n declares, or uses, hides another.
func isShadowed(q *query, n ast.Node, _ found) bool {
	object := q.objectOf(n)
	if object == nil || object.Parent() == nil || object.Parent().Parent() == nil {
		return false // a field, method, label or predeclared name hides nothing
	}
	_, hidden := object.Parent().Parent().LookupParent(object.Name(), object.Pos())
	return hidden != nil
}
