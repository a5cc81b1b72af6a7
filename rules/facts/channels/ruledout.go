package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// ruledOut reports whether a goroutine cannot come to a node of its function: a condition around
// the node asks for a parameter, and is false for the constant that the goroutine is given.
//
//	pipe := func(name string, …) { …; if name == "stdout" { done <- struct{}{} } }
//	go pipe("stdin", …)
func (f *Facts) ruledOut(th *Thread, n ast.Node) (out bool) {
	start, ok := th.Start.(*ast.GoStmt)
	if !ok {
		return false
	}
	given := f.constantsOf(th.Fn, start.Call)
	if len(given) == 0 {
		return false
	}
	f.pkg.Inspect(bodyOfFunc(th.Fn), func(m ast.Node) bool {
		if test, ok := m.(*ast.IfStmt); ok && contains(test, n) {
			holds, known := f.holdsFor(test.Cond, given)
			out = out || known && (!holds && contains(test.Body, n) || holds && test.Else != nil && contains(test.Else, n))
		}
		return !out
	})
	return out
}

// constantsOf returns the parameters of a function to which a call gives constants, and which the
// function does not set.
func (f *Facts) constantsOf(fn ast.Node, call *ast.CallExpr) map[*types.Var]constant.Value {
	given, i := map[*types.Var]constant.Value{}, 0
	for _, field := range paramsOf(fn).List {
		for _, name := range field.Names {
			v, ok := f.pkg.Def(name).(*types.Var)
			if ok && i < len(call.Args) && f.sets(v) == 0 {
				if value := f.pkg.Info.Types[call.Args[i]].Value; value != nil {
					given[v] = value
				}
			}
			i++
		}
	}
	return given
}

// paramsOf returns the parameters of a declared function or a literal.
func paramsOf(fn ast.Node) *ast.FieldList {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Type.Params
	case *ast.FuncLit:
		return fn.Type.Params
	}
	return &ast.FieldList{}
}

// holdsFor returns what a condition is where some variables have these values, if they decide it.
func (f *Facts) holdsFor(cond ast.Expr, given map[*types.Var]constant.Value) (holds, known bool) {
	switch x := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		holds, known = f.holdsFor(x.X, given)
		return !holds, known && x.Op == token.NOT
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR:
			return f.bothFor(x, given)
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			a, b := f.valueFor(x.X, given), f.valueFor(x.Y, given)
			if a == nil || b == nil || a.Kind() != b.Kind() {
				return false, false
			}
			return constant.Compare(a, x.Op, b), true
		}
	case *ast.Ident:
		if v := f.valueFor(x, given); v != nil && v.Kind() == constant.Bool {
			return constant.BoolVal(v), true
		}
	}
	return false, false
}

// bothFor is holdsFor of two conditions of which both, or one, must hold.
func (f *Facts) bothFor(x *ast.BinaryExpr, given map[*types.Var]constant.Value) (holds, known bool) {
	a, knownA := f.holdsFor(x.X, given)
	b, knownB := f.holdsFor(x.Y, given)
	decides := x.Op == token.LOR // one that is true decides an or, one that is false an and
	if knownA && a == decides || knownB && b == decides {
		return decides, true
	}
	return !decides, knownA && knownB
}

// valueFor returns the value of a variable that is given, or of a constant; nil of another.
func (f *Facts) valueFor(x ast.Expr, given map[*types.Var]constant.Value) constant.Value {
	if v, ok := given[f.Variable(x)]; ok {
		return v
	}
	return f.pkg.Info.Types[x].Value
}
