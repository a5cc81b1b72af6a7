package memory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// addressed returns an expression by which a reference to what is guarded, that no lookup of an
// entry gives, is kept beyond the region: who uses it then holds no lock.
//
//	p := &s.counts[0]
//	return maps.Keys(s.items)
func (g *guarding) addressed() (found ast.Expr) {
	t := g.tracing()
	look := func(to []ast.Expr, from ast.Expr) {
		if e := t.lasting(from); e != nil && found == nil && slices.ContainsFunc(to, func(lhs ast.Expr) bool { return !t.partOf(lhs) && g.usedBehind(lhs) }) {
			found = e
		}
	}
	for _, st := range g.list[g.from : g.to+1] {
		ast.Inspect(st, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, from := range n.Rhs {
					look(n.Lhs[i:max(i+1, len(n.Lhs)-len(n.Rhs)+1)], from)
				}
			case *ast.ReturnStmt:
				for _, from := range n.Results {
					if part, sliced := ast.Unparen(from).(*ast.SliceExpr); sliced && g.u.Use == ast.Node(part.X) {
						continue // a copy is returned instead
					}
					if e := t.lasting(from); e != nil && found == nil {
						found = e
					}
				}
			case *ast.FuncLit:
				return false
			}
			return true
		})
	}
	return found
}

// handedOut returns a result that leads callers to entries that are changed under the lock: they
// read them without.
//
//	return s.names[key] // s.names[key][0] = name elsewhere
func (g *guarding) handedOut(shared *sharing.Facts) (result ast.Expr, write ast.Node) {
	t := g.tracing(bodyAround(g.u.Func))
	copied := map[ast.Expr]bool{}
	for _, u := range g.all {
		copied[shared.ReturnedBy(u)] = true // a copy is returned instead
	}
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal && n != g.u.Func {
			return false
		}
		ret, ok := n.(*ast.ReturnStmt)
		if !ok {
			return write == nil
		}
		for _, r := range g.results(ret) {
			if write == nil && !copied[r] && t.leads(r) {
				result, write = r, g.changedInside(g.pkg.TypeOf(r))
			}
		}
		return write == nil
	})
	return result, write
}

// results are those of a return statement, or the named ones of the function.
func (g *guarding) results(ret *ast.ReturnStmt) (all []ast.Expr) {
	decl, ok := g.u.Func.(*ast.FuncDecl)
	if len(ret.Results) > 0 || !ok || decl.Type.Results == nil {
		return ret.Results
	}
	for _, field := range decl.Type.Results.List {
		for _, name := range field.Names {
			all = append(all, name)
		}
	}
	return all
}

// changedInside returns where an element of a slice or map in a value of a type is changed
// under the lock.
func (g *guarding) changedInside(t types.Type) ast.Node {
	for depth := 0; depth < 3 && t != nil; depth++ {
		element := &ast.IndexExpr{X: ofType{&ast.BadExpr{}, t}}
		if write := changed(g.s, element, g.u.Func, g.locks); write != nil {
			return write
		}
		switch u := t.Underlying().(type) {
		case *types.Slice:
			t = u.Elem()
		case *types.Map:
			t = u.Elem()
		default:
			return nil
		}
	}
	return nil
}

// usedBehind reports whether a variable is used behind the region, or is none of this function.
func (g *guarding) usedBehind(lhs ast.Expr) bool {
	id, ok := ast.Unparen(lhs).(*ast.Ident)
	if !ok {
		return true
	}
	v, used := g.pkg.ObjectOf(id), false
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			used = used || v != nil && g.pkg.Use(n) == v && n.Pos() > g.list[g.to].End()
		case *ast.ReturnStmt:
			used = used || slices.ContainsFunc(n.Results, func(e ast.Expr) bool {
				other, ok := ast.Unparen(e).(*ast.Ident)
				return ok && v != nil && g.pkg.Use(other) == v
			})
		}
		return !used
	})
	return used
}

// getsOut returns a map or slice, whose entries others write under the lock, where the region
// puts it into something else than a local variable of its own, or starts a goroutine with it.
//
//	return View{Items: s.items}
//	o.items = s.items
//	go report(s.items)
func (g *guarding) getsOut(shared *sharing.Facts) ast.Expr {
	for _, u := range g.all {
		value, ok := shared.Reference(u)
		if !ok {
			value, ok = g.toAnother(u)
		}
		if ok && g.keptBeyond(value) {
			return value
		}
	}
	for _, use := range g.behind {
		if g.inLiteral(use) {
			return use
		}
	}
	return nil
}

