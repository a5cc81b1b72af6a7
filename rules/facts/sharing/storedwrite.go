package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// StoredAt returns what has put the object which an expression writes into an
// atomic or a sync.Map, or under a lock into a map, where no lock is held and nothing in between waits, and where
// another function meets what is written: it uses the same of what it loads from there.
// From the store on the object is everybody's.
//
//	s.current.Store(c)              c := s.current.Load()
//	c.hosts = hosts                 use(c.hosts)
func (f *Facts) StoredAt(e ast.Expr) (store, other ast.Node) {
	a := f.at[e]
	top := f.topAround(e.Pos())
	if a == nil || !a.Write || a.Address || a.fn.once || top == nil || top.test || top.initialises() || f.excused(a) {
		return nil, nil
	}
	at, named := f.placeOfAccess(a)
	if !named || f.prepares(top) && !f.constructs(top, at.root) || at.root.IsField() || at.root.Kind() == types.PackageVar || at.path == "" && !a.Content || !refers(at.root.Type()) || !f.stateAt(a.fn, e).bare {
		return nil, nil
	}
	flow := f.pkg.Flow(a.fn.node)
	to, known := flow.At(a.Expr)
	for _, store := range f.storesOf(a.fn, at.root) {
		from, start := flow.At(store)
		barrier := func(n ast.Node) bool { return f.waitsIn(n) || f.renews(n, at.root) }
		if !known || !start || !f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) || !f.possible(a.fn, store, a.Expr, barrier) {
			continue
		}
		if other := f.meetsStored(a, f.storesShared(store), at.path == ""); other != nil {
			return store, other
		}
	}
	return f.putBefore(a, top)
}

// constructs reports whether a function that others may call at any time returns the object of a
// variable: it prepares that, and not all the rest.
func (f *Facts) constructs(fn *function, v *types.Var) (does bool) {
	if !fn.public || fn.obj == nil || fn.obj.Signature().Recv() != nil {
		return false
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 0 {
			does = does || f.isVariable(ret.Results[0], v)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && !does
	})
	return does
}

// storesOf returns the calls of a function itself that put what a variable refers to, or
// its address, into an atomic or a sync.Map that others can reach.
func (f *Facts) storesOf(fn *function, v *types.Var) (stores []*ast.CallExpr) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if f.storesShared(n) == nil {
				return true
			}
			value := ast.Unparen(n.Args[len(n.Args)-1])
			if address, ok := value.(*ast.UnaryExpr); ok && address.Op == token.AND {
				value = address.X
			}
			sel := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if f.isVariable(value, v) && f.owner(fn, sel.X, n) != Own {
				stores = append(stores, n)
			}
		}
		return true
	})
	return stores
}

// meetsStored returns where another function uses what an access writes of an object that
// both know by a variable: any use of it as a whole, or the same field.
func (f *Facts) meetsStored(a *Access, v *types.Var, whole bool) ast.Node {
	if !whole {
		return f.readerOf(a, v)
	}
	if call := f.loadedElsewhere(v, a.fn, free); call != nil {
		return call
	}
	return nil
}
