package locks

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// leading returns the variables and fields that an expression reads.
func leading(pkg *facts.Package, e ast.Expr) map[*types.Var]bool {
	vars := map[*types.Var]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := pkg.Use(id).(*types.Var); ok {
				vars[v] = true
			}
		}
		return true
	})
	return vars
}

// unmoved refuses where a variable, field or index that leads to the lock is
// assigned between two places of the text: the lock to release may then be
// another. The statements of function literals count.
func (h *holding) unmoved(from, to token.Pos) error {
	leads := leading(h.pkg, h.mu)
	var err error
	ast.Inspect(h.body(), func(n ast.Node) bool {
		if n == nil || err != nil || n.End() < from || n.Pos() > to {
			return false
		}
		for _, lhs := range around.AssignedBy(n) {
			if v := around.AssignedVar(h.pkg, lhs); v != nil && leads[v] && from < lhs.Pos() && lhs.Pos() < to {
				err = fmt.Errorf("%s is assigned at line %d: the lock to release may be another then", edit.ExprText(lhs), h.line(lhs))
			}
		}
		return true
	})
	return err
}

// ownRoot refuses where a local pointer that leads to the lock could be assigned
// by what the function calls: through its address, or by a function literal
// that is not this function nor around it.
func (h *holding) ownRoot() error {
	v, ok := h.Lock.Root.(*types.Var)
	if !ok || v.Parent() == h.pkg.Types.Scope() {
		return nil
	}
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer {
		return nil // a variable that holds its lock: it cannot become another
	}
	var err error
	ast.PreorderStack(h.s.Match.Decl, nil, func(n ast.Node, stack []ast.Node) bool {
		touched := around.AssignedBy(n)
		addr, addressed := n.(*ast.UnaryExpr)
		if addressed && addr.Op == token.AND {
			touched = []ast.Expr{addr.X}
		}
		for _, e := range touched {
			id, ok := ast.Unparen(e).(*ast.Ident)
			if ok && h.pkg.Use(id) == types.Object(v) && (addressed || !h.within(stack)) {
				err = fmt.Errorf("%s can be assigned elsewhere, see line %d: the lock to release may be another then", v.Name(), h.line(id))
			}
		}
		return err == nil
	})
	return err
}

// within reports whether the innermost function of a stack is this one, or one
// around it.
func (h *holding) within(stack []ast.Node) bool {
	for _, n := range slices.Backward(stack) {
		switch n.(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return n.Pos() <= h.Func.Pos() && h.Func.End() <= n.End()
		}
	}
	return false
}
