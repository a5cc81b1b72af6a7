package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// An awaitedCount is a field whose number the loop around a Wait compares, and
// the direction in which it must change for the Wait to end.
type awaitedCount struct {
	field types.Object
	grows bool
}

// countedSilently returns what changes a counter, or the length of a list, in the
// direction that a Wait waits for, in a function that signals nothing, nor does
// anybody who calls it.
func (f *Facts) countedSilently(c *condClass, cond ast.Expr) (found ast.Node) {
	count, ok := f.awaitedCount(cond)
	if !ok {
		return nil
	}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			st, ok := n.(ast.Stmt)
			if !ok || found != nil || !f.movesCount(st, count) {
				return found == nil
			}
			decl, ok := functionOf(stack).(*ast.FuncDecl)
			if fn, _ := functionAt(stack); ok && fn == ast.Node(decl) && !f.inTest(st) && !f.signalsSomewhere(decl, c) && !f.makesItsCond(decl, c) {
				found = st
			}
			return found == nil
		})
	}
	return found
}

// awaitedCount returns the count of a condition that is one comparison.
func (f *Facts) awaitedCount(cond ast.Expr) (count awaitedCount, ok bool) {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return count, false
	}
	x := ast.Unparen(b.X)
	if call, isCall := x.(*ast.CallExpr); isCall && len(call.Args) == 1 && f.isBuiltin(call, "len") {
		x = ast.Unparen(call.Args[0])
	}
	sel, ok := x.(*ast.SelectorExpr)
	if !ok {
		return count, false
	}
	v, ok := f.pkg.ObjectOf(sel.Sel).(*types.Var)
	if !ok || !v.IsField() {
		return count, false
	}
	value := f.pkg.Info.Types[b.Y].Value
	zero := value != nil && value.Kind() == constant.Int && constant.Sign(value) == 0
	switch b.Op {
	case token.GTR, token.GEQ:
		return awaitedCount{field: v}, true
	case token.LSS, token.LEQ:
		return awaitedCount{v, true}, true
	case token.EQL:
		return awaitedCount{v, true}, zero
	}
	return count, false
}

// movesCount reports whether a statement counts a field up or down, as asked, or
// appends to it.
func (f *Facts) movesCount(st ast.Stmt, count awaitedCount) bool {
	switch st := st.(type) {
	case *ast.IncDecStmt:
		return f.field(st.X) == count.field && (st.Tok == token.INC) == count.grows
	case *ast.AssignStmt:
		if len(st.Lhs) != 1 || len(st.Rhs) != 1 || f.field(st.Lhs[0]) != count.field {
			return false
		}
		call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
		return st.Tok == token.ADD_ASSIGN && count.grows || st.Tok == token.SUB_ASSIGN && !count.grows ||
			ok && count.grows && len(call.Args) > 1 && f.isBuiltin(call, "append") && f.isSelf(st.Lhs[0], call)
	}
	return false
}

// isSelf reports whether an append adds to, or puts something before, what it is
// assigned to.
func (f *Facts) isSelf(list ast.Expr, call *ast.CallExpr) bool {
	for i, arg := range call.Args {
		if f.same(arg, list) && (i == 0 || call.Ellipsis.IsValid()) {
			return true
		}
	}
	return false
}

// makesItsCond reports whether a function makes a Cond: nobody waits yet for what it sets.
func (f *Facts) makesItsCond(decl *ast.FuncDecl, c *condClass) (makes bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		makes = makes || f.givesCond(n, c)
		return !makes
	})
	return makes
}
