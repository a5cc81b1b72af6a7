package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// GivenUnder returns a call that hands an object to a function of another package while a lock is
// held, from which that may call a method of the object: the method is one of the interface as
// which the object is handed over, or the function finds methods by their names.
//
//	l.mu.Lock()
//	fmt.Fprintf(l, "%d lines", l.n) // calls l.Write
//	l.mu.Unlock()
func (f *Facts) GivenUnder(decl ast.Node, lock types.Object) (call *ast.CallExpr) {
	fn, ok := decl.(*ast.FuncDecl)
	if !ok || fn.Recv == nil {
		return nil
	}
	method, ok := f.pkg.Def(fn.Name).(*types.Func)
	if !ok {
		return nil
	}
	f.callsUnder(lock, func(c *ast.CallExpr) bool {
		if f.mayCallMethod(c, method) {
			call = c
		}
		return call == nil
	})
	return call
}

// mayCallMethod reports whether a function of another package gets an object by which it may call a method.
func (f *Facts) mayCallMethod(c *ast.CallExpr, method *types.Func) bool {
	if model := f.pkg.Model(c); model != nil && model.Opaque {
		return false
	}
	return f.getsObject(c, method)
}

// getsObject reports whether a call hands an object over to another package by which that can find a method.
func (f *Facts) getsObject(c *ast.CallExpr, method *types.Func) bool {
	callee, ok := f.pkg.Callee(c).(*types.Func)
	if !ok || callee.Pkg() == nil || callee.Pkg() == f.pkg.Types {
		return false
	}
	for i, arg := range c.Args {
		iface, ok := parameterAt(callee.Signature(), i, c.Ellipsis.IsValid()).(*types.Interface)
		if !ok || !f.hasMethod(arg, method) {
			continue
		}
		if iface.NumMethods() == 0 && findsByName(callee, method) || hasNamed(iface, method.Name()) {
			return true
		}
	}
	return false
}

// parameterAt is what the type of a parameter is made of, nil where the argument is passed on
// as all that a variadic parameter holds.
func parameterAt(sig *types.Signature, i int, whole bool) types.Type {
	last := sig.Params().Len() - 1
	if !sig.Variadic() || i < last {
		return sig.Params().At(i).Type().Underlying()
	}
	if whole {
		return nil
	}
	return sig.Params().At(last).Type().(*types.Slice).Elem().Underlying()
}

// hasMethod reports whether an object has a method, by itself or by what is embedded in it.
func (f *Facts) hasMethod(object ast.Expr, method *types.Func) bool {
	t := f.pkg.TypeOf(object)
	if t == nil || types.IsInterface(t) {
		return false
	}
	found, _, _ := types.LookupFieldOrMethod(t, false, f.pkg.Types, method.Name())
	m, ok := found.(*types.Func)
	return ok && m.Origin() == method.Origin()
}

func hasNamed(iface *types.Interface, name string) bool {
	for m := range iface.Methods() {
		if m.Name() == name {
			return true
		}
	}
	return false
}

// findsByName reports whether a function that takes anything may look for a method: a template
// calls whatever its text names, who prints, encodes or reads calls the usual ones.
func findsByName(callee, method *types.Func) bool {
	switch callee.Pkg().Path() {
	case "text/template", "html/template":
		return method.Exported()
	}
	return slices.Contains([]string{
		"Error", "Format", "GobDecode", "GobEncode", "GoString", "LogValue", "MarshalBinary", "MarshalJSON", "MarshalText", "MarshalYAML",
		"Scan", "String", "UnmarshalBinary", "UnmarshalJSON", "UnmarshalText", "UnmarshalYAML",
	}, method.Name())
}
