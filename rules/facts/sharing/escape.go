package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// An escape is a place where a function gives away what a variable leads to.
type escape struct {
	at    ast.Node
	owner Owner // Shared: to a goroutine that it starts; Handed: to who knows whom
}

// escaped returns who can reach what a variable leads to, which its function
// has made, where it evaluates at.
func (f *Facts) escaped(home *function, v *types.Var, at ast.Node) Owner {
	owner := Own
	for _, e := range f.escapesOf(home, v) {
		if e.owner < owner && e.at != at && f.before(home, e.at, at) {
			owner = e.owner
		}
	}
	return owner
}

func (f *Facts) escapesOf(home *function, v *types.Var) []escape {
	if found, ok := home.escapes[v]; ok {
		return found
	}
	if home.escapes == nil {
		home.escapes = map[*types.Var][]escape{}
	}
	home.escapes[v] = nil // in recursion
	s := &escapes{Facts: f, home: home, v: v}
	s.search(home.body())
	home.escapes[v] = s.found
	return s.found
}

// escapes is a search for the places where a variable is given away.
type escapes struct {
	*Facts
	home  *function
	v     *types.Var
	found []escape
}

func (s *escapes) search(root ast.Node) {
	s.Facts.pkg.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			s.literal(n)
			return false
		case *ast.GoStmt:
			if s.mentions(n.Call) {
				s.add(n, Shared)
			}
			return false
		case *ast.CallExpr:
			s.call(n)
		case *ast.AssignStmt:
			s.assign(n)
		case *ast.SendStmt:
			if s.is(n.Value) {
				s.add(n, Handed)
			}
		case *ast.SelectorExpr:
			s.methodValue(n)
		}
		return true
	})
}

func (s *escapes) add(at ast.Node, owner Owner) { s.found = append(s.found, escape{at, owner}) }

// is reports whether an expression is the variable, or its address.
func (s *escapes) is(e ast.Expr) bool {
	e = ast.Unparen(e)
	if address, ok := e.(*ast.UnaryExpr); ok && address.Op == token.AND {
		e = ast.Unparen(address.X)
	}
	id, ok := e.(*ast.Ident)
	return ok && s.pkg.ObjectOf(id) == s.v
}

func (s *escapes) mentions(n ast.Node) bool {
	found := false
	s.Facts.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && s.pkg.ObjectOf(id) == s.v
		return !found
	})
	return found
}

// literal looks at a literal that captures the variable.
func (s *escapes) literal(lit *ast.FuncLit) {
	if !s.mentions(lit) {
		return
	}
	switch fn := s.funcs[lit]; fn.runs {
	case started:
		s.add(lit, Shared)
	case later:
		s.add(lit, Handed)
	case bound:
		s.search(lit.Body)
		for _, call := range fn.sites {
			if call.runs == started && call.stmt.Pos() >= s.home.node.Pos() && call.stmt.End() <= s.home.node.End() {
				s.add(call.stmt, Shared)
			}
		}
	default:
		before := len(s.found)
		s.search(lit.Body)
		for i := before; i < len(s.found); i++ {
			s.found[i].at = lit
		}
	}
}

// assign: a variable that is stored in something that lives on.
func (s *escapes) assign(n *ast.AssignStmt) {
	for i, value := range n.Rhs {
		if !s.is(value) || i >= len(n.Lhs) {
			continue
		}
		switch lhs := ast.Unparen(n.Lhs[i]).(type) {
		case *ast.Ident:
			if v, ok := s.pkg.ObjectOf(lhs).(*types.Var); !ok || v.Kind() == types.PackageVar {
				s.add(n, Handed)
			}
		default:
			s.add(n, Handed)
		}
	}
}

// call: a function of this package may give away what it gets, any other is
// trusted not to.
func (s *escapes) call(call *ast.CallExpr) {
	callee := originOf(s.pkg.Callee(call))
	if builtin, ok := s.pkg.Callee(call).(*types.Builtin); ok {
		if builtin.Name() == "append" && len(call.Args) > 1 && s.is(call.Args[len(call.Args)-1]) {
			s.add(call, Handed)
		}
		return
	}
	fn := s.decls[callee]
	if fn == nil {
		return
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && s.is(sel.X) {
		s.through(call, fn, callee.Signature().Recv())
	}
	params := callee.Signature().Params()
	for i, arg := range call.Args {
		if s.is(arg) && i < params.Len() {
			s.through(call, fn, params.At(i))
		}
	}
}

// through: what the callee gives away, the call does.
func (s *escapes) through(call *ast.CallExpr, fn *function, param *types.Var) {
	if param == nil {
		return
	}
	for _, e := range s.escapesOf(fn, param) {
		s.add(call, e.owner)
	}
}

// methodValue: x.run, not called, holds x.
func (s *escapes) methodValue(sel *ast.SelectorExpr) {
	selection := s.pkg.Info.Selections[sel]
	if selection == nil || selection.Kind() != types.MethodVal || !s.is(sel.X) {
		return
	}
	fn := s.decls[originOf(selection.Obj())]
	if fn == nil {
		return
	}
	for _, call := range fn.sites {
		if call.runs == started && call.call.Pos() <= sel.Pos() && sel.End() <= call.call.End() {
			s.add(call.call, Shared)
		}
	}
}
