package match

import (
	"go/ast"
	"go/types"
	"strings"
)

var singlehandedPredicate = predicate{
	doc: "the node stands in a test that starts no goroutine, and is about what the test itself has made, and has handed to nobody who could start one",
	params: []parameter{
		{name: "at", doc: "the node"},
		{name: "of", doc: "the object"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		of, ok := a.node("of").(ast.Expr)
		if !ok || !a.singlehanded(a.node("at"), of) {
			return true
		}
		return yield(answer{})
	},
}

// singlehanded reports whether nobody but the test around a node knows an object.
func (q *query) singlehanded(at ast.Node, of ast.Expr) bool {
	test, ok := q.function(at).(*ast.FuncDecl)
	if !ok || test.Recv != nil || !strings.HasPrefix(test.Name.Name, "Test") {
		return false
	}
	root := q.rootVariable(of)
	if root == nil || root.Pos() < test.Body.Pos() || root.Pos() > test.Body.End() {
		return false
	}
	alone := true
	q.pkg.Inspect(test.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			alone = false
		case *ast.FuncLit:
			alone = alone && !q.mentionsAny(n, map[*types.Var]bool{root: true})
		case *ast.CallExpr:
			alone = alone && q.keepsAlone(n, root)
		}
		return alone
	})
	return alone
}

// keepsAlone reports whether a call starts no goroutine, as far as the package says, and
// does not hand the object to somebody of whom nothing is known.
func (q *query) keepsAlone(call *ast.CallExpr, root *types.Var) bool {
	if decl := q.pkg.Body(call); decl != nil {
		return !q.startsSome(decl, map[*ast.FuncDecl]bool{})
	}
	for _, arg := range call.Args {
		if t := q.typeOf(arg); t != nil && !isBasic(t) && q.rootVariable(arg) == root {
			return false
		}
	}
	fn, ok := q.pkg.Callee(call).(*types.Func)
	if sel, method := ast.Unparen(call.Fun).(*ast.SelectorExpr); method && q.rootVariable(sel.X) == root {
		return ok && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "sync")
	}
	return true
}

// startsSome reports whether a function of the package starts goroutines, or one that it calls.
func (q *query) startsSome(decl *ast.FuncDecl, seen map[*ast.FuncDecl]bool) (starts bool) {
	if seen[decl] {
		return false
	}
	seen[decl] = true
	q.pkg.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.CallExpr:
			if next := q.pkg.Body(n); next != nil && !starts {
				starts = q.startsSome(next, seen)
			}
		}
		return !starts
	})
	return starts
}

func isBasic(t types.Type) bool {
	_, ok := t.Underlying().(*types.Basic)
	return ok
}

// rootVariable returns the variable that a chain of selectors and operators begins with.
func (q *query) rootVariable(x ast.Expr) *types.Var {
	for {
		switch on := ast.Unparen(x).(type) {
		case *ast.SelectorExpr:
			x = on.X
		case *ast.StarExpr:
			x = on.X
		case *ast.UnaryExpr:
			x = on.X
		case *ast.IndexExpr:
			x = on.X
		case *ast.Ident:
			return q.variableOf(on)
		default:
			return nil
		}
	}
}
