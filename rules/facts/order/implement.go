package order

import (
	"go/types"
	"strings"
)

// types notes the named types of the package with their methods, for interface
// calls.
func (c *collector) types() {
	scope := c.pkg.Types.Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || obj.IsAlias() {
			continue
		}
		named, ok := obj.Type().(*types.Named)
		if !ok || types.IsInterface(named) || named.TypeParams().Len() > 0 {
			continue
		}
		methods := types.NewMethodSet(types.NewPointer(named))
		if methods.Len() == 0 {
			continue
		}
		t := Implementer{Name: obj.Pkg().Path() + "." + name, Package: obj.Pkg().Path(), Test: c.isTest(obj.Pos()), Methods: make(map[string]string)}
		for m := range methods.Methods() {
			if fn, ok := m.Obj().(*types.Func); ok {
				t.Methods[c.method(fn)] = c.name(fn.Origin())
			}
		}
		c.sketch.Types = append(c.sketch.Types, t)
	}
}

// iface notes the methods of an interface, and returns its name: one without a name
// gets one in the package that calls it.
func (c *collector) iface(t types.Type) string {
	name := c.typ(t)
	if _, named := t.(*types.Named); !named {
		name = c.sketch.Package + "." + strings.NewReplacer("/", "|", ".", "·").Replace(name)
	}
	if _, ok := c.sketch.Ifaces[name]; ok {
		return name
	}
	var methods []string
	for m := range t.Underlying().(*types.Interface).Methods() {
		methods = append(methods, c.method(m))
	}
	c.sketch.Ifaces[name] = methods
	return name
}

// methodKey is a method's name and signature, the same in all packages; an
// unexported one bears its package.
func methodKey(m *types.Func) string {
	key := m.Name()
	if !m.Exported() && m.Pkg() != nil {
		key = m.Pkg().Path() + "." + key
	}
	sig := m.Signature()
	return key + types.TypeString(types.NewTuple(withoutNames(sig.Params())...), nil) + types.TypeString(types.NewTuple(withoutNames(sig.Results())...), nil)
}

// withoutNames drops what parameters are called.
func withoutNames(tuple *types.Tuple) (vars []*types.Var) {
	for v := range tuple.Variables() {
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), "", v.Type()))
	}
	return vars
}
