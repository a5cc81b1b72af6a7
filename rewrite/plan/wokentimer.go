package plan

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"

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
	if v == nil || !v.IsField() && v.Kind() != types.PackageVar {
		return
	}
	if reset := resetElsewhere(s, v); reset != nil {
		at := s.Match.Pkg.Fset.Position(reset.Pos())
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s:%d sets the timer again: if that can come meanwhile, it ends the wait", filepath.Base(at.Filename), at.Line))
	}
}

// resetElsewhere returns a call of Reset, in another function, of the timer that a field or
// variable of the package holds.
func resetElsewhere(s *edit.Site, v *types.Var) (reset *ast.CallExpr) {
	pkg, here := s.Match.Pkg, around.InnermostFunction(s.Match.Decl, s.Match.At)
	for _, file := range pkg.Files {
		pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || reset != nil || n == here {
				return reset == nil && n != here
			}
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Reset" {
				if timer := around.VariableIn(pkg, sel.X); timer != nil && timer.Origin() == v.Origin() {
					reset = call
				}
			}
			return reset == nil
		})
	}
	return reset
}
