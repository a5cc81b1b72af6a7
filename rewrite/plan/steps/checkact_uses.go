package steps

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// used reports whether the variable that id denotes is mentioned in the
// function outside of some nodes and of its assignment by the Load.
func (c *checkAct) used(id *ast.Ident, outside ...ast.Node) bool {
	if id == nil {
		return false
	}
	obj := c.pkg.ObjectOf(id)
	skip := map[ast.Node]bool{}
	for _, n := range outside {
		skip[n] = true
	}
	found := false
	ast.Inspect(c.fn, func(n ast.Node) bool {
		if n == nil || skip[n] {
			return false
		}
		use, ok := n.(*ast.Ident)
		if ok && use != c.value && use != c.ok && c.pkg.Use(use) == obj {
			found = true
		}
		return !found
	})
	return found || !c.isLocal(id)
}

// mentions reports whether n mentions the variable that id denotes.
func (c *checkAct) mentions(n ast.Node, id *ast.Ident) bool {
	if id == nil {
		return false
	}
	obj := c.pkg.ObjectOf(id)
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		use, ok := n.(*ast.Ident)
		found = found || ok && c.pkg.Use(use) == obj
		return !found
	})
	return found
}

// meansTheSame reports whether every name in n that is declared outside of it
// denotes the same thing at another place, but for the results of the Load,
// which are declared anew there.
func (c *checkAct) meansTheSame(n, at ast.Node) bool {
	scope := c.pkg.Types.Scope().Innermost(at.Pos())
	same := true
	ast.Inspect(n, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.SelectorExpr:
			same = same && c.meansTheSame(m.X, at)
			return false
		case *ast.Ident:
			obj := c.pkg.Use(m)
			inside := obj != nil && n.Pos() <= obj.Pos() && obj.Pos() < n.End()
			if obj == nil || inside || isSelected(obj) || c.denotes(m, c.value) || c.denotes(m, c.ok) {
				return same
			}
			_, there := scope.LookupParent(m.Name, at.Pos())
			same = same && there == obj
		}
		return same
	})
	return same
}

// visible reports whether a variable can be named at another place.
func (c *checkAct) visible(id *ast.Ident, at ast.Node) bool {
	_, there := c.pkg.Types.Scope().Innermost(at.Pos()).LookupParent(id.Name, at.Pos())
	return there == c.pkg.ObjectOf(id)
}

// isSelected reports whether an object is found by selection, not by scope.
func isSelected(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.Var:
		return obj.IsField()
	case *types.Func:
		return obj.Signature().Recv() != nil
	case *types.Label:
		return true
	}
	return obj.Parent() == nil
}

// blankOr returns a new identifier for a variable of the Load, "_" if it is
// not needed.
func blankOr(id *ast.Ident, needed bool) dst.Expr {
	if id == nil || !needed {
		return edit.Ident("_")
	}
	return edit.Ident(id.Name)
}

// rename makes a call of another method of the same map.
func (c *checkAct) rename(call *ast.CallExpr, method string) *dst.CallExpr {
	twin := c.s.Node(call).(*dst.CallExpr)
	c.s.Node(ast.Unparen(call.Fun)).(*dst.SelectorExpr).Sel.Name = method
	return twin
}

// terminates reports whether control never passes the end of a list.
func (c *checkAct) terminates(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch last := list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := ast.Unparen(last.X).(*ast.CallExpr)
		return ok && c.pkg.NoReturn(call)
	}
	return false
}

// replaceTest puts a statement in the place of the Load and its test.
func (c *checkAct) replaceTest(st dst.Stmt) {
	if c.test.Init != nil {
		c.s.ReplaceStmt(c.s.Stmt(c.test), st)
		return
	}
	c.s.Splice(c.s.Stmt(c.bind), c.s.Stmt(c.test), st)
}

// bindResults blanks the results of the Load that nobody needs any more.
func (c *checkAct) bindResults(needsValue, needsOk bool) {
	bind := c.s.Node(c.bind).(*dst.AssignStmt)
	fresh := false
	for i, needed := range []bool{needsValue, needsOk} {
		id := []*ast.Ident{c.value, c.ok}[i]
		if !needed {
			bind.Lhs[i].(*dst.Ident).Name = "_"
			continue
		}
		fresh = fresh || c.pkg.Def(id) != nil
	}
	if !fresh {
		bind.Tok = token.ASSIGN // := declares something new
	}
}
