package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// LostUpdateAt returns, for a Store of an atomic by an exported function, the Load of it by the
// same function of which the stored value is made: what another has stored between the two is
// lost, though each is one step.
//
//	old := *h.list.Load()
//	next := append(slices.Clip(old), f)
//	h.list.Store(&next)
func (f *Facts) LostUpdateAt(in ast.Node, store *ast.CallExpr) (load *ast.CallExpr) {
	fn := f.funcs[in]
	x, value := f.atomicGiven(store, "Store")
	if fn == nil || fn.obj == nil || x == nil || !f.updatesFreely(fn, x, store) {
		return nil
	}
	d := &derived{f: f, store: store, of: types.ExprString(x), from: map[types.Object]*ast.CallExpr{}}
	for _, st := range fn.body().List {
		f.pkg.Inspect(st, func(n ast.Node) bool {
			_, lit := n.(*ast.FuncLit)
			return !lit && n.Pos() < store.Pos() && d.follow(n)
		})
	}
	if d.swaps {
		return nil
	}
	return d.load(value)
}

// updatesFreely reports whether anybody may call a function, at once with others, that stores an
// atomic of its receiver or of the package with no lock held.
func (f *Facts) updatesFreely(fn *function, x ast.Expr, store *ast.CallExpr) bool {
	if !fn.public || !f.openTo(fn) || fn.test || fn.once || fn.says() || fn.confinedBy() || fn.initialises() || f.prepares(fn) || !f.quiet(fn, store) {
		return false
	}
	if len(f.pkg.Acquisitions(fn.node)) > 0 || len(f.stateAt(fn, store).locks) > 0 || f.excusedIn(fn, f.line(store.Pos()), false) {
		return false
	}
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		v, isVar := f.holder(x).(*types.Var)
		return isVar && v.Parent() == f.pkg.Types.Scope()
	}
	recv := fn.obj.Signature().Recv()
	return recv != nil && exportedOwner(fn) && f.isVariable(sel.X, recv)
}

// atomicGiven returns the atomic that a call of sync/atomic works on, and the value that it is
// given, if the name of what is called begins so; nil otherwise.
func (f *Facts) atomicGiven(call *ast.CallExpr, name string) (x, value ast.Expr) {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" || !strings.HasPrefix(fn.Name(), name) {
		return nil, nil
	}
	if fn.Signature().Recv() == nil {
		addr, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr)
		if !ok {
			return nil, nil
		}
		x = addr.X
	} else if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		x = sel.X
	}
	if len(call.Args) > 0 {
		value = call.Args[len(call.Args)-1]
	}
	return x, value
}

// derived follows what is made of the loads of one atomic, in the order of the text.
type derived struct {
	f     *Facts
	store ast.Node // what the value is for
	of    string   // the atomic, as it is spelled
	from  map[types.Object]*ast.CallExpr
	swaps bool // somebody asks whether it is what it was
}

// follow looks at a node, and tells whether to look below.
func (d *derived) follow(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			right := n.Rhs[min(i, len(n.Rhs)-1)]
			d.sets(left, right)
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if len(n.Values) > 0 {
				d.sets(name, n.Values[min(i, len(n.Values)-1)])
			}
		}
	case *ast.RangeStmt:
		for _, left := range []ast.Expr{n.Key, n.Value} {
			if left != nil {
				d.sets(left, n.X)
			}
		}
	case *ast.CallExpr:
		if x, _ := d.f.atomicGiven(n, "CompareAndSwap"); x != nil && types.ExprString(x) == d.of {
			d.swaps = true
		}
	}
	return true
}

// sets notes that a variable, or an element of it, gets what is made of a load.
func (d *derived) sets(left, right ast.Expr) {
	load, whole := d.load(right), true
	for {
		index, ok := ast.Unparen(left).(*ast.IndexExpr)
		if !ok {
			break
		}
		if load == nil {
			load = d.load(index.Index) // copied[k] = v
		}
		left, whole = index.X, false
	}
	id, ok := ast.Unparen(left).(*ast.Ident)
	if !ok {
		return
	}
	switch v := d.f.pkg.ObjectOf(id); {
	case v == nil:
	case load != nil:
		d.from[v] = load
	case whole && d.onTheWay(id):
		delete(d.from, v)
	}
}

// onTheWay reports whether whoever comes to the store has come by a name: the block around that
// is around the store, too.
func (d *derived) onTheWay(id *ast.Ident) bool {
	path := d.f.pkg.Syntax().Path(id)
	for i := len(path) - 1; i >= 0; i-- {
		switch path[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return within(path[i], d.store)
		}
	}
	return false
}

// load returns the load of the atomic of which an expression is made, nil if it is not.
func (d *derived) load(e ast.Expr) (load *ast.CallExpr) {
	if e == nil {
		return nil
	}
	d.f.pkg.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if x, _ := d.f.atomicGiven(n, "Load"); x != nil && types.ExprString(x) == d.of {
				load = n
			}
		case *ast.Ident:
			if from := d.from[d.f.pkg.Use(n)]; from != nil && load == nil {
				load = from
			}
		}
		return load == nil
	})
	return load
}
