package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// decides returns the if statement that lets a function come to a store only if a look has found nothing:
// it stands around the store, or leaves before it where something was found.
func (f *Facts) decides(fn ast.Node, look, store use) (test *ast.IfStmt) {
	found, words := f.foundBy(look)
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		st, ok := n.(*ast.IfStmt)
		if !ok || test != nil || st.Pos() >= store.at.Pos() || st.End() <= look.at.Pos() {
			return
		}
		missing, present := f.says(st.Cond, look, found, words)
		switch {
		case contains(st.Body, store.at) && missing,
			st.Else != nil && contains(st.Else, store.at) && present,
			!contains(st, store.at) && st.End() < store.at.Pos() && present && leaves(st.Body):
			test = st
		}
	})
	return test
}

// foundBy returns the variables that a look sets: the element, and whether there is one.
func (f *Facts) foundBy(look use) (element, ok types.Object) {
	st, is := look.stack[len(look.stack)-1].(*ast.AssignStmt)
	if !is || len(st.Rhs) != 1 {
		return nil, nil
	}
	first := f.variable(st.Lhs[0])
	if first != nil && isBool(first.Type()) && len(st.Lhs) == 1 {
		return nil, first
	}
	if len(st.Lhs) == 2 {
		if second := f.variable(st.Lhs[1]); second != nil && isBool(second.Type()) {
			ok = second
		}
	}
	if first != nil {
		element = first
	}
	return element, ok
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// says tells what a condition says of a look where it is true: that nothing is there, or, where it is
// false, that something is (missing); that something is there, and nothing where it is false (present).
func (f *Facts) says(cond ast.Expr, look use, element, ok types.Object) (missing, present bool) {
	switch x := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			present, missing = f.says(x.X, look, element, ok)
		}
	case *ast.Ident:
		present = ok != nil && f.pkg.Use(x) == ok
	case *ast.CallExpr, *ast.SelectorExpr:
		present = ast.Node(x) == look.at && isBool(f.pkg.TypeOf(x.(ast.Expr)))
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND:
			m1, _ := f.says(x.X, look, element, ok)
			m2, _ := f.says(x.Y, look, element, ok)
			return m1 || m2, false
		case token.LOR:
			_, p1 := f.says(x.X, look, element, ok)
			_, p2 := f.says(x.Y, look, element, ok)
			return false, p1 || p2
		case token.EQL, token.NEQ:
			if !f.pkg.IsNil(x.Y) || !f.isElement(x.X, look, element) {
				return false, false
			}
			return x.Op == token.EQL, x.Op == token.NEQ
		}
	}
	return missing, present
}

// isElement reports whether an expression is what a look has found.
func (f *Facts) isElement(x ast.Expr, look use, element types.Object) bool {
	x = ast.Unparen(x)
	if v := f.variable(x); v != nil {
		return element != nil && types.Object(v) == element
	}
	return ast.Node(x) == look.at
}

// leaves reports whether a block ends in a statement that goes elsewhere.
func leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}
