package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// isItsWork reports whether a method is what a goroutine has been started for, which
// itself waits to receive from nobody: who calls it himself has no such goroutine, or
// knows when.
func (f *Facts) isItsWork(m, goroutine *function) bool {
	for _, waits := range f.signalsOf(goroutine).waits {
		if slices.ContainsFunc(waits, func(n ast.Node) bool { _, call := n.(*ast.CallExpr); return !call && !looksOnly(goroutine, n) }) {
			return false
		}
	}
	return f.isPartOf(m, goroutine)
}

// isItsEnd reports whether a method is one that ends an object, and a goroutine calls it when it
// ends itself, and not before: whoever else ends the object does so while the goroutine is at work.
//
//	defer c.Close()
//	for !c.closed { c.read() }
func (f *Facts) isItsEnd(m, goroutine *function) bool {
	if !endName.MatchString(m.name()) {
		return false
	}
	calls := 0
	last := !slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if !within(goroutine.node, c.site.stmt) {
			return false
		}
		if c.callee == m {
			calls++
			return !f.isDeferred(goroutine, c.site.stmt)
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[m]
	})
	return last && calls > 0
}

// othersEnd reports whether somebody but the goroutine may call a method that ends its object: the
// type is exported, the package calls the method elsewhere, or who has made the object, and starts
// the goroutine, gives it away.
//
//	s := &session{conn: conn}
//	go s.run() // defer s.Close()
func (f *Facts) othersEnd(m *function, r running) bool {
	if exportedOwner(m) || slices.ContainsFunc(f.realSites(m), func(s site) bool { return s.in == nil || !within(r.goroutine.node, s.stmt) }) {
		return true
	}
	for _, c := range f.callsOf(r.launcher) {
		sel, ok := ast.Unparen(c.site.call.Fun).(*ast.SelectorExpr)
		if !ok || c.callee != r.goroutine {
			continue
		}
		if v, ok := f.holder(sel.X).(*types.Var); !ok || v.Kind() != types.LocalVar || f.givenElsewhere(r.launcher, v) {
			return true
		}
	}
	return false
}

// givenElsewhere reports whether a function does more with a local variable than to use its fields
// and methods.
func (f *Facts) givenElsewhere(fn *function, v *types.Var) (given bool) {
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.Use(id) != types.Object(v) {
			return !given
		}
		sel, ok := stack[len(stack)-1].(*ast.SelectorExpr)
		given = given || !ok || sel.X != ast.Expr(id)
		return !given
	})
	return given
}

// isDeferred reports whether a function defers a node, or a literal with it.
func (f *Facts) isDeferred(fn *function, at ast.Node) bool { return f.deferAround(fn, at) != nil }

// deferAround returns the statement by which a function defers a node, or a literal with it.
func (f *Facts) deferAround(fn *function, at ast.Node) (around *ast.DeferStmt) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && within(d, at) {
			around = d
		}
		return around == nil
	})
	return around
}

// isPartOf reports whether a goroutine, or what it calls, calls a method.
func (f *Facts) isPartOf(m, goroutine *function) bool {
	if goroutine.obj != nil {
		work := map[*function]bool{}
		f.reach(goroutine, passageDepth, work)
		return work[m]
	}
	return slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if !within(goroutine.node, c.site.stmt) {
			return false
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[m]
	})
}

// isPartUnderLock reports whether a goroutine makes its access by the method itself, which the
// package calls under a lock, each time: who calls it from elsewhere, without, is alone yet.
//
//	func (c *Config) Load(path string) error { c.path = path; return c.parse() }
//
//	func (c *Config) Reload() error {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return c.Load(c.path)
//	}
func (f *Facts) isPartUnderLock(m *function, r running) bool {
	own := map[*function]bool{}
	f.reach(m, passageDepth, own)
	sites := f.realSites(m)
	return own[r.access.fn] && len(sites) > 0 && f.isPartOf(m, r.goroutine) && !slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.runs != inPlace {
			return true
		}
		here := f.stateAt(s.in, s.call)
		return !here.known || len(here.locks) == 0
	})
}

// looksOnly reports whether a receive is a case of a select with a default.
func looksOnly(fn *function, receive ast.Node) (looks bool) {
	ast.Inspect(fn.body(), func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		if !ok || !within(s, receive) {
			return !looks
		}
		idle, its := false, false
		for _, clause := range s.Body.List {
			comm := clause.(*ast.CommClause).Comm
			idle = idle || comm == nil
			its = its || comm != nil && within(comm, receive)
		}
		looks = idle && its
		return !looks
	})
	return looks
}

// waitsItself reports whether a function, not what it calls, receives or calls a
// Wait.
func (f *Facts) waitsItself(fn *function) bool {
	waits := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			waits = waits || calledMethod(n) == "Wait"
		case *ast.UnaryExpr, *ast.RangeStmt:
			waits = waits || f.waitsFor(n)
		}
		return !waits
	})
	return waits
}
