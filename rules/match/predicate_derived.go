package match

import (
	"go/ast"
	"go/token"
	"go/types"
)

var derivedPredicate = predicate{
	doc: "the value is computed from the variable, in one step or by way of other variables; what is merely the same object again is not",
	params: []parameter{
		{name: "value", doc: "an expression"},
		{name: "from", doc: "a local variable, used before the value in the same function"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		value, ok := a.node("value").(ast.Expr)
		from := a.variableOf(a.node("from"))
		if !ok || from == nil || !a.derives(value, from) {
			return true
		}
		return yield(answer{})
	},
}

// derives reports whether value depends on what the variable from holds, by
// the assignments that stand between the two, in their order.
func (q *query) derives(value ast.Expr, from *types.Var) bool {
	fn := q.function(value)
	if fn == nil || q.isAlias(fn, value, from) {
		return false
	}
	known := map[*types.Var]bool{from: true}
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok && assign.Pos() < value.Pos() {
			q.spread(known, assign, q.alwaysBefore(assign, value))
		}
		return true
	})
	return q.mentionsAny(value, known)
}

// alwaysBefore reports whether a statement stands in a block around n, so that
// it has run whenever n does.
func (q *query) alwaysBefore(statement ast.Stmt, n ast.Node) bool {
	path := q.path(statement)
	for i := len(path) - 2; i >= 0; i-- {
		switch path[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return covers(path[i], n.Pos())
		}
	}
	return false
}

// spread adds the variables that an assignment computes from known ones. If it
// is sure to run, it also takes out those that it sets to something else.
func (q *query) spread(known map[*types.Var]bool, assign *ast.AssignStmt, sure bool) {
	for i, left := range assign.Lhs {
		v := q.variableOf(left)
		if v == nil || v.IsField() {
			continue
		}
		right := assign.Rhs[min(i, len(assign.Rhs)-1)]
		_, asserts := ast.Unparen(right).(*ast.TypeAssertExpr)
		holds := asserts && i == 1 // whether the assertion held says nothing of the value
		switch {
		case !holds && q.mentionsAny(right, known):
			known[v] = true
		case assign.Tok == token.ASSIGN && sure:
			delete(known, v)
		}
	}
}

func (q *query) mentionsAny(x ast.Node, known map[*types.Var]bool) (found bool) {
	q.pkg.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := q.pkg.Use(id).(*types.Var)
			found = found || isVar && known[v]
		}
		return !found
	})
	return found
}

// isAlias reports whether value is the object that from refers to: from
// itself, its type asserted or not, or a variable that was set to that.
func (q *query) isAlias(fn ast.Node, value ast.Expr, from *types.Var) bool {
	t := q.typeOf(value)
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Chan, *types.Map, *types.Interface, *types.Signature:
	default:
		return false // a copy, which may have been changed since
	}
	for {
		switch x := ast.Unparen(value).(type) {
		case *ast.TypeAssertExpr:
			value = x.X
			continue
		case *ast.Ident:
			v := q.variableOf(x)
			if v == from {
				return true
			}
			if v == nil || v.Kind() != types.LocalVar || q.assignments(fn, v) != 1 {
				return false
			}
			initial, ok := q.initial(fn, v)
			if !ok || initial == nil {
				return false
			}
			value = initial
			continue
		}
		return false
	}
}

// assignments counts how often a variable is set in a function, its
// declaration included; taking its address counts as one more.
func (q *query) assignments(fn ast.Node, v *types.Var) (count int) {
	is := func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && q.pkg.ObjectOf(id) == types.Object(v)
	}
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		for _, left := range assigned(n) {
			if is(left) {
				count++
			}
		}
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, name := range n.Names {
				if is(name) {
					count++
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && is(n.X) {
				count++
			}
		}
		return true
	})
	return count
}
