package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// fails says why the region may panic between Lock and Unlock, or "": an index out of range, a
// map that is not there, a pointer that leads nowhere, a division by zero, a send on a channel
// that is closed meanwhile, a call that refuses what it gets.
func (g *guarding) fails(nodes ...ast.Node) (because string) {
	if len(nodes) == 0 {
		return ""
	}
	checked := checkedBefore(g.pkg, g.u.Func, nodes[len(nodes)-1].End())
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok && !g.handedIn(lit) || because != "" {
				return false
			}
			if e, ok := n.(ast.Expr); ok && slices.Contains(g.gone, e) {
				return false
			}
			if e := g.frail(n, checked); e != nil {
				because = fmt.Sprintf("%s at line %d may panic, and whoever recovers would go on with the lock held", edit.ExprText(e), g.line(e))
			}
			return because == ""
		})
	}
	return because
}

// handedIn reports whether a function literal is handed to a call, which may make use of it at once.
func (g *guarding) handedIn(lit *ast.FuncLit) bool {
	path := g.s.PathTo(lit)
	if len(path) < 2 {
		return false
	}
	_, call := path[len(path)-1].(*ast.CallExpr)
	_, started := path[len(path)-2].(*ast.GoStmt)
	return call && !started
}

// mayFail lowers the level where what stands between Lock and Unlock may panic.
func (g *guarding) mayFail(nodes ...ast.Node) {
	if because := g.fails(nodes...); because != "" {
		g.s.Downgrade(rules.Unsafe, because)
	}
}

// frail returns what of a node, its parts aside, may panic.
func (g *guarding) frail(n ast.Node, checked map[string]bool) ast.Expr {
	e, ok := n.(ast.Expr)
	if ok && g.failing(e, checked) {
		return e
	}
	if ok && (g.withinArray(e) || g.closesOnce(e)) {
		return nil
	}
	return frailIn(g.pkg, n, checked)
}

// failing reports whether an expression fails for some values of what the lock guards, or of
// what a pointer leads to, of which nothing in the function looks checked.
func (g *guarding) failing(e ast.Expr, checked map[string]bool) bool {
	info := g.pkg.Info
	switch e := e.(type) {
	case *ast.IndexExpr:
		return around.IsMapType(info.TypeOf(e.X)) && (g.failsAt(e) || g.intoNowhere(e, checked))
	case *ast.StarExpr:
		return !info.Types[e].IsType() && !checked[edit.Spelling(e.X)] && (g.leadsNowhere(e.X) || g.guards(e.X))
	case *ast.CallExpr:
		return g.failingCall(e, checked)
	case *ast.BinaryExpr:
		if e.Op == token.EQL || e.Op == token.NEQ {
			return hasInterface(info.TypeOf(e.X)) && hasInterface(info.TypeOf(e.Y)) && !g.errors(e)
		}
	case *ast.SelectorExpr:
		selection := info.Selections[e]
		if selection == nil || selection.Kind() != types.FieldVal || g.owner != nil && edit.Spelling(e.X) == edit.Spelling(g.owner) {
			return false
		}
		_, pointer := info.TypeOf(e.X).Underlying().(*types.Pointer)
		return (pointer || selection.Indirect()) && !checked[edit.Spelling(e.X)] && (g.leadsNowhere(e.X) || slices.Contains(g.behind, ast.Expr(e)) || g.guards(e.X))
	}
	return false
}

// guards reports whether an access that needs the lock stands in an expression.
func (g *guarding) guards(e ast.Expr) bool {
	return slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool { return edit.StandsIn(u.Expr, e) })
}

// ofOwner reports whether an expression is a field of the object whose lock it is.
func (g *guarding) ofOwner(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	return ok && g.owner != nil && edit.Spelling(sel.X) == edit.Spelling(g.owner)
}

// closesOnce reports whether a channel of the object is closed where an if has found the guarded variable in a
// state for it: the lock is what makes that once.
//
//	if h.refs == 0 {
//		close(h.gone)
//	}
func (g *guarding) closesOnce(e ast.Expr) bool {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	b, ok := g.pkg.Callee(c).(*types.Builtin)
	if !ok || b.Name() != "close" || !g.ofOwner(c.Args[0]) {
		return false
	}
	return slices.ContainsFunc(g.s.PathTo(c), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		return ok && g.guards(test.Cond)
	})
}

// withinArray reports whether the index is the key of a loop over the array that it is an index of.
func (g *guarding) withinArray(e ast.Expr) (found bool) {
	index, ok := e.(*ast.IndexExpr)
	if !ok || !isArray(g.pkg.TypeOf(index.X)) {
		return false
	}
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		found = found || ok && loop.Key != nil && edit.Spelling(loop.Key) == edit.Spelling(index.Index) && edit.Spelling(loop.X) == edit.Spelling(index.X)
		return !found
	})
	return found
}

// errors reports whether two errors are compared: those that cannot be are rare.
func (g *guarding) errors(e *ast.BinaryExpr) bool {
	return types.Identical(g.pkg.TypeOf(e.X), types.Universe.Lookup("error").Type()) || g.pkg.IsNil(e.X) || g.pkg.IsNil(e.Y)
}

// failingCall reports whether a call is of a method by a pointer that may lead nowhere, hands
// one to a function of this package that follows it, or fills a map that may be none.
func (g *guarding) failingCall(c *ast.CallExpr, checked map[string]bool) bool {
	nowhere := func(e ast.Expr) bool { return !checked[edit.Spelling(e)] && g.leadsNowhere(e) }
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok && g.pkg.Info.Selections[sel] != nil && pointsOn(g.pkg.TypeOf(sel.X)) && !checked[edit.Spelling(sel.X)] {
		if g.guards(sel.X) || g.leadsNowhere(sel.X) && followsReceiver(g.pkg, c) {
			return true
		}
	}
	if g.fillsNowhere(c, checked) {
		return true
	}
	for i, arg := range c.Args {
		if pointsOn(g.pkg.TypeOf(arg)) && nowhere(arg) && followsArgument(g.pkg, c, i) {
			return true
		}
	}
	return false
}

func pointsOn(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// followsReceiver reports whether a method follows its receiver without a look; one of another
// package does.
func followsReceiver(pkg *facts.Package, c *ast.CallExpr) bool {
	decl := pkg.Body(c)
	if decl == nil {
		return true
	}
	name := around.ReceiverName(decl)
	return name != nil && follows(pkg, decl, name.Name)
}

// followsArgument reports whether a function of this package follows a parameter without a look.
func followsArgument(pkg *facts.Package, c *ast.CallExpr, i int) bool {
	decl := pkg.Body(c)
	if decl == nil {
		return false
	}
	params := pkg.Def(decl.Name).(*types.Func).Signature().Params()
	return i < params.Len() && follows(pkg, decl, params.At(i).Name())
}

func follows(pkg *facts.Package, decl *ast.FuncDecl, name string) (found bool) {
	if name == "" || name == "_" || checkedIn(pkg, decl)[name] {
		return false
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectorExpr:
			s := pkg.Info.Selections[n]
			found = found || s != nil && s.Kind() == types.FieldVal && edit.Spelling(n.X) == name
		case *ast.StarExpr:
			found = found || edit.Spelling(n.X) == name
		}
		return !found
	})
	return found
}
