package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// calledOnceEach reports whether a function is called only, by functions of the package that are not
// its own, in no loop, with what others can have got: what it does not do with that, nobody does.
//
//	r.flights[name] = a
//	r.mu.Unlock()
//	return r.fly(name, a) // closes a.ready, but not where the query fails
func (f *Facts) calledOnceEach(fn *ast.FuncDecl) bool {
	calls := f.callsOf(fn)
	return len(calls) > 0 && f.onlyCalled(fn) && !(fn.Name.IsExported() && f.ownerExported(fn)) && !slices.ContainsFunc(calls, func(call *ast.CallExpr) bool {
		by := f.around(call)
		return by == nil || by == ast.Node(fn) || len(f.loopsAround(by, call)) > 0 || !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.knownBefore(by, arg, call) })
	})
}

// knownBefore reports whether others can have what a function hands to a call: it is no variable of
// that function, or has been put somewhere. A constructor that fails gives its object to nobody.
func (f *Facts) knownBefore(by ast.Node, arg ast.Expr, call ast.Node) (known bool) {
	root := f.rootOf(arg)
	if root == nil || root.Kind() != types.LocalVar {
		return root != nil
	}
	f.pkg.Inspect(bodyOfFunc(by), func(n ast.Node) bool {
		if n == nil || n.Pos() >= call.Pos() {
			return !known
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				known = known || !isIdent(lhs) && f.rootOf(lhs) != root && len(n.Lhs) == len(n.Rhs) && f.names(n.Rhs[i], root)
			}
		case *ast.SendStmt, *ast.GoStmt:
			known = known || f.names(n, root)
		}
		return !known
	})
	return known
}

// closedByRunner says that of a channel in a field which one function alone closes, of what it is
// given, on a goroutine of its own: on a way out on which something has failed it does not.
//
//	go g.run(n)
//	func (g *graph) run(n *node) {
//		if n.err = n.deps(); n.err != nil { return } // who waits for n.done?
//		n.err = n.do()
//		close(n.done)
//	}
func (f *Facts) closedByRunner(c *Class) *HalfClosed {
	closes := c.Of(Close)
	fn, declared := closes[0].Fn.(*ast.FuncDecl)
	if !declared || len(f.startedOnly(fn)) == 0 && !f.calledOnceEach(fn) || len(c.Makes) != 1 {
		return nil
	}
	at := map[ast.Node]bool{}
	for _, end := range closes {
		sel, ok := ast.Unparen(end.Chan).(*ast.SelectorExpr)
		if !ok || end.Fn != ast.Node(fn) || end.Defer != nil || f.parameterIndex(fn, f.Variable(sel.X)) == none {
			return nil
		}
		at[end.Node] = true
	}
	var exits []ast.Node
	s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), covered: func(n ast.Node) bool {
		return at[n] || slices.Contains(exits, n)
	}}
	for exit := s.out(); exit != nil && !slices.Contains(exits, exit); exit = s.out() {
		if f.underFailure(fn, exit) {
			return &HalfClosed{Make: c.Makes[0], Close: closes[0].Node, Exit: exit, Ran: true}
		}
		exits = append(exits, exit)
	}
	return nil
}

// underFailure reports whether a node stands where an error is not nil.
func (f *Facts) underFailure(fn, n ast.Node) bool {
	return slices.ContainsFunc(conditionsAround(fn, n), func(cond ast.Expr) bool {
		b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
		return ok && b.Op == token.NEQ && f.pkg.IsNil(b.Y) && isError(f.pkg.TypeOf(b.X))
	})
}
