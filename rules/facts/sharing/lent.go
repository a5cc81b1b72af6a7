package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// LentAt returns the statement by which a function has given a local variable's
// object to a goroutine or over a channel, before it puts that back into its pool,
// without a wait in between for who has it.
func (f *Facts) LentAt(put *ast.CallExpr, object ast.Expr) (lent ast.Node) {
	fn := f.around(put)
	id, ok := ast.Unparen(object).(*ast.Ident)
	if fn == nil || !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.IsField() || v.Kind() == types.PackageVar || !refers(v.Type()) {
		return nil
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			if lent == nil && (f.lends(n.Value, v) || f.holdsPooled(fn, n.Value, v, 4)) && f.putBehind(fn, n, put, v) {
				lent = n
			}
		case *ast.CallExpr:
			if lent == nil && f.lendsOn(n, v) && f.putBehind(fn, n, put, v) {
				lent = n
			}
		case *ast.AssignStmt:
			if lent == nil && f.collects(fn, n, v) && f.putBehind(fn, n, put, v) {
				lent = n
			}
		case *ast.GoStmt:
			if lent == nil && f.mentions(n.Call, v) && f.putBehind(fn, n, put, v) {
				lent = n
			}
			return false
		}
		return true
	})
	return lent
}

// collects reports whether an assignment appends the bytes of a variable's object to a list in a
// field, or puts them into a map there, and the function does not take them out again.
//
//	q.items = append(q.items, buf.Bytes())
func (f *Facts) collects(fn *function, set *ast.AssignStmt, v *types.Var) bool {
	if len(set.Lhs) != 1 || len(set.Rhs) != 1 {
		return false
	}
	list, given := ast.Unparen(set.Lhs[0]), []ast.Expr{set.Rhs[0]}
	if entry, ok := list.(*ast.IndexExpr); ok && isMap(f.pkg.TypeOf(entry.X)) {
		list = ast.Unparen(entry.X)
	} else if call, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr); ok && f.appendsOne(call) && types.ExprString(call.Args[0]) == types.ExprString(list) {
		given = call.Args[1:]
	} else {
		return false
	}
	at, ok := f.placeOf(list)
	if !ok || at.path == "" || at.root == v || at.root.Kind() == types.LocalVar || !slices.ContainsFunc(given, func(e ast.Expr) bool { return !f.lends(e, v) && f.holdsPooled(fn, e, v, 4) }) {
		return false
	}
	again := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		again = again || ok && sel.Pos() > set.End() && types.ExprString(sel) == types.ExprString(list)
		return !again
	})
	return !again
}

// appendsOne reports whether a call appends single elements.
func (f *Facts) appendsOne(call *ast.CallExpr) bool {
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "append" && len(call.Args) > 1 && !call.Ellipsis.IsValid()
}

// refers reports whether copies of a value lead to the same memory.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	}
	return false
}

// lends reports whether a value is a variable, or holds it as a field or element.
func (f *Facts) lends(e ast.Expr, v *types.Var) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.isVariable(x, v)
	case *ast.UnaryExpr:
		return f.lends(x.X, v)
	case *ast.KeyValueExpr:
		return f.lends(x.Value, v)
	case *ast.SliceExpr:
		return f.lends(x.X, v)
	case *ast.CompositeLit:
		for _, elt := range x.Elts {
			if f.lends(elt, v) {
				return true
			}
		}
	}
	return false
}

func (f *Facts) mentions(n ast.Node, v *types.Var) bool {
	found := false
	f.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && f.pkg.Use(id) == v
		return !found
	})
	return found
}

// putBehind reports whether a function comes from a statement to the Put, or where
// that is deferred to its end, while the variable keeps its value and nobody is
// waited for.
func (f *Facts) putBehind(fn *function, lent ast.Node, put *ast.CallExpr, v *types.Var) bool {
	flow := f.pkg.Flow(fn.node)
	from, ok := flow.At(lent)
	if !ok {
		return false
	}
	barrier := func(n ast.Node) bool { return f.waitsBehind(n) || f.gives(n, v) }
	if d := deferOf(fn, put); d != nil {
		at, ok := flow.At(d)
		if !ok || f.waitsAtEnd(fn, d) {
			return false
		}
		before := flow.Reaches(at, from, nil)
		return before && f.leads(flow, from, nil, barrier)
	}
	to, ok := flow.At(put)
	return ok && f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier)
}

// waitsBehind reports whether a node waits for another goroutine, or calls what is
// not seen, which may.
func (f *Facts) waitsBehind(n ast.Node) bool {
	if f.waitsIn(n) {
		return true
	}
	found := false
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && f.unseen(call) && !f.ofStandardLibrary(call) {
			found = true
		}
		return !found
	})
	return found
}

// gives reports whether a node gives a variable another value.
func (f *Facts) gives(n ast.Node, v *types.Var) bool {
	set, ok := n.(*ast.AssignStmt)
	if !ok {
		return false
	}
	for _, lhs := range set.Lhs {
		if id, isName := ast.Unparen(lhs).(*ast.Ident); isName && f.pkg.ObjectOf(id) == v {
			return true
		}
	}
	return false
}

// deferOf returns the defer statement whose call a call is.
func deferOf(fn *function, call *ast.CallExpr) (found *ast.DeferStmt) {
	ast.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && d.Call == call {
			found = d
		}
		return found == nil
	})
	return found
}

// waitsAtEnd reports whether another deferred call of a function may wait.
func (f *Facts) waitsAtEnd(fn *function, but *ast.DeferStmt) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && d != but {
			if lit, isLit := ast.Unparen(d.Call.Fun).(*ast.FuncLit); isLit {
				found = found || f.mayWait(f.funcs[lit])
			}
			found = found || f.waitsFor(d.Call)
		}
		return !found
	})
	return found
}
