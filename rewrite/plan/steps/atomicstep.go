package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// AtomicStep makes a Load of an atomic, a test of it and the Store right behind
// one step:
//
//	if running.Load() {                    if !running.CompareAndSwap(false, true) {
//		return                         →       return
//	}                                      }
//	running.Store(true)
//
//	n.Store(n.Load() + 2)              →   n.Add(2)
//
// The value that is stored is then computed before the test: it must be pure, and
// must not panic where the test would have failed.
func AtomicStep(s *edit.Site) error {
	load, ok := s.Bound("$load").(*ast.CallExpr)
	act, ok2 := s.Bound("$act").(*ast.CallExpr)
	if !ok || !ok2 {
		return errors.New("internal: the rule binds no calls")
	}
	if edit.Within(act, load) {
		return addStep(s, load, act)
	}
	return swapStep(s, load, act)
}

// swapStep replaces the test by a CompareAndSwap, and deletes the Store.
func swapStep(s *edit.Site, load, act *ast.CallExpr) error {
	test := testAround(s, load)
	if test == nil {
		return errors.New("internal: no if statement tests the Load")
	}
	store := callAlone(s, act)
	if storesWhatIsAsked(s, test, load, act) && store != nil && !edit.Within(test.Body, store) {
		return setStep(s, test, load, store)
	}
	old, equal, err := expected(s, test.Cond, load, store != nil && edit.Within(test.Body, store))
	if err != nil {
		return err
	}
	value := act.Args[len(act.Args)-1]
	switch {
	case store == nil || test.Init != nil:
		return errors.New("the Store or the test is part of another statement")
	case !s.Match.Pkg.Pure(value):
		return errors.New("the new value is computed with an effect, or may block")
	case equal != edit.Within(test.Body, store):
		return errors.New("the Store does not stand where the test was true")
	}
	if because, panics := s.Match.Pkg.CanPanic(value, rootsOf(load)...); panics {
		return fmt.Errorf("the new value would be computed whatever the test says, and that can panic: %s", because)
	}
	if v := sharedIn(s, value); v != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s is then read whatever the test says, and others may be writing it", v.Name()))
	}
	swap := edit.Call(sibling(s, load, "CompareAndSwap"), append(address(s, load), old, s.Use(value))...)
	if !equal {
		s.ReplaceExpr(s.Expr(test.Cond), &dst.UnaryExpr{Op: token.NOT, X: swap})
	} else {
		s.ReplaceExpr(s.Expr(test.Cond), swap)
	}
	s.Delete(s.Stmt(store))
	return nil
}

// storesWhatIsAsked reports whether a test asks for the constant that is stored.
func storesWhatIsAsked(s *edit.Site, test *ast.IfStmt, load, act *ast.CallExpr) bool {
	cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.EQL || ast.Unparen(cond.X) != load {
		return false
	}
	asked, stored := s.Match.Pkg.Info.Types[cond.Y].Value, s.Match.Pkg.Info.Types[act.Args[len(act.Args)-1]].Value
	return asked != nil && stored != nil && constant.Compare(asked, token.EQL, stored)
}

// setStep stores at once, and asks what was there before: where that is what is stored,
// nothing has changed.
//
//	if state.Load() == closed {            if state.Swap(closed) == closed {
//		return                         →       return
//	}                                      }
//	state.Store(closed)
func setStep(s *edit.Site, test *ast.IfStmt, load *ast.CallExpr, store *ast.ExprStmt) error {
	if test.Init != nil || test.Else != nil {
		return errors.New("the Store or the test is part of another statement")
	}
	value := ast.Unparen(store.X).(*ast.CallExpr).Args
	s.ReplaceExpr(s.Expr(load), edit.Call(sibling(s, load, "Swap"), append(address(s, load), s.Use(value[len(value)-1]))...))
	s.Delete(s.Stmt(store))
	return nil
}

// sharedIn returns a field or package variable that an expression reads, nil if
// it reads none.
func sharedIn(s *edit.Site, value ast.Expr) (found *types.Var) {
	ast.Inspect(value, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, _ := s.Pkg.Info.Uses[id].(*types.Var)
			if v != nil && (v.IsField() || v.Kind() == types.PackageVar) {
				found = v
			}
		}
		return found == nil
	})
	return found
}

// rootsOf returns what a Load shows to lead somewhere: s, by s.state.Load().
func rootsOf(load *ast.CallExpr) (all []ast.Expr) {
	if sel, ok := ast.Unparen(load.Fun).(*ast.SelectorExpr); ok {
		if field, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok {
			all = append(all, field.X)
		}
	}
	return all
}

// testAround returns the if statement in whose condition a call stands.
func testAround(s *edit.Site, load *ast.CallExpr) (test *ast.IfStmt) {
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if st, ok := n.(*ast.IfStmt); ok && edit.Within(st.Cond, load) {
			test = st
		}
		return true
	})
	return test
}

// expected returns the value that must be found for the Store to follow, and
// whether the test is true then. inside says that the Store stands in the body
// of the test.
func expected(s *edit.Site, cond ast.Expr, load *ast.CallExpr, inside bool) (old dst.Expr, equal bool, err error) {
	switch x := ast.Unparen(cond).(type) {
	case *ast.CallExpr:
		return edit.Ident(strconv.FormatBool(inside)), inside, nil
	case *ast.UnaryExpr:
		return edit.Ident(strconv.FormatBool(!inside)), inside, nil
	case *ast.BinaryExpr:
		if ast.Unparen(x.X) == load && s.Match.Pkg.Pure(x.Y) {
			return s.Use(x.Y), x.Op == token.EQL, nil
		}
	}
	return nil, false, errors.New("the condition tests more than the Load")
}

