package locks

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// outOfIterators refuses a way out of a loop over a function that began with the lock
// held: the function goes on when the body has left, to clean up, and did so under the lock
// on the other ways.
//
//	for x := range l.drain() {
//		if big(x) {
//			l.mu.Unlock()
//			return x // drain still writes what is left to l.items
//		}
//	}
//	l.mu.Unlock()
func (h *holding) outOfIterators(out ast.Stmt) (err error) {
	ast.Inspect(h.Func, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if ok && err == nil && edit.StandsIn(out, loop.Body) && !edit.StandsIn(h.Call, loop) && h.goesOn(loop) && leaves(out, loop) {
			err = fmt.Errorf("the function that line %d ranges over runs on behind line %d, maybe on what the lock guards", h.line(loop), h.line(out))
		}
		return err == nil
	})
	return err
}

// goesOn reports whether a loop is over a function that may do something when the
// body has left: those of the standard library do not.
func (h *holding) goesOn(loop *ast.RangeStmt) bool {
	t := h.pkg.TypeOf(loop.X)
	if t == nil {
		return false
	}
	if _, isFunc := t.Underlying().(*types.Signature); !isFunc {
		return false
	}
	call, ok := ast.Unparen(loop.X).(*ast.CallExpr)
	if !ok {
		return true
	}
	fn, ok := h.pkg.Callee(call).(*types.Func)
	return !ok || fn.Pkg() == nil || fn.Pkg().Path() != "slices" && fn.Pkg().Path() != "maps"
}

// leaves reports whether a return or branch in the body of a loop ends the loop.
func leaves(out ast.Stmt, loop *ast.RangeStmt) bool {
	branch, ok := out.(*ast.BranchStmt)
	if !ok || branch.Label != nil {
		return true
	}
	around := ast.Stmt(nil) // the innermost that an unlabelled break or continue is for
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if edit.StandsIn(out, n) {
				around = n.(ast.Stmt)
			}
		}
		return true
	})
	return around == ast.Stmt(loop)
}
