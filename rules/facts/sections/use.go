package sections

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A use is a critical section's use of an element, in a function or in a helper that it calls.
type use struct {
	at    ast.Node        // the index expression, or the call
	of    *types.Var      // the map
	root  types.Object    // whose it is: the variable with which its path begins
	key   ast.Expr        // as the function writes it
	words string          // of the key, and of the path
	value ast.Expr        // what is stored; nil: it looks
	read  bool            // the lock is taken to read
	by    []*ast.CallExpr // what has taken the lock in the function; nil: a helper does
	stack []ast.Node
}

// uses returns those of a function, in source order.
func (f *Facts) uses(fn ast.Node) (all []use) {
	f.own(bodyOf(fn), func(n ast.Node, stack []ast.Node) {
		var u use
		ok := false
		switch n := n.(type) {
		case *ast.IndexExpr:
			u, ok = f.ownUse(fn, n, stack)
		case *ast.CallExpr:
			u, ok = f.helperUse(fn, n)
		}
		if ok {
			u.at, u.stack = n, slices.Clone(stack)
			all = append(all, u)
		}
	})
	return all
}

// ownUse is a use that stands in the function, under a lock that it has taken.
func (f *Facts) ownUse(fn ast.Node, index *ast.IndexExpr, stack []ast.Node) (use, bool) {
	of := f.mapOf(index.X)
	if of == nil {
		return use{}, false
	}
	u := use{of: of, root: f.rootOf(index.X), key: index.Index}
	u.words = types.ExprString(index.X) + "[" + types.ExprString(index.Index) + "]"
	if st, ok := stack[len(stack)-1].(*ast.AssignStmt); ok && slices.Contains(st.Lhs, ast.Expr(index)) {
		if st.Tok != token.ASSIGN || len(st.Lhs) != len(st.Rhs) {
			return use{}, false
		}
		u.value = st.Rhs[slices.Index(st.Lhs, ast.Expr(index))]
	}
	held, ok := f.pkg.Held(fn, index)
	for _, h := range held {
		u.by = append(u.by, h.By...)
		u.read = h.Read
	}
	return u, ok && len(held) == 1 && u.root != nil
}

// helperUse is a call of a helper, where no lock is held.
func (f *Facts) helperUse(fn ast.Node, call *ast.CallExpr) (use, bool) {
	callee, _ := f.pkg.Callee(call).(*types.Func)
	h := f.helperOf(callee)
	if h == nil || h.key >= len(call.Args) || h.value >= len(call.Args) {
		return use{}, false
	}
	if held, ok := f.pkg.Held(fn, call); !ok || len(held) > 0 {
		return use{}, false
	}
	u := use{of: h.of, key: call.Args[h.key], read: h.read}
	path := h.of.Name()
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && h.of.IsField() {
		u.root = f.rootOf(sel.X)
		path = types.ExprString(sel.X) + "." + path
	} else if !h.of.IsField() {
		u.root = h.of
	}
	u.words = path + "[" + types.ExprString(u.key) + "]"
	if h.value >= 0 {
		u.value = call.Args[h.value]
	}
	return u, u.root != nil
}

// rootOf returns the variable with which a path of fields begins.
func (f *Facts) rootOf(x ast.Expr) types.Object {
	for {
		switch p := ast.Unparen(x).(type) {
		case *ast.SelectorExpr:
			x = p.X
		case *ast.StarExpr:
			x = p.X
		case *ast.Ident:
			if v, ok := f.pkg.ObjectOf(p).(*types.Var); ok {
				return v
			}
			return nil
		default:
			return nil
		}
	}
}

// apart reports whether two uses are of one element, the second in a section of its own behind the first.
func (u use) apart(v use) bool {
	if u.of != v.of || u.root != v.root || u.words != v.words || u.at.End() > v.at.Pos() {
		return false
	}
	return !slices.ContainsFunc(u.by, func(call *ast.CallExpr) bool { return slices.Contains(v.by, call) })
}