// toAnother returns a map or slice that the region puts into the same field of another object.
//
//	c.items = s.items
func (g *guarding) toAnother(u sharing.Unguarded) (ast.Expr, bool) {
	value, ok := u.Use.(ast.Expr)
	path := g.s.PathTo(u.Expr)
	if !ok || u.Write || len(path) == 0 {
		return nil, false
	}
	set, ok := path[len(path)-1].(*ast.AssignStmt)
	return value, ok && slices.ContainsFunc(set.Lhs, func(lhs ast.Expr) bool {
		other := sharing.Of(g.pkg).AccessAt(ast.Unparen(lhs))
		return other != nil && other.Var == u.Var
	}) && g.changedInside(g.pkg.TypeOf(value)) != nil
}

// inLiteral reports whether a node stands in a function literal of the function, which may
// run when the lock is free again.
func (g *guarding) inLiteral(e ast.Node) bool {
	for _, n := range slices.Backward(g.s.PathTo(e)) {
		if n == g.u.Func {
			return false
		}
		if _, literal := n.(*ast.FuncLit); literal {
			return true
		}
	}
	return false
}

func (g *guarding) keptBeyond(value ast.Expr) bool {
	child := ast.Node(value)
	for _, n := range slices.Backward(g.s.PathTo(value)) {
		switch n := n.(type) {
		case *ast.ParenExpr, *ast.SliceExpr:
		case *ast.CompositeLit, *ast.KeyValueExpr, *ast.SendStmt:
			return true
		case *ast.CallExpr:
			path := g.s.PathTo(n)
			_, started := path[len(path)-1].(*ast.GoStmt)
			return started && child != ast.Node(n.Fun)
		case *ast.AssignStmt:
			i := slices.IndexFunc(n.Rhs, func(e ast.Expr) bool { return ast.Node(e) == child })
			return i >= 0 && i < len(n.Lhs) && len(n.Lhs) == len(n.Rhs) && g.usedBehind(n.Lhs[i])
		case *ast.ValueSpec:
			i := slices.IndexFunc(n.Values, func(e ast.Expr) bool { return ast.Node(e) == child })
			return i >= 0 && len(n.Names) == len(n.Values) && g.usedBehind(n.Names[i])
		default:
			return false
		}
		child = n
	}
	return false
}

// lasting returns what of an expression makes a reference to what is guarded: an address, a
// slice of it, a call that may give back what it gets.
func (t *tracer) lasting(e ast.Expr) (found ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			if n.Op == token.AND && t.partOf(n.X) {
				found = n
			}
		case *ast.SliceExpr:
			if _, text := t.info.TypeOf(n.X).Underlying().(*types.Basic); !text && t.partOf(n.X) {
				found = n
			}
		case *ast.CallExpr:
			if t.givesBack(n) {
				found = n
			}
			return found == nil && !t.copies(n)
		}
		return found == nil
	})
	return found
}

// givesBack reports whether what a call returns may lead to what it gets.
func (t *tracer) givesBack(c *ast.CallExpr) bool {
	if b, ok := t.pkg.Callee(c).(*types.Builtin); ok {
		return b.Name() == "append" && t.partOf(c.Args[0])
	}
	if t.info.Types[c.Fun].IsType() || t.copies(c) || len(t.passed(c)) == 0 {
		return false
	}
	result := t.info.TypeOf(c)
	_, fn := result.Underlying().(*types.Signature)
	return fn || anyLeads(result)
}

// copies reports whether what a call returns is made anew.
func (t *tracer) copies(c *ast.CallExpr) bool {
	callee, ok := t.pkg.Callee(c).(*types.Func)
	if !ok || callee.Pkg() == nil {
		return false
	}
	switch path := callee.Pkg().Path(); path {
	case "maps", "slices":
		return slices.Contains([]string{"Clone", "Collect", "Sorted", "SortedFunc", "SortedStableFunc", "Concat", "Repeat"}, callee.Name())
	default:
		return readsAlone(callee)
	}
}
