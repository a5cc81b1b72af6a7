package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// looksAgain reports whether the section that acts looks at the same place once more before, in whatever
// words: what it finds decides, or goes into a call, or a function that reads the place returns something.
//
//	if q.Len() == 0 { return nil }
//	q.mu.Lock()
//	if len(q.items) == 0 { … }
//	q.items = q.items[1:]
func (f *Facts) looksAgain(fn ast.Node, look, act use) (again bool) {
	if len(act.by) == 0 {
		return false // a helper acts, and it does not look
	}
	statement := act.stack[len(act.stack)-1]
	a := &lookAgain{f: f, of: act.of, found: map[types.Object]bool{}}
	f.own(bodyOf(fn), func(n ast.Node, stack []ast.Node) {
		if again || n.Pos() <= act.by[0].End() || n.Pos() >= statement.Pos() && !contains(n, statement) {
			return
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			again = f.comparesBefore(fn, n.Cond, act)
		case *ast.Ident:
			again = a.mention(n, stack)
		case *ast.CallExpr:
			again = n.Pos() < statement.Pos() && a.answers(n, 2)
		}
	})
	return again
}

// lookAgain looks for a second look at a field or variable.
type lookAgain struct {
	f     *Facts
	of    *types.Var
	found map[types.Object]bool // what is set to something that is made of it
}

// mention reports whether a name is a look: of the place itself, or of what has been made of it.
func (a *lookAgain) mention(id *ast.Ident, stack []ast.Node) bool {
	v, _ := a.f.pkg.Use(id).(*types.Var)
	if v == nil || v.Origin() != a.of.Origin() && !a.found[v] {
		return false
	}
	element := false // taken out, and not asked for
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.IndexExpr:
			element = element || contains(n.X, id)
		case *ast.IfStmt:
			return contains(n.Cond, id) && !a.onlyOfMap(n.Cond)
		case *ast.ForStmt:
			return n.Cond != nil && contains(n.Cond, id)
		case *ast.SwitchStmt, *ast.CaseClause:
			return true
		case *ast.RangeStmt:
			return contains(n.X, id)
		case *ast.CallExpr:
			if !element && !a.f.harmlessBuiltin(n) && !contains(n.Fun, id) {
				return true
			}
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if w := a.f.variable(lhs); w != nil {
					a.found[w] = true
				}
			}
			if !isInit(n, stack[:i]) {
				return false
			}
		case ast.Stmt:
			return false
		}
	}
	return false
}

// isInit reports whether a statement is the beginning of a loop, which goes on with what it sets.
func isInit(st ast.Stmt, stack []ast.Node) bool {
	loop, ok := stack[len(stack)-1].(*ast.ForStmt)
	return ok && loop.Init == st
}

// onlyOfMap reports whether a condition asks of a map nothing but whether there is one, or how large it is.
func (a *lookAgain) onlyOfMap(cond ast.Expr) bool {
	if _, ok := a.of.Type().Underlying().(*types.Map); !ok {
		return false
	}
	only := true
	a.f.pkg.PreorderStack(cond, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || a.f.pkg.Use(id) != types.Object(a.of) {
			return true
		}
		for _, up := range stack {
			if _, element := up.(*ast.IndexExpr); element {
				only = false
			}
		}
		return true
	})
	return only
}

// comparesBefore reports whether a condition compares a field with what it was before the section: a
// generation, a version.
func (f *Facts) comparesBefore(fn ast.Node, cond ast.Expr, act use) (compares bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if ok && (b.Op == token.EQL || b.Op == token.NEQ) {
			compares = compares || f.keptBefore(fn, b.X, b.Y, act) || f.keptBefore(fn, b.Y, b.X, act)
		}
		return !compares
	})
	return compares
}

// keptBefore reports whether a local variable has been set to a field, as it is spelled, before a section.
func (f *Facts) keptBefore(fn ast.Node, field, local ast.Expr, act use) (kept bool) {
	v := f.variable(local)
	if _, ok := ast.Unparen(field).(*ast.SelectorExpr); !ok || v == nil {
		return false
	}
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		st, ok := n.(*ast.AssignStmt)
		if !ok || st.Pos() > act.by[0].Pos() || len(st.Lhs) != len(st.Rhs) {
			return
		}
		for i, lhs := range st.Lhs {
			kept = kept || f.variable(lhs) == v && types.ExprString(st.Rhs[i]) == types.ExprString(field)
		}
	})
	return kept
}

// harmlessBuiltin reports whether a call copies, or gives the length of something, or a longer one.
func (f *Facts) harmlessBuiltin(call *ast.CallExpr) bool {
	return f.isBuiltin(call, "len") || f.isBuiltin(call, "cap") || f.isBuiltin(call, "append") || f.isBuiltin(call, "copy") || f.isBuiltin(call, "delete")
}

// answers reports whether a call runs a function of the package that reads the place, and says something
// of it.
func (a *lookAgain) answers(call *ast.CallExpr, depth int) (reads bool) {
	decl := a.f.pkg.Body(call)
	if decl == nil || decl.Body == nil || depth == 0 || depth == 2 && decl.Type.Results.NumFields() == 0 {
		return false
	}
	a.f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		reads = reads || ok && a.answers(call, depth-1)
		return !reads
	})
	return reads || a.f.names(decl.Body, a.of)
}
