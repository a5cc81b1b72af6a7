package sections

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A use is a critical section's use of an element, in a function or in a helper that it calls.
type use struct {
	at    ast.Node        // the index expression, or the call
	of    *types.Var      // the map, or the field
	root  types.Object    // whose it is: the variable with which its path begins
	key   ast.Expr        // as the function writes it; nil: of is a field that holds the object itself
	words string          // of the key, and of the path
	value ast.Expr        // what is stored; nil: it looks, or
	does  change          // what it adds or takes away
	read  bool            // the lock is taken to read
	lists bool            // the section adds what is stored to a list or a sum as well
	by    []*ast.CallExpr // what has taken the lock in the function; nil: a helper does
	stack []ast.Node
}

// A change is what a section does to a number, or to a slice, whatever it is.
type change int

const (
	nothing change = iota
	adds           // n++, n += x, append
	takes          // n--, n -= x, q = q[1:]
)

// uses returns those of a function, in source order.
func (f *Facts) uses(fn ast.Node) (all []use) {
	f.own(bodyOf(fn), func(n ast.Node, stack []ast.Node) {
		var u use
		ok := false
		switch n := n.(type) {
		case *ast.IndexExpr:
			u, ok = f.ownUse(fn, n, stack)
		case *ast.SelectorExpr:
			u, ok = f.fieldUse(fn, n, stack)
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
	return f.under(fn, u, index, stack)
}

// fieldUse is that of a field which holds one such object, as a whole: set, compared, or taken out.
func (f *Facts) fieldUse(fn ast.Node, sel *ast.SelectorExpr, stack []ast.Node) (use, bool) {
	v, _ := f.pkg.Use(sel.Sel).(*types.Var)
	if v == nil || !v.IsField() || !f.isNumber(v.Type()) && !isBool(v.Type()) && !f.hasState(v.Type()) {
		return use{}, false
	}
	switch parent := stack[len(stack)-1].(type) {
	case *ast.AssignStmt:
		if i := slices.Index(parent.Lhs, ast.Expr(sel)); i >= 0 && isBool(v.Type()) && (len(parent.Rhs) != len(parent.Lhs) || !isTrue(parent.Rhs[i])) {
			return use{}, false
		}
		return f.under(fn, use{of: v, root: f.rootOf(sel.X), words: types.ExprString(sel)}, sel, stack)
	case *ast.BinaryExpr, *ast.ReturnStmt, *ast.IfStmt, *ast.UnaryExpr, *ast.IncDecStmt:
		return f.under(fn, use{of: v, root: f.rootOf(sel.X), words: types.ExprString(sel)}, sel, stack)
	}
	return use{}, false
}

// isNumber reports whether values of a type are numbers, or slices: what is added to.
func (f *Facts) isNumber(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Info()&types.IsNumeric != 0
	case *types.Slice:
		return true
	}
	return false
}

func isTrue(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && id.Name == "true"
}

// under completes a use, if the function holds exactly one lock at it.
func (f *Facts) under(fn ast.Node, u use, x ast.Expr, stack []ast.Node) (use, bool) {
	switch st := stack[len(stack)-1].(type) {
	case *ast.AssignStmt:
		if !slices.Contains(st.Lhs, x) {
			break
		}
		if u.does = f.changes(st, x); u.does != nothing {
			break
		}
		if st.Tok != token.ASSIGN || len(st.Lhs) != len(st.Rhs) {
			return use{}, false
		}
		u.value = st.Rhs[slices.Index(st.Lhs, x)]
	case *ast.IncDecStmt:
		u.does = f.changes(st, x)
	}
	held, ok := f.pkg.Held(fn, x)
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
	u := use{of: h.of, read: h.read, does: h.does, value: h.fixed, lists: h.lists}
	path := h.of.Name()
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && h.of.IsField() {
		u.root = f.rootOf(sel.X)
		path = types.ExprString(sel.X) + "." + path
	} else if !h.of.IsField() {
		u.root = h.of
	}
	u.words = path
	if h.key >= 0 {
		u.key = call.Args[h.key]
		u.words += "[" + types.ExprString(u.key) + "]"
	}
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

// leadsTo reports whether a function can come from one use to another without a turn of a loop in between.
func (f *Facts) leadsTo(fn ast.Node, look, act use) bool {
	flow := f.pkg.Flow(fn)
	from, ok := flow.At(look.at)
	to, ok2 := flow.At(act.at)
	if !ok || !ok2 {
		return false
	}
	seen := map[*facts.Block]bool{}
	var visit func(b *facts.Block) bool
	visit = func(b *facts.Block) bool {
		if b == to.Block {
			return true
		}
		if seen[b] {
			return false
		}
		seen[b] = true
		return slices.ContainsFunc(b.Succs, func(e facts.Edge) bool {
			back := len(e.To.Nodes) > 0 && e.To.Nodes[0].Pos() < look.at.Pos()
			return !back && visit(e.To)
		})
	}
	return visit(from.Block)
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}
