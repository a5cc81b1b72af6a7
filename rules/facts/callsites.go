package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A callSite is a call that takes a lock, or may call a function that does.
type callSite struct {
	call    *ast.CallExpr
	as      *ast.CallExpr // by which the operands of the callee are named; nil: call
	home    ast.Node      // the function or literal that it stands in
	method  *lockMethod   // of the lock that it names
	fns     []*types.Func // else: what it may run
	dynamic bool          // through an interface
	always  bool          // every way through the home passes it
	decided hangsOn       // on what it hangs that it is passed
	started bool          // by a go statement
}

// named is the call by which the operands of the callee are named.
func (s *callSite) named() *ast.CallExpr {
	if s.as != nil {
		return s.as
	}
	return s.call
}

// site notes a call, if it has to do with locks.
func (s *scanner) site(call *ast.CallExpr) {
	g := s.pkg.graph()
	site := callSite{call: call}
	if r, ok := s.runs[call]; ok {
		s.ranSite(site, r)
		return
	}
	id, plain := calledName(call)
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if !g.names[sel.Sel.Name] {
			return
		}
		if m, ok := s.pkg.lockMethod(sel); ok {
			site.method = &m
		}
		id = sel.Sel
	} else if !plain || !g.names[id.Name] {
		return
	}
	if site.method == nil && !s.callees(&site, id) {
		return
	}
	if stmt, ok := s.parent().(*ast.GoStmt); ok {
		site.started = stmt.Call == call
	}
	site.home, site.always, site.decided = s.current(), s.always(), s.decided()
	s.sites = append(s.sites, site)
}

// ranSite notes a call that runs a function without naming it.
func (s *scanner) ranSite(site callSite, r ran) {
	n := s.pkg.graph().nodes[r.fn]
	if (n == nil || !n.reaches) && (n != nil || s.pkg.Imports.summary(r.fn) == nil) {
		return
	}
	if stmt, ok := s.parent().(*ast.GoStmt); ok {
		site.started = stmt.Call == site.call
	}
	site.fns = []*types.Func{r.fn}
	site.home, site.always, site.decided = s.current(), s.always() && !r.may, s.decided()
	s.sites = append(s.sites, site)
}

// callees finds the functions that a call may run and that have to do with locks.
func (s *scanner) callees(site *callSite, id *ast.Ident) bool {
	fn, ok := s.pkg.Use(id).(*types.Func)
	if !ok {
		return false
	}
	g := s.pkg.graph()
	fn = fn.Origin()
	impls := g.implementations(s.pkg, fn)
	for _, callee := range impls {
		if n := g.nodes[callee]; n != nil && n.reaches || n == nil && s.pkg.Imports.summary(callee) != nil {
			site.fns = append(site.fns, callee)
		}
		site.dynamic = site.dynamic || callee != fn && !s.pkg.sole(fn, impls)
	}
	return len(site.fns) > 0
}

// always reports whether every way through the current function passes the
// current node: it stands in no branch, and no return before it.
func (s *scanner) always() bool {
	if s.left[s.current()] {
		return false
	}
	var child ast.Node
	for i := len(s.stack) - 1; i >= 0; i-- {
		switch n := s.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return true
		case *ast.IfStmt:
			if child != nil && child != n.Init && child != n.Cond {
				return false
			}
		case *ast.SwitchStmt:
			if child == n.Body {
				return false
			}
		case *ast.ForStmt, *ast.RangeStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			return false
		case *ast.BinaryExpr:
			if (n.Op == token.LAND || n.Op == token.LOR) && child != n.X {
				return false
			}
		}
		child = s.stack[i]
	}
	return true
}

// leave notes that the function may be left, or places skipped, at a statement
// that was passed.
func (s *scanner) leave(n ast.Node) {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		s.left[s.current()] = true
		s.byCaller[s.current()] |= s.decided()
	case *ast.BranchStmt:
		if n.Tok == token.GOTO {
			s.left[s.current()] = true
		}
	}
}

// during reports whether what stands in a literal of the unit runs during a
// call of its root, as far as is known.
func (u *unit) during(home ast.Node) bool {
	for home != u.root {
		lit, ok := home.(*ast.FuncLit)
		if !ok {
			return false
		}
		info := u.literals[lit]
		if info == nil || info.free() {
			return false
		}
		home = info.around
	}
	return true
}
