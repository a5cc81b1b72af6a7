package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// TimerForAfter makes a timer of its own in the place of time.After, and stops
// it where another case is chosen:
//
//	                                 timer := time.NewTimer(d)
//	select {                         select {
//	case v := <-in:          →       case v := <-in:
//	                                         timer.Stop()
//		use(v)                           use(v)
//	case <-time.After(d):            case <-timer.C:
//
// The timer begins where the operands of the select are evaluated, as before,
// and nobody else knows it. The duration is evaluated before the operands of
// the cases above: it must be pure, and so must they, or it be a constant; where they
// may take their time, the timer runs meanwhile, and the fix is unsafe.
func TimerForAfter(s *edit.Site) error {
	choose, ok := s.Bound("$select").(*ast.SelectStmt)
	after, ok2 := s.Bound("$after").(*ast.CallExpr)
	if !ok || !ok2 {
		return errors.New("internal: the rule binds no select, or no call")
	}
	fun, ok := ast.Unparen(after.Fun).(*ast.SelectorExpr)
	if !ok || len(after.Args) != 1 || !s.Match.Pkg.Pure(after.Args[0]) {
		return errors.New("the duration is computed with an effect")
	}
	if _, ok := s.ListAround(choose); !ok {
		return errors.New("the select has a label, or stands in no list of statements")
	}
	if err := earlyTimer(s, choose, after); err != nil {
		return err
	}
	timer := s.Fresh("timer", choose)
	made := edit.Call(edit.Sel(s.Copy(fun.X), "NewTimer"), s.Use(after.Args[0]))
	for _, c := range choose.Body.List {
		if clause := c.(*ast.CommClause); clause != s.Bound("$case") {
			s.InsertFirst(s.Node(clause), edit.ExprStmt(edit.Call(edit.Sel(edit.Ident(timer), "Stop"))))
		}
	}
	s.ReplaceExpr(s.Expr(after), edit.Sel(edit.Ident(timer), "C"))
	s.InsertBefore(s.Stmt(choose), edit.Define(made, edit.Ident(timer)))
	return nil
}

// earlyTimer judges the operands that are evaluated before time.After is called.
func earlyTimer(s *edit.Site, choose *ast.SelectStmt, after *ast.CallExpr) error {
	pkg := s.Match.Pkg
	for _, c := range choose.Body.List {
		clause, ok := c.(*ast.CommClause)
		if !ok || edit.Within(clause, after) {
			break
		}
		for _, x := range operandsOf(clause.Comm) {
			switch because, waits := pkg.Blocks(x); {
			case pkg.Pure(x):
			case !fixedHere(s, after.Args[0]):
				return fmt.Errorf("line %d does something before the duration is read", around.Line(s, x))
			case waits:
				s.Downgrade(rules.Unsafe, fmt.Sprintf("the timer then runs already while line %d %s", around.Line(s, x), because))
			}
		}
	}
	return nil
}

// fixedHere reports whether an expression is made of constants, and of local variables
// that are set once.
func fixedHere(s *edit.Site, e ast.Expr) bool {
	names, fixed := s.Match.Pkg.NamesIn(s.Match.Decl), true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			_, isVar := s.Pkg.Info.Uses[n.Sel].(*types.Var)
			fixed = fixed && !isVar
			return false
		case *ast.StarExpr, *ast.IndexExpr:
			fixed = false
		case *ast.Ident:
			v, isVar := s.Pkg.Info.Uses[n].(*types.Var)
			fixed = fixed && (!isVar || v.Kind() != types.PackageVar && names.Steady(v))
		}
		return fixed
	})
	return fixed
}

// operandsOf returns what a case of a select evaluates whether it is chosen or not: a
// channel, and what is to be sent.
func operandsOf(comm ast.Stmt) []ast.Expr {
	var receive ast.Expr
	switch comm := comm.(type) {
	case *ast.SendStmt:
		return []ast.Expr{comm.Chan, comm.Value}
	case *ast.ExprStmt:
		receive = comm.X
	case *ast.AssignStmt:
		receive = comm.Rhs[0]
	}
	if op, ok := ast.Unparen(receive).(*ast.UnaryExpr); ok {
		return []ast.Expr{op.X}
	}
	return nil
}
