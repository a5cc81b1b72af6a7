package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A test that makes requests asks one after the other, mostly: the server has answered
// before the test goes on. One that starts goroutines for them, turn by turn, has its
// handler run at the same time as itself.
//
//	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits++ }))
//	for range 10 {
//		wg.Go(func() { client.Get(srv.URL) })
//	}

// askedAtOnce reports whether a test makes requests, to the server that runs a literal, on
// several goroutines at a time.
func (f *Facts) askedAtOnce(lit *function, at place) bool {
	in := lit.around
	if in == nil || in.body() == nil {
		return false
	}
	known := f.ledTo(in, lit)
	if len(known) == 0 || f.onlyForSome(lit, at) {
		return false
	}
	for _, g := range f.order {
		if _, isLit := g.node.(*ast.FuncLit); !isLit || g.around != in {
			continue
		}
		home, runs, start := g.out()
		if runs == started && home == in && f.asks(g, g.body(), known) && f.startsAgain(g, home, start, at) {
			return true
		}
	}
	return f.goesAsking(in, known)
}

// onlyForSome reports whether a handler comes to a variable only where it has asked something
// of the request: those that are made at once may be others.
func (f *Facts) onlyForSome(lit *function, at place) bool {
	params := map[types.Object]bool{}
	for _, field := range lit.node.(*ast.FuncLit).Type.Params.List {
		for _, name := range field.Names {
			params[f.pkg.Def(name)] = true
		}
	}
	for _, a := range f.accessesByPlace()[lit.outermost()][at] {
		if within(lit.node, a.Expr) && !f.hangsOn(lit, a.Expr, params) {
			return false
		}
	}
	return true
}

// hangsOn reports whether a node stands under a condition that names one of some variables.
func (f *Facts) hangsOn(fn *function, at ast.Node, vars map[types.Object]bool) (hangs bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			hangs = hangs || (within(n.Body, at) || n.Else != nil && within(n.Else, at)) && f.namesOneOf(n.Cond, vars)
		case *ast.SwitchStmt:
			hangs = hangs || n.Tag != nil && within(n.Body, at) && f.namesOneOf(n.Tag, vars)
		case *ast.CaseClause:
			for _, value := range n.List {
				hangs = hangs || within(n, at) && f.namesOneOf(value, vars)
			}
		}
		return !hangs && within(n, at)
	})
	return hangs
}

// goesAsking reports whether a function has a go statement of a request, and comes to it
// again without a wait: for range 10 { go http.Get(srv.URL) }.
func (f *Facts) goesAsking(in *function, known map[types.Object]bool) (found bool) {
	flow := f.pkg.Flow(in.node)
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		stmt, ok := n.(*ast.GoStmt)
		if _, lit := n.(*ast.FuncLit); lit || !ok {
			return !lit && !found
		}
		if from, ok := flow.At(stmt); ok && f.asks(in, stmt.Call, known) {
			found = found || f.leads(flow, from, func(p facts.Point) bool { return p == from }, f.waitsIn)
		}
		return false
	})
	return found
}

// ledTo returns the variables of a test that lead to the server which runs a literal: it,
// its address, and what is made with them.
func (f *Facts) ledTo(in, lit *function) map[types.Object]bool {
	known := map[types.Object]bool{}
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, value := range set.Rhs {
			if within(value, lit.node) || f.namesOneOf(value, known) {
				for _, target := range set.Lhs {
					if id, ok := target.(*ast.Ident); ok && id.Name != "_" && !isErrorType(f.typeOf(id)) {
						known[f.pkg.ObjectOf(id)] = true
					}
				}
			}
		}
		return true
	})
	return known
}

func isErrorType(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func (f *Facts) namesOneOf(e ast.Node, known map[types.Object]bool) (found bool) {
	f.pkg.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && known[f.pkg.Use(id)]
		return !found
	})
	return found
}

// asks reports whether some code calls, with one of the variables and no lock held, what may
// make a request: a function or a method of a client of HTTP, or of the package.
func (f *Facts) asks(fn *function, code ast.Node, known map[types.Object]bool) (found bool) {
	f.pkg.Inspect(code, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && lit != fn.node {
			found = found || f.asks(f.funcs[lit], lit.Body, known)
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		called, ok := f.pkg.Callee(call).(*types.Func)
		found = ok && f.requests(called) && f.namesOneOf(call, known) && len(f.pkg.LocksAt(fn.node, call).Held) == 0
		return !found
	})
	return found
}

func (f *Facts) requests(fn *types.Func) bool {
	if fn.Pkg() == nil || fn.Pkg() == f.pkg.Types {
		return fn.Pkg() != nil && !f.ofTests(fn)
	}
	switch fn.Name() {
	case "Get", "Head", "Post", "PostForm", "Do":
		return fn.Pkg().Path() == "net/http"
	}
	return false
}
