package sharing

import (
	"go/ast"
	"go/types"

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
	v, ok := f.pkg.Info.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Kind() == types.PackageVar || !refers(v.Type()) {
		return nil
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			if lent == nil && f.lends(n.Value, v) && f.putBehind(fn, n, put, v) {
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
		found = found || ok && f.pkg.Info.Uses[id] == v
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
		if id, isName := ast.Unparen(lhs).(*ast.Ident); isName && f.pkg.Info.ObjectOf(id) == v {
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
