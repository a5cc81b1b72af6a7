package match

import (
	"go/ast"
	"go/token"
	"go/types"
)

// isUsed reports whether a variable is mentioned outside the match, its
// declaration aside.
func isUsed(q *query, n ast.Node, f found) bool {
	return q.mentions(n, func(at token.Pos) bool { return at < f.first().Pos() || f.last().End() <= at })
}

// isUsedAfter reports whether a variable is mentioned where the match may have
// run before: after it, or anywhere in a loop around it that the variable outlives.
func isUsedAfter(q *query, n ast.Node, f found) bool {
	v := q.variableOf(n)
	if v == nil {
		return false
	}
	loop := q.loop(f.first(), v)
	return q.mentions(n, func(at token.Pos) bool {
		return f.last().End() <= at || loop != nil && covers(loop, at)
	})
}

// isUnchanged reports whether the match sets none of the variables in n; what
// they lead to is not asked.
func isUnchanged(q *query, n ast.Node, f found) bool {
	unchanged := true
	q.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, isVar := q.pkg.ObjectOf(id).(*types.Var); isVar && !v.IsField() {
			for _, matched := range f.nodes {
				unchanged = unchanged && q.assignments(matched, v) == 0
			}
		}
		return unchanged
	})
	return unchanged
}

// mentions reports whether the variable that n denotes is used at some place
// of the package that where accepts.
func (q *query) mentions(n ast.Node, where func(token.Pos) bool) (found bool) {
	v := q.variableOf(n)
	if v == nil {
		return false
	}
	for _, region := range q.scopeOf(v) {
		q.pkg.Inspect(region, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && q.pkg.Use(id) == types.Object(v) && where(id.Pos()) {
				found = true
			}
			return !found
		})
	}
	return found
}

// scopeOf returns the code in which v can be mentioned: the declaration around
// a local variable, the package for others.
func (q *query) scopeOf(v *types.Var) (regions []ast.Node) {
	for _, file := range q.pkg.Files {
		for _, decl := range file.Decls {
			if v.IsField() || v.Kind() == types.PackageVar || covers(decl, v.Pos()) {
				regions = append(regions, decl)
			}
		}
	}
	return regions
}

// loop returns the outermost loop around n, of n's function, in which v is not
// declared; nil if there is none.
func (q *query) loop(n ast.Node, v *types.Var) (outermost ast.Node) {
	path := q.path(n)
	for i := len(path) - 1; i >= 0; i-- {
		switch around := path[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if covers(around, v.Pos()) {
				return outermost
			}
			outermost = around
		case *ast.FuncLit, *ast.FuncDecl:
			return outermost
		}
	}
	return outermost
}
