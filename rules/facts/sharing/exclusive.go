package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// An object that works in one of two ways, as a field says that nobody changes, does not
// do what stands under the one while it does what stands under the other:
//
//	if s.loads { s.mu.Lock(); s.sum = load(); s.mu.Unlock() } else { return s.sum }

// exclude reports whether two accesses of an object stand under such conditions.
func (f *Facts) exclude(a, b *Access) bool {
	x := f.waysOf(a)
	if len(x) == 0 {
		return false
	}
	for v, truth := range f.waysOf(b) {
		if other, ok := x[v]; ok && other != truth {
			return true
		}
	}
	return false
}

// waysOf returns what an access knows of the fields of its object that do not change.
func (f *Facts) waysOf(a *Access) map[*types.Var]bool {
	sel, ok := a.Expr.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	owner, ways := types.ExprString(sel.X), map[*types.Var]bool{}
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		switch {
		case !ok:
		case within(check.Body, a.Expr):
			f.learnWay(ways, owner, check.Cond, true)
		case check.Else != nil && within(check.Else, a.Expr):
			f.learnWay(ways, owner, check.Cond, false)
		}
		return within(n, a.Expr)
	})
	return ways
}

// learnWay notes what a condition says that is true or not.
func (f *Facts) learnWay(ways map[*types.Var]bool, owner string, cond ast.Expr, truth bool) {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			f.learnWay(ways, owner, cond.X, !truth)
		}
	case *ast.BinaryExpr:
		if cond.Op == token.LAND && truth || cond.Op == token.LOR && !truth {
			f.learnWay(ways, owner, cond.X, truth)
			f.learnWay(ways, owner, cond.Y, truth)
		}
	case *ast.SelectorExpr:
		v, ok := f.pkg.Use(cond.Sel).(*types.Var)
		if ok && v.IsField() && types.ExprString(cond.X) == owner && !f.switches(v.Origin()) {
			ways[v.Origin()] = truth
		}
	}
}

// switches reports whether a field is written when its object is in use: not where that
// is made, nor by an option, a literal that is returned to be run on what is being made.
func (f *Facts) switches(v *types.Var) bool {
	return f.varies(v) && slices.ContainsFunc(f.accesses[v], func(a *Access) bool {
		return a.Write && !a.fn.initialises() && !a.fn.test && f.ownerOf(a) != Own && !f.isOption(a)
	})
}

// isOption reports whether an access is of a parameter of a literal that the function
// around it returns.
func (f *Facts) isOption(a *Access) bool {
	lit, ok := a.fn.node.(*ast.FuncLit)
	at, known := f.placeOf(a.Expr)
	if !ok || !known || at.root.Kind() != types.ParamVar || !within(lit, &ast.Ident{NamePos: at.root.Pos()}) {
		return false
	}
	returned := false
	f.pkg.Inspect(a.fn.around.body(), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		returned = returned || ok && slices.ContainsFunc(ret.Results, func(e ast.Expr) bool { return ast.Unparen(e) == ast.Expr(lit) })
		return !returned
	})
	return returned
}
