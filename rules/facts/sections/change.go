package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// changes returns what a statement does to a place, nothing where it sets it to something else.
func (f *Facts) changes(st ast.Stmt, x ast.Expr) change {
	switch st := st.(type) {
	case *ast.IncDecStmt:
		if st.Tok == token.INC {
			return adds
		}
		return takes
	case *ast.AssignStmt:
		switch {
		case len(st.Lhs) != 1 || len(st.Rhs) != 1:
			return nothing
		case st.Tok == token.ADD_ASSIGN:
			return adds
		case st.Tok == token.SUB_ASSIGN:
			return takes
		case st.Tok == token.ASSIGN:
			return f.changesSlice(x, st.Rhs[0])
		}
	}
	return nothing
}

// changesSlice tells what a slice is set to that is made of it: append(x, …), x[1:].
func (f *Facts) changesSlice(x, value ast.Expr) change {
	words := types.ExprString(x)
	switch v := ast.Unparen(value).(type) {
	case *ast.CallExpr:
		if f.isBuiltin(v, "append") && len(v.Args) > 1 && types.ExprString(v.Args[0]) == words {
			return adds
		}
	case *ast.SliceExpr:
		if types.ExprString(v.X) == words && !f.empties(v) {
			return takes
		}
	}
	return nothing
}

// empties reports whether a slice is cut to nothing, however much there was.
func (f *Facts) empties(x *ast.SliceExpr) bool {
	if x.High == nil {
		return false
	}
	n := f.pkg.Info.Types[x.High].Value
	return n != nil && n.ExactString() == "0"
}

// ofField returns what a method is that looks at one number or slice of its receiver, or adds to it or
// takes from it without having looked, and does nothing else with what it guards.
func (f *Facts) ofField(fn *types.Func, decl *ast.FuncDecl) *helper {
	recv := fn.Signature().Recv()
	h, plain := &helper{key: -1, value: -1}, recv != nil
	f.pkg.PreorderStack(decl.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt, *ast.SendStmt:
			plain = false
		case *ast.CallExpr:
			plain = plain && f.harmless(n)
		case *ast.SelectorExpr:
			if v, _ := f.pkg.Use(n.Sel).(*types.Var); v != nil && v.IsField() && f.rootOf(n.X) == types.Object(recv) && !f.isLock(v.Type()) {
				plain = plain && f.isNumber(v.Type()) && (h.of == nil || h.of == v) && f.noted(h, n, stack)
				h.of = v
			}
		}
		return plain
	})
	if !plain || h.of == nil || h.does == nothing && fn.Signature().Results().Len() == 0 {
		return nil
	}
	return h
}

// noted notes what is done to a field at a place, and reports whether it may be no more than that.
func (f *Facts) noted(h *helper, sel *ast.SelectorExpr, stack []ast.Node) bool {
	for _, n := range stack {
		if test, ok := n.(*ast.IfStmt); ok && contains(test.Cond, sel) {
			return false // it decides by itself
		}
	}
	switch st := stack[len(stack)-1].(type) {
	case *ast.IncDecStmt:
		h.does = f.changes(st, sel)
	case *ast.AssignStmt:
		if len(st.Lhs) == 1 && st.Lhs[0] == ast.Expr(sel) {
			h.does = f.changes(st, sel)
			return h.does != nothing
		}
	}
	return true
}

func (f *Facts) isLock(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && f.isSync(named)
}
