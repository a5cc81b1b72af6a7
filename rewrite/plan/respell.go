package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// respell refuses where an expression, written again at a later place, could
// mean something else: a name that is hidden or out of scope there, an operand
// that is not a plain name, field or index.
func respell(pkg *facts.Package, e ast.Expr, at token.Pos) error {
	switch e := e.(type) {
	case *ast.Ident:
		return sameName(pkg, e, at)
	case *ast.ParenExpr:
		return respell(pkg, e.X, at)
	case *ast.StarExpr:
		return respell(pkg, e.X, at)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return respell(pkg, e.X, at)
		}
	case *ast.SelectorExpr:
		return respell(pkg, e.X, at)
	case *ast.IndexExpr:
		if pkg.Info.Types[e.Index].Value != nil {
			return respell(pkg, e.X, at)
		}
		if id, ok := ast.Unparen(e.Index).(*ast.Ident); ok {
			if err := sameName(pkg, id, at); err != nil {
				return err
			}
			return respell(pkg, e.X, at)
		}
	}
	return fmt.Errorf("%s cannot be written a second time and mean the same", exprText(e))
}

// sameName refuses where a name means something else at a place.
func sameName(pkg *facts.Package, id *ast.Ident, at token.Pos) error {
	obj := pkg.Info.ObjectOf(id)
	scope := pkg.Types.Scope().Innermost(at)
	if scope == nil {
		return fmt.Errorf("internal: no scope at line %d", pkg.Fset.Position(at).Line)
	}
	if _, there := scope.LookupParent(id.Name, at); there != obj || obj == nil {
		return fmt.Errorf("%s means something else at line %d", id.Name, pkg.Fset.Position(at).Line)
	}
	return nil
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
		for _, lhs := range assignedBy(n) {
			if v := assignedVar(h.pkg, lhs); v != nil && leads[v] && from < lhs.Pos() && lhs.Pos() < to {
				err = fmt.Errorf("%s is assigned at line %d: the lock to release may be another then", exprText(lhs), h.line(lhs))
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
		touched := assignedBy(n)
		addr, addressed := n.(*ast.UnaryExpr)
		if addressed && addr.Op == token.AND {
			touched = []ast.Expr{addr.X}
		}
		for _, e := range touched {
			id, ok := ast.Unparen(e).(*ast.Ident)
			if ok && h.pkg.Info.Uses[id] == types.Object(v) && (addressed || !h.within(stack)) {
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

// leading returns the variables and fields that an expression reads.
func leading(pkg *facts.Package, e ast.Expr) map[*types.Var]bool {
	vars := map[*types.Var]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := pkg.Info.Uses[id].(*types.Var); ok {
				vars[v] = true
			}
		}
		return true
	})
	return vars
}

// assignedBy returns what a statement assigns to, or takes elements out of.
func assignedBy(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		var lhs []ast.Expr
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				lhs = append(lhs, e)
			}
		}
		return lhs
	}
	return nil
}

// assignedVar returns the variable or field that an assignment to e changes.
func assignedVar(pkg *facts.Package, e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := pkg.Info.Uses[e].(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := pkg.Info.Uses[e.Sel].(*types.Var)
		return v
	case *ast.StarExpr:
		return assignedVar(pkg, e.X)
	case *ast.IndexExpr:
		return assignedVar(pkg, e.X) // an element: the lock may be in it
	}
	return nil
}
