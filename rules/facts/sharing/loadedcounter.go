package sharing

import (
	"go/ast"
	"go/types"
)

// LoadedCounter returns the call by which an atomic or a sync.Map has handed out the pointer
// to a number that its function counts up, where no lock is held; and what somebody else does
// to the same number: another function that loads from there, or the same one, for whoever
// else comes with the key.
func (f *Facts) LoadedCounter(pointer ast.Expr, count ast.Node) (load *ast.CallExpr, other ast.Node) {
	top := f.topAround(pointer.Pos())
	if top == nil || top.test || top.initialises() || f.prepares(top) {
		return nil, nil
	}
	load, fn := f.loadOf(top, pointer, deepest), f.around(pointer)
	if load == nil || fn.once || !within(fn.node, load) || !f.stateAt(fn, pointer).bare || f.gatedBut(fn, pointer, f.eitherWay(top, pointer, load)) || f.excusedIn(fn, f.line(pointer.Pos()), true) {
		return nil, nil
	}
	if elsewhere := f.loadedElsewhere(f.loadsShared(load), fn, free); elsewhere != nil {
		return load, elsewhere
	}
	if !f.getsOrMakes(load) || !top.public || f.calledUnder(top) {
		return nil, nil
	}
	return load, count
}

// eitherWay returns a load that tells who was first, where the function goes on with what it
// got or with what it has made, in one variable: whoever is not the first is there, too.
func (f *Facts) eitherWay(top *function, pointer ast.Expr, load *ast.CallExpr) *ast.CallExpr {
	id, ok := ast.Unparen(pointer).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if given := f.valuesOf(top)[v]; !ok || given == nil || len(given.values) < 2 {
		return nil
	}
	return load
}
