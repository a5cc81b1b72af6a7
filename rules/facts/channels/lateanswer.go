package channels

import (
	"go/ast"
	"go/types"
)

// A LateAnswer is a use of what belongs to a handler, by a goroutine that may come to it when
// the handler has returned: its ResponseWriter, or the body of its request.
type LateAnswer struct {
	Use    ast.Node // by the goroutine
	Return ast.Node // the end of the handler
}

// LateAnswer says of a go statement in a handler that its goroutine writes the answer, or
// reads the body, and the handler does nothing after it that could take as long.
func (f *Facts) LateAnswer(fn ast.Node, start *ast.GoStmt) *LateAnswer {
	request, answer := f.handlerOf(fn)
	if answer == nil || f.inTest(start) || !f.onlyAnswers(fn, start, answer) || !f.answersBriefly(fn, start, answer) {
		return nil
	}
	use := f.usesOfHandler(start.Call, request, answer)
	if use == nil {
		return nil
	}
	return &LateAnswer{use, bodyOfFunc(fn)}
}

// answersBriefly reports whether a handler calls, behind a go statement, nothing of its own
// package or of another handler, which may wait, and has not taken the connection over.
func (f *Facts) answersBriefly(fn ast.Node, start ast.Stmt, answer *types.Var) bool {
	brief := true
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.CallExpr:
			callee, ok := f.pkg.Callee(n).(*types.Func)
			if ok && (callee.Name() == "Hijack" || callee.Name() == "ServeHTTP") {
				brief = false
			} else if n.Pos() > start.End() && f.names(n, answer) {
				brief = brief && ok && callee.Pkg() != f.pkg.Types
			}
		}
		return brief
	})
	return brief
}

// usesOfHandler returns where a goroutine uses the answer of a handler, or reads the body of
// its request: in its literal, or in the function of the package that it runs.
func (f *Facts) usesOfHandler(call *ast.CallExpr, request, answer *types.Var) ast.Node {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		if use := f.usesAny(lit.Body, request, answer); use != nil {
			return use
		}
	}
	for i, arg := range call.Args {
		v := f.Variable(arg)
		if v == nil || v != request && v != answer {
			continue
		}
		param, body := f.paramOf(call, i)
		if param == nil {
			continue
		}
		if v == answer && f.usesAny(body, nil, param) != nil || v == request && f.usesAny(body, param, nil) != nil {
			return arg
		}
	}
	return nil
}

// paramOf returns the parameter that gets an argument, and the body of the function.
func (f *Facts) paramOf(call *ast.CallExpr, i int) (*types.Var, ast.Node) {
	var params *ast.FieldList
	var body *ast.BlockStmt
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		params, body = lit.Type.Params, lit.Body
	} else if decl := f.pkg.Body(call); decl != nil {
		params, body = decl.Type.Params, decl.Body
	}
	if body == nil {
		return nil, nil
	}
	for _, field := range params.List {
		for _, name := range field.Names {
			if i == 0 {
				v, _ := f.pkg.Def(name).(*types.Var)
				return v, body
			}
			i--
		}
	}
	return nil, nil
}

// usesAny returns a call that writes by the answer, or is given it, or that is given the body
// of the request, or reads it.
func (f *Facts) usesAny(body ast.Node, request, answer *types.Var) (use ast.Node) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || use != nil {
			return use == nil
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.ofHandler(sel.X, request, answer) {
			use = sel.X
		}
		for _, arg := range call.Args {
			if use == nil && f.ofHandler(arg, request, answer) {
				use = arg
			}
		}
		return use == nil
	})
	return use
}

// ofHandler reports whether an expression is the answer, or the body of the request.
func (f *Facts) ofHandler(x ast.Expr, request, answer *types.Var) bool {
	x = ast.Unparen(x)
	if v := f.Variable(x); answer != nil && v == answer {
		return true
	}
	sel, ok := x.(*ast.SelectorExpr)
	return ok && request != nil && sel.Sel.Name == "Body" && f.Variable(sel.X) == request
}
