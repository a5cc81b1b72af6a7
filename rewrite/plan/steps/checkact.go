// Package steps has the strategies that make one step of two: a Load, a test and what
// is done upon it become the one method of sync.Map or sync/atomic that does all.
package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// A checkAct is a Load from a sync.Map, the if that tests what it found, and the
// call that acts on the answer as if it still held:
//
//	value, ok := m.Load(key)     bind, or the init of test
//	if !ok {                     test, onMiss
//		…                        before
//		m.Store(key, new)        act, a statement of list
//		…                        after
//	}
type checkAct struct {
	s         *edit.Site
	pkg       *facts.Package
	load, act *ast.CallExpr
	bind      *ast.AssignStmt
	value, ok *ast.Ident // results of the Load; nil where it is blank
	test      *ast.IfStmt
	cond      []ast.Expr // the operands of && of the test, without ok
	onMiss    bool       // the body of the test runs where nothing was found
	stmt      *ast.ExprStmt
	list      []ast.Stmt // that stmt stands in
	fn        ast.Node   // the function around: *ast.FuncDecl or *ast.FuncLit
}

// findCheckAct finds the Load and the call of an acting method in the match,
// and how they hang together.
func findCheckAct(s *edit.Site, method string) (*checkAct, error) {
	c := &checkAct{s: s, pkg: s.Match.Pkg}
	steps := []func() error{
		func() error { return c.findCalls(method) },
		c.findBind,
		c.findTest,
		c.findStmt,
		c.sameEntry,
		c.actsOnce,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// findBind: the results of the Load are assigned, and to nothing else.
func (c *checkAct) findBind() error {
	ast.Inspect(c.s.Match.Decl, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 2 && ast.Unparen(a.Rhs[0]) == c.load {
			c.bind = a
		}
		return c.bind == nil
	})
	if c.bind == nil {
		return errors.New("the results of the Load are not assigned to two variables")
	}
	for i, to := range []**ast.Ident{&c.value, &c.ok} {
		id, ok := c.bind.Lhs[i].(*ast.Ident)
		if !ok {
			return errors.New("the results of the Load are assigned to more than variables")
		}
		if id.Name != "_" {
			*to = id
		}
	}
	return nil
}

// findTest: an if tests ok right after the Load.
func (c *checkAct) findTest() error {
	if c.ok == nil {
		return errors.New("nothing tests whether the Load found something")
	}
	c.fn = around.InnermostFunction(c.s.Match.Decl, c.load)
	ast.Inspect(c.fn, func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok && test.Init == ast.Stmt(c.bind) {
			c.test = test
		}
		list, _ := edit.Statements(n)
		if i := slices.Index(list, ast.Stmt(c.bind)); i >= 0 && i+1 < len(list) {
			c.test, _ = list[i+1].(*ast.IfStmt)
		}
		return true
	})
	if c.test == nil || c.test.Init != nil && c.test.Init != ast.Stmt(c.bind) {
		return errors.New("no if tests ok right after the Load")
	}
	return c.readCond()
}

// readCond finds ok or !ok among the operands of the condition.
func (c *checkAct) readCond() error {
	found := 0
	for _, x := range conjuncts(c.test.Cond) {
		not, ok := ast.Unparen(x).(*ast.UnaryExpr)
		switch {
		case c.denotes(x, c.ok):
			found++
		case ok && not.Op == token.NOT && c.denotes(not.X, c.ok):
			found++
			c.onMiss = true
		default:
			c.cond = append(c.cond, x)
		}
	}
	if found != 1 {
		return fmt.Errorf("the if after the Load does not test %s", c.ok.Name)
	}
	return nil
}

// conjuncts cuts a && b && c.
func conjuncts(x ast.Expr) []ast.Expr {
	if b, ok := ast.Unparen(x).(*ast.BinaryExpr); ok && b.Op == token.LAND {
		return append(conjuncts(b.X), conjuncts(b.Y)...)
	}
	return []ast.Expr{x}
}

// findStmt: the acting call is a statement, in a list of its own function.
func (c *checkAct) findStmt() error {
	ast.Inspect(c.fn, func(n ast.Node) bool {
		list, _ := edit.Statements(n)
		for _, st := range list {
			if x, ok := st.(*ast.ExprStmt); ok && ast.Unparen(x.X) == c.act {
				c.stmt, c.list = x, list
			}
		}
		return true
	})
	if c.stmt == nil || around.InnermostFunction(c.fn, c.act) != c.fn {
		return errors.New("the call that acts on the answer is not a statement beside the test")
	}
	return nil
}

// denotes reports whether x is the variable that id denotes.
func (c *checkAct) denotes(x ast.Expr, id *ast.Ident) bool {
	use, ok := ast.Unparen(x).(*ast.Ident)
	return ok && id != nil && c.pkg.ObjectOf(use) == c.pkg.ObjectOf(id)
}

func (c *checkAct) line(n ast.Node) int { return c.pkg.Fset.Position(n.Pos()).Line }
