package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules"
)

// atomicStep makes a Load of an atomic, a test of it and the Store right behind
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
func atomicStep(s *Site) error {
	load, ok := s.Bound("$load").(*ast.CallExpr)
	act, ok2 := s.Bound("$act").(*ast.CallExpr)
	if !ok || !ok2 {
		return errors.New("internal: the rule binds no calls")
	}
	if within(act, load) {
		return s.addStep(load, act)
	}
	return s.swapStep(load, act)
}

// swapStep replaces the test by a CompareAndSwap, and deletes the Store.
func (s *Site) swapStep(load, act *ast.CallExpr) error {
	test := s.testAround(load)
	if test == nil {
		return errors.New("internal: no if statement tests the Load")
	}
	store := s.callAlone(act)
	old, equal, err := s.expected(test.Cond, load, store != nil && within(test.Body, store))
	if err != nil {
		return err
	}
	value := act.Args[len(act.Args)-1]
	switch {
	case store == nil || test.Init != nil:
		return errors.New("the Store or the test is part of another statement")
	case !s.Match.Pkg.Pure(value):
		return errors.New("the new value is computed with an effect, or may block")
	case equal != within(test.Body, store):
		return errors.New("the Store does not stand where the test was true")
	}
	if because, panics := s.Match.Pkg.CanPanic(value, rootsOf(load)...); panics {
		return fmt.Errorf("the new value would be computed whatever the test says, and that can panic: %s", because)
	}
	if v := s.sharedIn(value); v != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s is then read whatever the test says, and others may be writing it", v.Name()))
	}
	swap := call(s.sibling(load, "CompareAndSwap"), append(s.address(load), old, s.Use(value))...)
	if !equal {
		s.ReplaceExpr(s.Expr(test.Cond), &dst.UnaryExpr{Op: token.NOT, X: swap})
	} else {
		s.ReplaceExpr(s.Expr(test.Cond), swap)
	}
	s.Delete(s.Stmt(store))
	return nil
}

// sharedIn returns a field or package variable that an expression reads, nil if
// it reads none.
func (s *Site) sharedIn(value ast.Expr) (found *types.Var) {
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
func (s *Site) testAround(load *ast.CallExpr) (test *ast.IfStmt) {
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if st, ok := n.(*ast.IfStmt); ok && within(st.Cond, load) {
			test = st
		}
		return true
	})
	return test
}

// expected returns the value that must be found for the Store to follow, and
// whether the test is true then. inside says that the Store stands in the body
// of the test.
func (s *Site) expected(cond ast.Expr, load *ast.CallExpr, inside bool) (old dst.Expr, equal bool, err error) {
	switch x := ast.Unparen(cond).(type) {
	case *ast.CallExpr:
		return ident(strconv.FormatBool(inside)), inside, nil
	case *ast.UnaryExpr:
		return ident(strconv.FormatBool(!inside)), inside, nil
	case *ast.BinaryExpr:
		if ast.Unparen(x.X) == load && s.Match.Pkg.Pure(x.Y) {
			return s.Use(x.Y), x.Op == token.EQL, nil
		}
	}
	return nil, false, errors.New("the condition tests more than the Load")
}

// callAlone returns the statement that is nothing but a call.
func (s *Site) callAlone(c *ast.CallExpr) (found *ast.ExprStmt) {
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
func (s *Site) sibling(load *ast.CallExpr, name string) dst.Expr {
	fun := ast.Unparen(load.Fun).(*ast.SelectorExpr)
	return sel(s.Copy(fun.X), name+strings.TrimPrefix(fun.Sel.Name, "Load"))
}

// address returns the first argument of a function of sync/atomic.
func (s *Site) address(load *ast.CallExpr) (args []dst.Expr) {
	for _, arg := range load.Args {
		args = append(args, s.Copy(arg))
	}
	return args
}

// addStep replaces a Store of what was loaded plus something by an Add.
func (s *Site) addStep(load, act *ast.CallExpr) error {
	sum, ok := ast.Unparen(act.Args[len(act.Args)-1]).(*ast.BinaryExpr)
	if !ok || ast.Unparen(sum.X) != load {
		return errors.New("what is stored is no sum that begins with the Load")
	}
	if _, isSelector := ast.Unparen(load.Fun).(*ast.SelectorExpr); !isSelector {
		return errors.New("the function of sync/atomic is called by another name")
	}
	if at := s.limits(load); at != nil {
		return fmt.Errorf("line %d tests the value: between the two others could come, and it would have to be one step", s.line(at))
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
	s.ReplaceExpr(s.Expr(act), call(s.sibling(load, "Add"), append(s.address(load), delta)...))
	return nil
}

// limits returns a test around a Load, or one before it that leaves, which looks at the same atomic
// or at what it gave, or calls a function of the package that does.
//
//	if n.Load() < limit {
//		n.Store(n.Load() + 1)
//	}
func (s *Site) limits(load *ast.CallExpr) (found ast.Node) {
	known, atomic := s.knownOf(load), s.atomicOf(load)
	asks := func(n ast.Node) bool {
		return atomic != nil && s.reaches(n, atomic, map[*ast.FuncDecl]bool{}) || slices.ContainsFunc(known, func(text string) bool { return mentions(n, text) })
	}
	ast.Inspect(functionAround(s.Match.Decl, load), func(n ast.Node) bool {
		if n == nil || found != nil || n.Pos() >= load.Pos() {
			return false
		}
		within := standsIn(load, n)
		switch n := n.(type) {
		case *ast.IfStmt:
			if asks(n.Cond) && !standsIn(load, n.Cond) && (within || leavesAlways(n.Body)) {
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
func (s *Site) knownOf(load *ast.CallExpr) []string {
	known := []string{spelling(load)}
	ast.Inspect(functionAround(s.Match.Decl, load), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && set.End() <= load.Pos() && slices.ContainsFunc(set.Rhs, func(e ast.Expr) bool { return mentions(e, known[0]) }) {
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
func (s *Site) atomicOf(load *ast.CallExpr) *types.Var {
	from := ast.Unparen(load.Fun).(*ast.SelectorExpr).X
	if len(load.Args) > 0 {
		from = load.Args[0]
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
	v, _ := s.Match.Pkg.Info.Uses[id].(*types.Var)
	return v
}
