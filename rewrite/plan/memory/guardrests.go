package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// oneStep refuses a section of its own for a read where the function writes the same variable
// later, in another section, and what it writes, or whether it does, comes from the read: others
// can come in between, and then the race is gone and the lost update stays.
//
//	n := s.n
//	report(n)
//	s.mu.Lock()
//	s.n = n + 1
//	s.mu.Unlock()
func (g *guarding) oneStep() error {
	if g.fresh != nil {
		return nil
	}
	from := g.derived()
	for _, u := range g.all {
		for _, write := range u.Guard.Holding {
			if !write.Write || write.Var != u.Var || g.asksAgain(u, write) {
				continue
			}
			if at := g.writesFrom(write, from); at != nil {
				return mistakeStays{fmt.Errorf("line %d writes what rests on line %d: between the two others could come, and it would have to be one step", g.line(at), g.line(u.Expr))}
			}
		}
	}
	return nil
}

// derived returns the local variables whose values come from what the region reads.
func (g *guarding) derived() map[types.Object]bool {
	from := map[types.Object]bool{}
	places := g.places()
	rests := func(e ast.Node) bool {
		return slices.ContainsFunc(places, func(p ast.Expr) bool { return edit.StandsIn(p, e) }) || g.names(e, from)
	}
	for known := -1; known < len(from); {
		known = len(from)
		ast.Inspect(g.u.Func, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					if rests(n.Rhs[min(i, len(n.Rhs)-1)]) {
						g.mark(lhs, from)
					}
				}
			case *ast.RangeStmt:
				if rests(n.X) {
					g.mark(n.Key, from)
					g.mark(n.Value, from)
				}
			}
			return true
		})
	}
	return from
}

// mark notes the local variable that an expression is, or selects from.
func (g *guarding) mark(e ast.Expr, from map[types.Object]bool) {
	if e == nil {
		return
	}
	if v, ok := rootOrDefined(g.s, e).(*types.Var); ok && v.Kind() == types.LocalVar {
		from[v] = true
	}
}

func rootOrDefined(s *edit.Site, e ast.Expr) types.Object {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		return s.Match.Pkg.ObjectOf(id)
	}
	return around.RootVar(s, e)
}

// names reports whether one of some variables stands in a node.
func (g *guarding) names(n ast.Node, from map[types.Object]bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && from[g.pkg.Use(id)]
		return !found
	})
	return found
}

// writesFrom returns the write, or the call that makes it, if it stands behind the region and
// comes from what this has read.
func (g *guarding) writesFrom(write *sharing.Access, from map[types.Object]bool) ast.Node {
	end := g.list[g.to].End()
	if write.Func == g.u.Func {
		if write.Expr.Pos() < end {
			return nil
		}
		set, ok := write.Use.(*ast.AssignStmt)
		if ok && set.Tok == token.ASSIGN && slices.ContainsFunc(set.Rhs, func(e ast.Expr) bool { return g.names(e, from) }) || g.hangsOn(write.Expr, from) {
			return write.Expr
		}
		return nil
	}
	var found ast.Node
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if ok && c.Pos() > end && found == nil {
			if g.comesTo(c, write.Func, 3) && (slices.ContainsFunc(c.Args, func(e ast.Expr) bool { return g.names(e, from) }) || g.hangsOn(c, from)) {
				found = c
			}
		}
		return found == nil
	})
	return found
}

// comesTo reports whether a call is of a function, or of one that hands what it gets on to it,
// through so many calls.
func (g *guarding) comesTo(c *ast.CallExpr, fn ast.Node, depth int) (does bool) {
	decl := g.pkg.Body(c)
	if decl == nil || depth == 0 {
		return false
	}
	if ast.Node(decl) == fn {
		return true
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		inner, ok := n.(*ast.CallExpr)
		does = does || ok && g.comesTo(inner, fn, depth-1)
		return !does
	})
	return does
}

// choosesBy reports whether a switch asks one of some variables.
func (g *guarding) choosesBy(st *ast.SwitchStmt, from map[types.Object]bool) bool {
	return st.Tag != nil && g.names(st.Tag, from) || slices.ContainsFunc(st.Body.List, func(clause ast.Stmt) bool {
		return slices.ContainsFunc(clause.(*ast.CaseClause).List, func(e ast.Expr) bool { return g.names(e, from) })
	})
}

