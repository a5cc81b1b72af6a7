package facts

import (
	"go/types"
)

// maxImplementations bounds how many methods a call of an interface's method is
// followed into: one with more is not known.
const maxImplementations = 4

// implementations returns the functions that a call of fn may run: fn itself,
// or the methods by which the types of this package, and of those that it
// imports, implement an interface's method. There may be others elsewhere.
func (g *callGraph) implementations(p *Package, fn *types.Func) []*types.Func {
	recv := fn.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return []*types.Func{fn}
	}
	if impls, ok := g.impls[fn]; ok {
		return impls
	}
	iface, ok := recv.Type().Underlying().(*types.Interface)
	var found []*types.Func
	if ok {
		for _, m := range g.methodsNamed(p, fn.Name()) {
			if implements(m, iface) {
				found = append(found, m)
			}
		}
	}
	if len(found) > maxImplementations {
		found = nil
	}
	g.impls[fn] = found
	return found
}

// sole reports whether a call of an interface's method is as good as one of the
// method that implements it: the package declares the interface, and nothing else
// in sight, tests included, implements it.
func (p *Package) sole(fn *types.Func, impls []*types.Func) bool {
	return len(impls) == 1 && fn.Pkg() == p.Types && impls[0].Pkg() == p.Types
}

// implemented returns the method that a call of an interface's method is as good
// as one of, if there is such a sole one; else the function itself.
func (p *Package) implemented(fn *types.Func) *types.Func {
	if fn == nil || !isAbstract(fn) {
		return fn
	}
	if impls := p.graph().implementations(p, fn); p.sole(fn, impls) {
		return impls[0]
	}
	return fn
}

// implements reports whether the receiver of a method, or a pointer to it,
// implements an interface.
func implements(m *types.Func, iface *types.Interface) bool {
	t := deref(m.Signature().Recv().Type())
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.TypeParams().Len() > 0 {
		return false
	}
	return types.Implements(t, iface) || types.Implements(types.NewPointer(t), iface)
}

// methodsNamed returns the declared methods of a name, in a fixed order.
func (g *callGraph) methodsNamed(p *Package, name string) []*types.Func {
	if g.methods == nil {
		g.methods = make(map[string][]*types.Func)
		for _, n := range g.order {
			if recv := n.fn.Signature().Recv(); recv != nil {
				g.methods[n.fn.Name()] = append(g.methods[n.fn.Name()], n.fn)
			}
		}
		g.importedMethods(p)
	}
	return g.methods[name]
}

// importedMethods adds the methods of the imported packages that have exports.
func (g *callGraph) importedMethods(p *Package) {
	for _, e := range p.Imports.sorted() {
		pkg := p.packageAt(e.Path)
		if pkg == nil || pkg == p.Types {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || obj.IsAlias() || types.IsInterface(obj.Type()) {
				continue
			}
			for m := range obj.Type().(*types.Named).Methods() {
				g.methods[m.Name()] = append(g.methods[m.Name()], m)
			}
		}
	}
}
