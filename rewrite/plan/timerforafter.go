package plan

import (
	"errors"
	"go/ast"

	"github.com/dave/dst"
)

// timerForAfter makes a timer of its own in the place of time.After, and stops
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
// the cases above: it must be pure.
func timerForAfter(s *Site) error {
	choose, ok := s.Bound("$select").(*ast.SelectStmt)
	after, ok2 := s.Bound("$after").(*ast.CallExpr)
	if !ok || !ok2 {
		return errors.New("internal: the rule binds no select, or no call")
	}
	fun, ok := ast.Unparen(after.Fun).(*ast.SelectorExpr)
	if !ok || len(after.Args) != 1 || !s.Match.Pkg.Pure(after.Args[0]) {
		return errors.New("the duration is computed with an effect")
	}
	if _, ok := s.listAround(choose); !ok {
		return errors.New("the select has a label, or stands in no list of statements")
	}
	timer := s.Fresh("timer", choose)
	made := call(sel(s.Copy(fun.X), "NewTimer"), s.Use(after.Args[0]))
	for _, c := range choose.Body.List {
		if clause := c.(*ast.CommClause); clause != s.Bound("$case") {
			s.InsertFirst(s.Node(clause), exprStmt(call(sel(ident(timer), "Stop"))))
		}
	}
	s.ReplaceExpr(s.Expr(after), sel(ident(timer), "C"))
	s.InsertBefore(s.Stmt(choose), define(made, ident(timer)))
	return nil
}

// dropDefault takes a default out of a select.
func dropDefault(s *Site) error {
	clause, ok := s.Bound("$default").(*ast.CommClause)
	if !ok {
		return errors.New("internal: the rule binds no default")
	}
	twin, ok := s.Node(clause).(dst.Stmt)
	if !ok {
		return errors.New("internal: the clause has no twin")
	}
	s.Delete(twin)
	return nil
}
