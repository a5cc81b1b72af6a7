package plan

import (
	"go/ast"
	"go/token"
	"go/types"
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
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := g.pkg.Info.Uses[id].(*types.Var)
	return ok && !neverNil[types.TypeString(v.Type(), nil)] && (g.isParameter(v) || g.isLookedUp(v)) && !g.followed(v)
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

// isLookedUp reports whether a variable is an element of what is ranged over, or what a map was
// asked for without asking whether it is there.
func (g *guarding) isLookedUp(v *types.Var) (found bool) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			found = found || n.Tok == token.DEFINE && g.defines(n.Value, v)
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 && g.defines(n.Lhs[0], v) {
				index, ok := ast.Unparen(n.Rhs[0]).(*ast.IndexExpr)
				found = found || ok && isMapType(g.pkg.Info.TypeOf(index.X))
			}
		}
		return !found
	})
	return found
}

func (g *guarding) defines(e ast.Expr, v *types.Var) bool {
	id, ok := e.(*ast.Ident)
	return ok && g.pkg.Info.Defs[id] == v
}

// followed reports whether a pointer is followed before the region: if it is nil, that panics
// without the lock.
func (g *guarding) followed(v *types.Var) (found bool) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if n == nil || found || n.Pos() >= g.list[g.from].Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == g.u.Func
		case *ast.SelectorExpr:
			s := g.pkg.Info.Selections[n]
			found = s != nil && s.Kind() == types.FieldVal && g.is(n.X, v)
		case *ast.StarExpr:
			found = g.is(n.X, v)
		}
		return !found
	})
	return found
}

func (g *guarding) is(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && g.pkg.Info.Uses[id] == v
}

// intoNowhere reports whether an entry of a map is written that is a parameter: it may be nil.
func (g *guarding) intoNowhere(e *ast.IndexExpr, checked map[string]bool) bool {
	id, ok := ast.Unparen(e.X).(*ast.Ident)
	if !ok || checked[id.Name] || !g.writesThrough(e) && !g.isWritten(e) {
		return false
	}
	v, ok := g.pkg.Info.Uses[id].(*types.Var)
	return ok && g.isParameter(v)
}

// isWritten reports whether an expression is what a statement assigns to or counts.
func (g *guarding) isWritten(e ast.Expr) bool {
	path := g.s.pathTo(e)
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

// toArray reports whether a call converts a slice, which may be too short, to an array.
func (g *guarding) toArray(c *ast.CallExpr) bool {
	if !g.pkg.Info.Types[c.Fun].IsType() || len(c.Args) != 1 {
		return false
	}
	to := g.pkg.Info.TypeOf(c).Underlying()
	if p, ok := to.(*types.Pointer); ok {
		to = p.Elem().Underlying()
	}
	_, array := to.(*types.Array)
	_, slice := g.pkg.Info.TypeOf(c.Args[0]).Underlying().(*types.Slice)
	return array && slice
}
