package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// LoadedField returns the call by which an atomic or a sync.Map has handed out the
// object of which an expression writes a field, where no lock is held; and where
// somebody else meets it: the same function stores the same pointer again, as if it
// were a new one, or another function reads the field, without a lock, of what it has
// loaded from there.
func (f *Facts) LoadedField(e ast.Expr) (load *ast.CallExpr, other ast.Node) {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	a := f.at[e]
	top := f.topAround(e.Pos())
	if !ok || a == nil || !a.Write || a.Object || a.fn.once || top == nil || top.test || top.initialises() || f.prepares(top) || f.excused(a) {
		return nil, nil
	}
	if _, pointer := f.typeOf(sel.X).(*types.Pointer); !pointer {
		return nil, nil
	}
	load = f.loadOf(top, sel.X, deepest)
	if load == nil || !within(a.fn.node, load) || !f.stateAt(a.fn, e).bare || f.gatedBut(a.fn, e, f.eitherWay(top, sel.X, load)) {
		return nil, nil
	}
	if store := f.storedAgain(a.fn, sel.X, load, e); store != nil {
		return load, store
	}
	return load, f.loadedReader(a, load)
}

// storedAgain returns the call behind a write that stores a pointer where it was
// loaded from.
func (f *Facts) storedAgain(fn *function, pointer ast.Expr, load *ast.CallExpr, write ast.Expr) (store ast.Node) {
	id, ok := ast.Unparen(pointer).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok {
		return nil
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && store == nil && call.Pos() > write.End() && calledMethod(call) == "Store" && len(call.Args) > 0 && f.isVariable(call.Args[len(call.Args)-1], v) && f.storesShared(call) == f.loadsShared(load) {
			store = call
		}
		return store == nil
	})
	return store
}

// storesShared returns the field or package variable, an atomic or a sync.Map, that a call
// of Store or Swap gives a value.
func (f *Facts) storesShared(call *ast.CallExpr) *types.Var {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Store" && sel.Sel.Name != "Swap" || len(call.Args) == 0 {
		return nil
	}
	v, ok := f.holder(sel.X).(*types.Var)
	if !ok || !synchronises(v.Type()) || !v.IsField() && v.Kind() != types.PackageVar {
		return nil
	}
	return v.Origin()
}

// loadedReader returns an access of the same field, in another function that holds
// no lock there, to what that has loaded from the same variable.
func (f *Facts) loadedReader(a *Access, load *ast.CallExpr) ast.Node {
	if b := f.readerOf(a, f.loadsShared(load)); b != nil {
		return b
	}
	return f.countedEntry(a, load)
}

// countedEntry returns the expression by which an exported method counts up, or adds to, a
// field of an entry that it gets or makes in a sync.Map: everybody who comes with that key
// does the same to the same entry.
func (f *Facts) countedEntry(a *Access, load *ast.CallExpr) ast.Node {
	if !f.getsOrMakes(load) || !a.Read || !a.fn.outermost().public || f.calledUnder(a.fn.outermost()) {
		return nil
	}
	if counts, ok := a.Use.(*ast.IncDecStmt); ok {
		return counts
	}
	if set, ok := a.Use.(*ast.AssignStmt); ok {
		return set
	}
	return nil
}

// getsOrMakes reports whether a call is of a sync.Map's LoadOrStore.
func (f *Facts) getsOrMakes(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && facts.IsFunc(callee, "(*sync.Map).LoadOrStore")
}

// calledUnder reports whether a caller of a function in the package may hold a lock there.
func (f *Facts) calledUnder(fn *function) bool {
	return slices.ContainsFunc(f.realSites(fn), func(s site) bool { return s.in != nil && !f.stateAt(s.in, s.call).bare })
}

// readerOf returns an access that conflicts with one, in another function that holds no
// lock there, to what that has loaded from a variable.
func (f *Facts) readerOf(a *Access, from *types.Var) ast.Node {
	for _, b := range f.accesses[a.Var] {
		top := b.fn.outermost()
		sel, ok := ast.Unparen(b.Expr).(*ast.SelectorExpr)
		if !ok || top == a.fn.outermost() || top.test || b.Address || f.prepares(top) || f.excused(b) || !conflicts(a, b) {
			continue
		}
		other := f.loadOf(top, sel.X, deepest)
		if other != nil && f.loadsShared(other) == from && f.stateAt(b.fn, b.Expr).bare && !f.gated(b.fn, b.Expr) {
			return b.Expr
		}
	}
	return nil
}
