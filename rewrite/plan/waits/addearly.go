package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// AddEarly moves the Add of a goroutine before its start:
//
//	                         wg.Add(1)
//	go func() {              go func() {
//		wg.Add(1)        →
//		defer wg.Done()          defer wg.Done()
//
// The goroutine adds first of all, or after it has deferred its Done, so the
// same is added whatever happens. It is refused where the group or the number
// is one of the goroutine's own, where the go statement computes what it hands over with an
// effect, and where the Wait, once it counts the goroutine, would never end; where that may be so,
// it is unsafe.
func AddEarly(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	add, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	late := f.LateAdd(add)
	if late == nil {
		return errors.New("internal: nothing is known of the group")
	}
	lit, ok := ast.Unparen(late.Start.Call.Fun).(*ast.FuncLit)
	if !ok || ast.Node(lit) != late.Add.Fn {
		return fmt.Errorf("the goroutine runs a function of its own: what counts it at line %d is not clear", around.Line(s, late.Start))
	}
	st, err := firstThing(s, f, lit, add)
	if err != nil {
		return err
	}
	if err := sameOutside(s, f, lit, add); err != nil {
		return err
	}
	if n := setBehind(s, late.Start, add); n != nil {
		return fmt.Errorf("line %d sets, behind the go statement, what the Add names", around.Line(s, n))
	}
	if err := endsCounted(s, f, late, lit); err != nil {
		return err
	}
	noteEndBehind(s, f, late, lit)
	for _, arg := range late.Start.Call.Args {
		if !s.Match.Pkg.Pure(arg) {
			return fmt.Errorf("%s, which the goroutine gets, is computed with an effect: it came before the Add", edit.ExprText(arg))
		}
	}
	if _, ok := s.ListAround(late.Start); !ok {
		return fmt.Errorf("the go statement at line %d stands in no list of statements", around.Line(s, late.Start))
	}
	moved := edit.ExprStmt(s.Copy(add))
	edit.MoveComments(s.Stmt(st), moved)
	s.Delete(s.Stmt(st))
	s.InsertBefore(s.Stmt(late.Start), moved)
	return nil
}

// firstThing returns the statement of the Add: the first of the literal, but
// for what defers the Done.
func firstThing(s *edit.Site, f *channels.Facts, lit *ast.FuncLit, add *ast.CallExpr) (ast.Stmt, error) {
	dones := map[*ast.CallExpr]bool{}
	for _, c := range f.GroupCalls(add) {
		dones[c.Call] = c.Kind == channels.Done
	}
	for _, st := range lit.Body.List {
		if x, ok := st.(*ast.ExprStmt); ok && x.X == ast.Expr(add) {
			return st, nil
		}
		d, ok := st.(*ast.DeferStmt)
		if !ok || !dones[d.Call] {
			return nil, fmt.Errorf("the goroutine does something at line %d before it adds", around.Line(s, st))
		}
	}
	return nil, errors.New("the goroutine adds only under a condition")
}

// sameOutside: what a call names means the same before its literal, and no
// variable in it is set twice.
func sameOutside(s *edit.Site, f *channels.Facts, lit *ast.FuncLit, call *ast.CallExpr) (err error) {
	ast.Inspect(call, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := s.Match.Pkg.Use(id).(*types.Var)
		switch {
		case !ok || v.IsField() || v.Kind() == types.PackageVar:
		case lit.Pos() <= v.Pos() && v.Pos() < lit.End():
			err = fmt.Errorf("%s is a variable of the goroutine", id.Name)
		case f.Sets(v) > 1:
			err = fmt.Errorf("%s may be another one when the goroutine runs", id.Name)
		}
		return err == nil
	})
	if err == nil && (len(call.Args) != 1 || !s.Match.Pkg.Pure(call.Args[0])) {
		err = errors.New("what is added is computed with an effect")
	}
	return err
}

// setBehind returns a statement behind a go statement that sets a field or a variable which a
// call names: the goroutine mostly finds what that says, and before the go statement it is not
// there yet.
//
//	go func() { s.wg.Add(1); … }()
//	s.wg = new(sync.WaitGroup)
func setBehind(s *edit.Site, start *ast.GoStmt, call *ast.CallExpr) (found ast.Node) {
	pkg, named := s.Match.Pkg, map[types.Object]bool{}
	ast.Inspect(call, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			named[around.Origin(pkg.Use(id))] = true
		}
		return true
	})
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if n == nil || n.Pos() < start.End() {
			return found == nil
		}
		for _, lhs := range around.AssignedBy(n) {
			if v := around.AssignedVar(pkg, lhs); v != nil && named[around.Origin(v)] {
				found = n
			}
		}
		return found == nil
	})
	return found
}