// hangsOn reports whether a node is reached only where an if, a loop or a switch behind the region,
// which asks one of the variables, lets it.
func (g *guarding) hangsOn(e ast.Expr, from map[types.Object]bool) (does bool) {
	end := g.list[g.to].End()
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if n == nil || does || n.End() <= end {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Pos() >= end && g.names(n.Cond, from) {
				does = edit.StandsIn(e, n.Body) || n.Else != nil && edit.StandsIn(e, n.Else) || n.Else == nil && around.LeavesAlways(n.Body) && n.End() <= e.Pos()
			}
		case *ast.ForStmt:
			does = n.Pos() >= end && n.Cond != nil && g.names(n.Cond, from) && edit.StandsIn(e, n)
		case *ast.SwitchStmt:
			does = n.Pos() >= end && edit.StandsIn(e, n.Body) && g.choosesBy(n, from)
		}
		return !does
	})
	return does
}

// asksAgain reports whether the function of a write looks again, under the lock, before it.
func (g *guarding) asksAgain(u sharing.Unguarded, write *sharing.Access) bool {
	return slices.ContainsFunc(u.Guard.Holding, func(look *sharing.Access) bool {
		return !look.Write && look.Var == u.Var && look.Func == write.Func && look.Expr.Pos() < write.Expr.Pos() && g.decidesIn(look.Func, look.Expr)
	})
}

// usesOutside lowers the level where a method of what the region has read is called behind the
// unlock, while all others call such methods with the lock held: it guards the object, too.
//
//	w := s.w
//	s.mu.Unlock()
//	return w.Write(p)
func (g *guarding) usesOutside() {
	for _, u := range g.all {
		if u.Write || !pointsOn(g.pkg.TypeOf(u.Expr)) || safeAlone(g.pkg.TypeOf(u.Expr)) || !g.calledBehind(u) {
			continue
		}
		under := 0
		for _, a := range u.Guard.Holding {
			if a.Var == u.Var && !a.Write && a.Func != g.u.Func {
				if g.method(a.Expr) == "" {
					return
				}
				under++
			}
		}
		if under > 0 {
			g.s.Downgrade(rules.Unsafe, fmt.Sprintf("others use what %s leads to with %s held, and here it is used behind the unlock", edit.ExprText(u.Expr), g.text))
		}
	}
}

// calledBehind reports whether a method of what an access reads is called behind the region, or
// by its last statement.
func (g *guarding) calledBehind(u sharing.Unguarded) bool {
	if name := g.method(u.Expr); name != "" {
		return !ends(name)
	}
	from := g.derived()
	found := false
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && sel.Pos() > g.list[g.to].End() && g.pkg.Info.Selections[sel] != nil && g.pkg.Info.Selections[sel].Kind() == types.MethodVal {
			id, named := ast.Unparen(sel.X).(*ast.Ident)
			found = found || named && from[g.pkg.Use(id)] && types.Identical(g.pkg.TypeOf(id), g.pkg.TypeOf(u.Expr)) && !ends(sel.Sel.Name)
		}
		return !found
	})
	return found
}

// method returns the name of the method that is selected from an expression, or "".
func (g *guarding) method(e ast.Expr) string {
	path := g.pathOf(e)
	if len(path) == 0 {
		return ""
	}
	sel, ok := path[len(path)-1].(*ast.SelectorExpr)
	if !ok || g.pkg.Info.Selections[sel] == nil || g.pkg.Info.Selections[sel].Kind() != types.MethodVal {
		return ""
	}
	return sel.Sel.Name
}

// pathOf returns the nodes around an expression of whatever file.
func (g *guarding) pathOf(e ast.Expr) (path []ast.Node) {
	for _, file := range g.pkg.Files {
		if file.FileStart <= e.Pos() && e.Pos() < file.FileEnd {
			ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
				if n == ast.Node(e) {
					path = slices.Clone(stack)
				}
				return path == nil && n.Pos() <= e.Pos() && e.End() <= n.End()
			})
		}
	}
	return path
}

// ends reports whether a method is one that people call while others are at work.
func ends(name string) bool {
	return slices.ContainsFunc([]string{"Cancel", "Close", "Kill", "Shutdown", "Stop"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// safeAlone reports whether a type of the standard library takes care of itself.
func safeAlone(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ok // error
	}
	return slices.Contains([]string{"context", "crypto/tls", "database/sql", "log", "log/slog", "net", "net/http", "os", "reflect", "sync", "sync/atomic", "testing", "time"}, named.Obj().Pkg().Path())
}
