package facts

import (
	"go/ast"
	"go/types"
)

// A FuncStore is a func value that a field of a struct, or a variable of a package,
// gets, or an element of it.
type FuncStore struct {
	In    *types.Var
	Value ast.Expr // a literal, or what names a function, a method value or a parameter
}

// FuncStores returns the func values that the package stores, in source order.
func (p *Package) FuncStores() []FuncStore {
	c := &storeCollector{pkg: p}
	for _, file := range p.Files {
		p.Inspect(file, func(n ast.Node) bool {
			c.node(n)
			return true
		})
	}
	return c.all
}

// A storeCollector collects the func values that are stored.
type storeCollector struct {
	pkg *Package
	all []FuncStore
}

func (c *storeCollector) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			c.add(c.target(lhs), valueAt(n.Rhs, len(n.Lhs), i))
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			c.add(c.pkg.callableGlobal(name), valueAt(n.Values, len(n.Names), i))
		}
	case *ast.SendStmt:
		c.add(c.target(n.Chan), n.Value)
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok {
			c.add(c.pkg.callableField(key), n.Value)
		}
	}
}

// target is the field or variable of the package that is stored into, or into an
// element of which.
func (c *storeCollector) target(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return c.target(e.X)
	case *ast.SelectorExpr:
		return c.pkg.callableField(e.Sel)
	case *ast.Ident:
		return c.pkg.callableGlobal(e)
	}
	return nil
}

// add notes that something gets a value; of a slice or map, its elements.
func (c *storeCollector) add(in *types.Var, value ast.Expr) {
	if in == nil || value == nil {
		return
	}
	for _, v := range c.pkg.unfold(value) {
		if isFunc(c.pkg.typeOf(v)) {
			c.all = append(c.all, FuncStore{in, v})
		}
	}
}

// A StoredCall is a call of something that a struct, or a variable of a package,
// keeps.
type StoredCall struct {
	In    *types.Var
	Owner Lock // the struct that keeps it, or the variable
	Named bool // the owner has a name
}

// StoredCall reports whether a call is of a func that is kept. Root is the outermost
// function around the call.
func (p *Package) StoredCall(root ast.Node, call *ast.CallExpr) (stored StoredCall, ok bool) {
	fun := ast.Unparen(call.Fun)
	if !p.holdsFunc(fun) {
		return stored, false
	}
	p.locks()
	u := p.named(root)
	in, owner := u.keeper(u.keptIn(fun, 0))
	if in == nil {
		return stored, false
	}
	at, named := u.place(owner)
	return StoredCall{In: in, Owner: at.Lock, Named: named && u.steady(at)}, true
}

// holdsFunc reports whether an expression is a variable of func type, or an element
// of one: no declared function.
func (p *Package) holdsFunc(fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		_, ok := p.Use(fun).(*types.Var)
		return ok && isFunc(p.typeOf(fun))
	case *ast.SelectorExpr:
		_, ok := p.Use(fun.Sel).(*types.Var)
		return ok && isFunc(p.typeOf(fun))
	case *ast.IndexExpr:
		_, isSignature := p.typeOf(fun.X).Underlying().(*types.Signature)
		return !isSignature && isFunc(p.typeOf(fun))
	}
	return false
}
