package memory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// leadsNowhere reports whether a pointer may be nil, as far as the function can tell: it is a
// parameter, an element of what is ranged over, or what a map was asked for, and nothing has
// followed it before the region.
//
//	func (s *Stats) Add(r *Record) {
//		s.mu.Lock()
//		s.total += r.size // panics for nil
//		s.mu.Unlock()
//	}
func (g *guarding) leadsNowhere(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := g.pkg.Use(e).(*types.Var)
		return ok && !neverNil[types.TypeString(v.Type(), nil)] && (g.isParameter(v) || g.isLookedUp(v)) && !g.followed(e)
	case *ast.SelectorExpr:
		return (g.ofParameter(e) || g.leftNil(e)) && !neverNil[types.TypeString(g.pkg.TypeOf(e), nil)] && !g.followed(e)
	}
	return false
}

// leftNil reports whether a field of the object whose lock it is may be nil: somebody sets it to
// nil, or makes the object without it, and the function neither sets it nor asks.
func (g *guarding) leftNil(e *ast.SelectorExpr) bool {
	if !g.ofOwner(e) || g.comparedWithNil(e) {
		return false
	}
	m := mayBeNil{g.pkg, around.VariableIn(g.pkg, e)}
	return m.v != nil && !m.given(g.u.Func) && m.somewhere()
}

// ofParameter reports whether an expression selects a field of a parameter or of a local variable
// that another function gave, or of a field of one.
func (g *guarding) ofParameter(e *ast.SelectorExpr) bool {
	root, _, ok := rootOf(g.pkg, e)
	return ok && root != nil && (g.isParameter(root) || g.isGiven(root)) && !neverNil[types.TypeString(root.Type(), nil)]
}

// isGiven reports whether a variable is set to what a function of this package returns.
//
//	in := s.load()
//	s.n = in.next.size
func (g *guarding) isGiven(v *types.Var) (found bool) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && len(set.Rhs) == 1 && slices.ContainsFunc(set.Lhs, func(e ast.Expr) bool { return g.defines(e, v) }) {
			call, isCall := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
			found = isCall && g.pkg.Body(call) != nil
		}
		return !found
	})
	return found
}

// neverNil are the types of parameters that whoever calls has made.
var neverNil = map[string]bool{
	"*net/http.Request": true, "*testing.T": true, "*testing.B": true, "*testing.F": true, "*testing.M": true, "*testing.PB": true,
}

// isParameter reports whether a variable is a parameter of the function.
func (g *guarding) isParameter(v *types.Var) bool {
	var params *ast.FieldList
	switch fn := g.u.Func.(type) {
	case *ast.FuncDecl:
		params = fn.Type.Params
	case *ast.FuncLit:
		params = fn.Type.Params
	}
	return params != nil && params.Pos() <= v.Pos() && v.Pos() < params.End()
}

// isLookedUp reports whether a variable is an element of what is ranged over, or what a map, a
// channel or a function that may say nil was asked for without asking whether it is there.
func (g *guarding) isLookedUp(v *types.Var) (found bool) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			found = found || n.Tok == token.DEFINE && g.defines(n.Value, v)
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 && g.defines(n.Lhs[0], v) {
				found = found || g.mayGiveNil(n.Rhs[0])
			}
		}
		return !found
	})
	return found
}

func (g *guarding) mayGiveNil(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return around.IsMapType(g.pkg.TypeOf(e.X))
	case *ast.UnaryExpr:
		return e.Op == token.ARROW
	case *ast.CallExpr:
		decl := g.pkg.Body(e)
		return decl != nil && returnsNil(g.pkg, decl)
	}
	return false
}

// returnsNil reports whether a function returns nil somewhere.
func returnsNil(pkg *facts.Package, decl *ast.FuncDecl) (found bool) {
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		if ret, ok := n.(*ast.ReturnStmt); ok {
			found = found || slices.ContainsFunc(ret.Results, func(e ast.Expr) bool { return pkg.IsNil(e) })
		}
		return !found
	})
	return found
}

func (g *guarding) defines(e ast.Expr, v *types.Var) bool {
	id, ok := e.(*ast.Ident)
	return ok && g.pkg.Def(id) == v
}

// followed reports whether a pointer is followed before the region: if it is nil, that panics
// without the lock.
func (g *guarding) followed(e ast.Expr) (found bool) {
	text := edit.Spelling(e)
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if n == nil || found || n.Pos() >= g.list[g.from].Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == g.u.Func
		case *ast.SelectorExpr:
			found = g.pkg.Info.Selections[n] != nil && edit.Spelling(n.X) == text
		case *ast.StarExpr:
			found = edit.Spelling(n.X) == text
		}
		return !found
	})
	return found
}

// intoNowhere reports whether an entry of a map is written that is a parameter: it may be nil.
func (g *guarding) intoNowhere(e *ast.IndexExpr, checked map[string]bool) bool {
	id, ok := ast.Unparen(e.X).(*ast.Ident)
	if !ok || checked[id.Name] || !g.writesThrough(e) && !g.isWritten(e) {
		return false
	}
	v, ok := g.pkg.Use(id).(*types.Var)
	return ok && g.isParameter(v)
}

// fillsNowhere reports whether a call of package maps fills a map that is a parameter, and may be none.
//
//	maps.Copy(to, s.byKey)
func (g *guarding) fillsNowhere(c *ast.CallExpr, checked map[string]bool) bool {
	fn, ok := g.pkg.Callee(c).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "maps" || fn.Name() != "Copy" && fn.Name() != "Insert" {
		return false
	}
	id, ok := ast.Unparen(c.Args[0]).(*ast.Ident)
	if !ok || checked[id.Name] {
		return false
	}
	v, ok := g.pkg.Use(id).(*types.Var)
	return ok && g.isParameter(v)
}

// isWritten reports whether an expression is what a statement assigns to or counts.
func (g *guarding) isWritten(e ast.Expr) bool {
	path := g.s.PathTo(e)
	switch n := path[len(path)-1].(type) {
	case *ast.AssignStmt:
		for _, lhs := range n.Lhs {
			if lhs == e {
				return true
			}
		}
	case *ast.IncDecStmt:
		return n.X == e
	}
	return false
}
