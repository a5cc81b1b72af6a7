package plan

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// mindResets makes a fix unsafe that takes out the receive from a timer which another function
// may set again meanwhile: that would have ended the wait.
//
//	if !s.timer.Stop() {
//		<-s.timer.C // until s.timer.Reset(d) elsewhere
//	}
func mindResets(s *edit.Site) {
	if s.Match.Rule.ID != "timerdrain" {
		return
	}
	timer, ok := s.Bound("$t").(ast.Expr)
	if !ok {
		return
	}
	v := around.VariableIn(s.Match.Pkg, timer)
	if v == nil {
		return
	}
	timers, waiting := handedAs(s, v)
	if reset := resetElsewhere(s, timers, waiting); reset != nil {
		at := s.Match.Pkg.Fset.Position(reset.Pos())
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s:%d sets the timer again: if that can come meanwhile, it ends the wait", filepath.Base(at.Filename), at.Line))
	}
}

// handedAs returns a variable, and the fields and package variables that the package hands to the
// function where it is a parameter: drain(s.timer). Who calls it waits for it, and is waiting too.
func handedAs(s *edit.Site, v *types.Var) (all map[*types.Var]bool, waiting map[ast.Node]bool) {
	all = map[*types.Var]bool{v.Origin(): true}
	waiting = map[ast.Node]bool{around.InnermostFunction(s.Match.Decl, s.Match.At): true}
	decl, ok := s.Match.Decl.(*ast.FuncDecl)
	if !ok || v.Kind() != types.ParamVar {
		return all, waiting
	}
	pkg, fn := s.Match.Pkg, s.Match.Pkg.Info.Defs[decl.Name]
	at := parameterAt(fn, v)
	for _, file := range pkg.Files {
		pkg.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && at >= 0 && at < len(call.Args) && around.Origin(pkg.Callee(call)) == fn {
				if given := around.VariableIn(pkg, call.Args[at]); given != nil && (given.IsField() || given.Kind() == types.PackageVar) {
					all[given.Origin()] = true
					waiting[around.InnermostFunction(file, call)] = true
				}
			}
			return true
		})
	}
	return all, waiting
}

// parameterAt returns which of a function's parameters a variable is, -1 for none.
func parameterAt(fn types.Object, v *types.Var) int {
	if f, ok := fn.(*types.Func); ok {
		for i := range f.Signature().Params().Len() {
			if f.Signature().Params().At(i) == v {
				return i
			}
		}
	}
	return -1
}

// waitsFor reports whether a call comes only when one of some functions that wait has gone on: it
// stands in it, maybe in a literal that the function calls, and does not start or hand on.
func waitsFor(file ast.Node, waiting map[ast.Node]bool, call *ast.CallExpr) (waits bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || !edit.Within(n, call) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			waits = waits || waiting[n]
		case *ast.GoStmt:
			waits = waits && !edit.Within(n.Call.Fun, call)
		case *ast.CallExpr:
			waits = waits && !slices.ContainsFunc(n.Args, func(arg ast.Expr) bool { return edit.Within(arg, call) })
		}
		return true
	})
	return waits
}

// resetElsewhere returns a call of Reset of the timer that one of some variables holds, in a function
// or literal that is not waiting.
func resetElsewhere(s *edit.Site, timers map[*types.Var]bool, waiting map[ast.Node]bool) (reset *ast.CallExpr) {
	pkg := s.Match.Pkg
	for _, file := range pkg.Files {
		pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || reset != nil {
				return reset == nil
			}
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Reset" && !waitsFor(file, waiting, call) {
				if timer := around.VariableIn(pkg, sel.X); timer != nil && timers[timer.Origin()] {
					reset = call
				}
			}
			return reset == nil
		})
	}
	return reset
}
