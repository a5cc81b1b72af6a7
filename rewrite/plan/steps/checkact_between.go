package steps

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
)

// undisturbed judges the code that runs between Load and act. It refuses where
// that code changes which entry is meant, or uses the map; it lowers the level
// where code that nobody can look into runs there.
func (c *checkAct) undisturbed(between []ast.Node) error {
	key, m := c.load.Args[0], c.mapOf(c.load)
	for _, n := range between {
		if id := c.changes(n, key, m); id != nil {
			return fmt.Errorf("line %d changes %s between the two calls", c.line(id), id.Name)
		}
		if call := c.uses(n, m); call != nil {
			return fmt.Errorf("line %d uses %s between the two calls", c.line(call), edit.ExprText(m))
		}
	}
	for _, n := range between {
		if effect := c.effect(n); effect != "" {
			c.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, which runs between the two calls, may have effects: of two goroutines that come here at once, one finds its work thrown away", effect))
			return nil
		}
	}
	return nil
}

// changes returns a variable of the expressions that n writes to.
func (c *checkAct) changes(n ast.Node, exprs ...ast.Expr) (written *ast.Ident) {
	vars := map[types.Object]bool{}
	for _, x := range exprs {
		ast.Inspect(x, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				vars[c.pkg.Use(id)] = true
			}
			return true
		})
	}
	eachWritten(n, func(x ast.Expr) {
		if written == nil {
			written = c.writtenVar(x, vars)
		}
	})
	return written
}

// writtenVar returns the name of the variable or field that a write to x
// changes, if it is one of vars.
func (c *checkAct) writtenVar(x ast.Expr, vars map[types.Object]bool) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if obj := c.pkg.Use(x); obj != nil && vars[obj] {
			return x
		}
	case *ast.SelectorExpr:
		if vars[c.pkg.Use(x.Sel)] {
			return x.Sel
		}
		if sel := c.pkg.Info.Selections[x]; sel != nil && !sel.Indirect() {
			return c.writtenVar(x.X, vars) // a part of it
		}
	case *ast.IndexExpr:
		return c.writtenVar(x.X, vars)
	}
	return nil
}

// eachWritten visits the expressions that statements below n write to, and
// those whose address they take.
func eachWritten(n ast.Node, visit func(ast.Expr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				visit(x)
			}
		case *ast.IncDecStmt:
			visit(n.X)
		case *ast.RangeStmt:
			visit(n.Key)
			visit(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				visit(n.X)
			}
		}
		return true
	})
}

// uses returns a method call on the map below n.
func (c *checkAct) uses(n ast.Node, m ast.Expr) (found *ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && c.mapMethod(call) != "" && pattern.Same(c.mapOf(call), m, c.pkg.Info) {
			found = call
		}
		return found == nil
	})
	return found
}

// effect names the first thing below n that has an effect beyond the
// function's own variables, or "".
func (c *checkAct) effect(n ast.Node) (what string) {
	note := func(s string) {
		if what == "" {
			what = s
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if !c.pkg.Pure(n) {
				note(edit.ExprText(n))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				note(edit.ExprText(n))
			}
		case *ast.SendStmt:
			note("a send")
		case *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.RangeStmt, *ast.ForStmt:
			note(fmt.Sprintf("the statement at line %d", c.line(n)))
		}
		return what == ""
	})
	eachWritten(n, func(x ast.Expr) {
		if id, ok := ast.Unparen(x).(*ast.Ident); x != nil && (!ok || !c.isLocal(id)) {
			if _, composite := ast.Unparen(x).(*ast.CompositeLit); !composite {
				note("the write to " + edit.ExprText(x))
			}
		}
	})
	return what
}

// isLocal reports whether a name denotes a variable of the function, or none.
func (c *checkAct) isLocal(id *ast.Ident) bool {
	obj := c.pkg.ObjectOf(id)
	return obj == nil || c.fn.Pos() <= obj.Pos() && obj.Pos() < c.fn.End()
}
