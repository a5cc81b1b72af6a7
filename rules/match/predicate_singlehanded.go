package match

import (
	"go/ast"
	"go/types"
	"path"
	"strings"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var singlehandedPredicate = predicate{
	doc: "the node stands in a test that starts no goroutine, and is about what the test itself has made, and has handed to nobody who could start one; or it changes a map of package sync, and one goroutine does all that could come between, or a call that singleflight lets through for the key",
	params: []parameter{
		{name: "at", doc: "the node"},
		{name: "of", doc: "the object"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		of, ok := a.node("of").(ast.Expr)
		if !ok || !a.singlehanded(a.node("at"), of) && !a.byOneRoutine(a.node("at"), of) && !a.inFlight(a.node("at"), of) {
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

// byOneRoutine reports whether a call that changes a map of package sync, in a field, runs on a
// goroutine of which there is one, and so do all calls that could change the same entry: where
// it deletes, all that take entries out; else all that change any.
//
//	func (c *client) listen() { for m := range c.in { …; p, ok := c.pending.Load(m.id); …; c.pending.Delete(m.id) } }
func (q *query) byOneRoutine(at ast.Node, of ast.Expr) bool {
	act, ok := at.(*ast.CallExpr)
	field := q.variableOf(of)
	if !ok || field == nil || !field.IsField() {
		return false
	}
	changes := map[string]bool{"Delete": true, "LoadAndDelete": true, "CompareAndDelete": true, "Clear": true}
	if callee, ok := q.pkg.Callee(act).(*types.Func); ok && !changes[callee.Name()] {
		for _, name := range []string{"Store", "Swap", "LoadOrStore", "CompareAndSwap"} {
			changes[name] = true
		}
	}
	var by []*ast.FuncDecl
	known := true
	for _, file := range q.pkg.Files {
		q.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if !ok || !changes[sel.Sel.Name] || q.variableOf(sel.X) != field {
				return true
			}
			decl := channels.Of(q.pkg).DeclRunning(call)
			known = known && decl != nil
			by = append(by, decl)
			return known
		})
	}
	return known && channels.Of(q.pkg).OneRoutine(by)
}

// inFlight reports whether a call that puts an entry into a map of package sync, in a field, stands
// in what singleflight runs for its key: others wait for that, and nobody else puts any.
//
//	g.Do(key, func() (any, error) { v, ok := m.Load(key); …; m.Store(key, made) })
func (q *query) inFlight(at ast.Node, of ast.Expr) bool {
	act, ok := at.(*ast.CallExpr)
	field := q.variableOf(of)
	if !ok || field == nil || !field.IsField() || len(act.Args) == 0 || calledName(act) != "Store" {
		return false
	}
	lit, ok := q.function(act).(*ast.FuncLit)
	if !ok || !q.flies(lit, types.ExprString(act.Args[0])) {
		return false
	}
	only := true
	puts := map[string]bool{"Store": true, "Swap": true, "LoadOrStore": true, "CompareAndSwap": true}
	for _, file := range q.pkg.Files {
		q.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !puts[calledName(call)] || lit.Pos() <= call.Pos() && call.End() <= lit.End() {
				return only
			}
			only = q.variableOf(ast.Unparen(call.Fun).(*ast.SelectorExpr).X) != field
			return only
		})
	}
	return only
}

// flies reports whether a literal is given to a group of package singleflight, for a key.
func (q *query) flies(lit *ast.FuncLit, key string) (does bool) {
	q.pkg.Inspect(q.function(lit), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 || ast.Unparen(call.Args[1]) != ast.Expr(lit) {
			return !does
		}
		fn, ok := q.pkg.Callee(call).(*types.Func)
		does = ok && strings.HasPrefix(fn.Name(), "Do") && fn.Pkg() != nil && path.Base(fn.Pkg().Path()) == "singleflight" && types.ExprString(call.Args[0]) == key
		return !does
	})
	return does
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