// callAlone returns the statement that is nothing but a call.
func callAlone(s *edit.Site, c *ast.CallExpr) (found *ast.ExprStmt) {
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if st, ok := n.(*ast.ExprStmt); ok && ast.Unparen(st.X) == c {
			found = st
		}
		return true
	})
	return found
}

// sibling returns the method or function beside the Load of a call: x.Load()
// gives x.Add, atomic.LoadInt32(&x) gives atomic.AddInt32.
func sibling(s *edit.Site, load *ast.CallExpr, name string) dst.Expr {
	if dotted, ok := ast.Unparen(load.Fun).(*ast.Ident); ok {
		return s.Qualified("sync/atomic", name+strings.TrimPrefix(dotted.Name, "Load"))
	}
	fun := ast.Unparen(load.Fun).(*ast.SelectorExpr)
	return edit.Sel(s.Copy(fun.X), name+strings.TrimPrefix(fun.Sel.Name, "Load"))
}

// address returns the first argument of a function of sync/atomic.
func address(s *edit.Site, load *ast.CallExpr) (args []dst.Expr) {
	for _, arg := range load.Args {
		args = append(args, s.Copy(arg))
	}
	return args
}

// addStep replaces a Store of what was loaded plus something by an Add.
func addStep(s *edit.Site, load, act *ast.CallExpr) error {
	sum, ok := ast.Unparen(act.Args[len(act.Args)-1]).(*ast.BinaryExpr)
	if !ok || ast.Unparen(sum.X) != load {
		return errors.New("what is stored is no sum that begins with the Load")
	}
	if at := limits(s, load); at != nil {
		return fmt.Errorf("line %d tests the value: between the two others could come, and it would have to be one step", around.Line(s, at))
	}
	if !s.Match.Pkg.Pure(sum.Y) {
		return errors.New("what is added is computed with an effect, or may block")
	}
	delta := s.Use(sum.Y)
	if sum.Op == token.SUB {
		basic, ok := s.Pkg.Info.TypeOf(sum).Underlying().(*types.Basic)
		if !ok || basic.Info()&types.IsUnsigned != 0 {
			return fmt.Errorf("an unsigned number cannot be taken away by Add")
		}
		if _, plain := ast.Unparen(sum.Y).(*ast.BinaryExpr); plain {
			delta = &dst.ParenExpr{X: delta}
		}
		delta = &dst.UnaryExpr{Op: token.SUB, X: delta}
	}
	s.ReplaceExpr(s.Expr(act), edit.Call(sibling(s, load, "Add"), append(address(s, load), delta)...))
	return nil
}

// limits returns a test around a Load, or one before it that leaves, which looks at the same atomic
// or at what it gave, or calls a function of the package that does.
//
//	if n.Load() < limit {
//		n.Store(n.Load() + 1)
//	}
func limits(s *edit.Site, load *ast.CallExpr) (found ast.Node) {
	known, atomic := knownOf(s, load), atomicOf(s, load)
	asks := func(n ast.Node) bool {
		return atomic != nil && around.Reaches(s, n, atomic, map[*ast.FuncDecl]bool{}) || slices.ContainsFunc(known, func(text string) bool { return around.Mentions(n, text) })
	}
	ast.Inspect(around.InnermostFunction(s.Match.Decl, load), func(n ast.Node) bool {
		if n == nil || found != nil || n.Pos() >= load.Pos() {
			return false
		}
		within := edit.StandsIn(load, n)
		switch n := n.(type) {
		case *ast.IfStmt:
			if asks(n.Cond) && !edit.StandsIn(load, n.Cond) && (within || around.LeavesAlways(n.Body)) {
				found = n
			}
		case *ast.ForStmt:
			if n.Cond != nil && within && asks(n.Cond) {
				found = n
			}
		case *ast.SwitchStmt:
			if within && (n.Tag != nil && asks(n.Tag) || slices.ContainsFunc(n.Body.List, func(clause ast.Stmt) bool {
				return slices.ContainsFunc(clause.(*ast.CaseClause).List, func(e ast.Expr) bool { return asks(e) })
			})) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// knownOf returns how a Load is spelled, and the variables before it that are set by another of it.
//
//	ok := n.Load() < limit
func knownOf(s *edit.Site, load *ast.CallExpr) []string {
	known := []string{edit.Spelling(load)}
	ast.Inspect(around.InnermostFunction(s.Match.Decl, load), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && set.End() <= load.Pos() && slices.ContainsFunc(set.Rhs, func(e ast.Expr) bool { return around.Mentions(e, known[0]) }) {
			for _, lhs := range set.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && id.Name != "_" {
					known = append(known, id.Name)
				}
			}
		}
		return true
	})
	return known
}

// atomicOf returns the variable that a Load reads: of n.Load and atomic.LoadInt64(&n) it is n.
func atomicOf(s *edit.Site, load *ast.CallExpr) *types.Var {
	var from ast.Expr
	if len(load.Args) > 0 {
		from = load.Args[0]
	} else {
		from = ast.Unparen(load.Fun).(*ast.SelectorExpr).X
	}
	if address, ok := ast.Unparen(from).(*ast.UnaryExpr); ok {
		from = address.X
	}
	id, ok := ast.Unparen(from).(*ast.Ident)
	if sel, selects := ast.Unparen(from).(*ast.SelectorExpr); selects {
		id, ok = sel.Sel, true
	}
	if !ok {
		return nil
	}
	v, _ := s.Match.Pkg.Use(id).(*types.Var)
	return v
}
