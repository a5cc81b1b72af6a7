package facts

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// Callee returns the function or method that a call names: a *types.Func
// (a method of an interface among them), a *types.Builtin, or the *types.Var
// that holds the function. It is nil for a conversion and for a call of the
// result of an expression.
func (p *Package) Callee(call *ast.CallExpr) types.Object {
	id := p.called(call)
	if id == nil {
		return nil
	}
	switch obj := p.Use(id).(type) {
	case *types.TypeName:
		return nil
	case *types.Func:
		return obj.Origin()
	default:
		return obj
	}
}

// called is the name of what a call calls, nil where it has none.
func (p *Package) called(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch of := fun.(type) {
	case *ast.IndexExpr:
		if p.IsType(of.Index) {
			fun = ast.Unparen(of.X)
		}
	case *ast.IndexListExpr:
		fun = ast.Unparen(of.X)
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	}
	return nil
}

// Model returns what the models say of a call, nil where they are silent.
func (p *Package) Model(call *ast.CallExpr) *models.Model {
	fn, ok := p.Callee(call).(*types.Func)
	if !ok {
		return nil
	}
	return p.ModelOf(fn)
}

// ModelOf returns what the models say of a function.
func (p *Package) ModelOf(fn *types.Func) *models.Model {
	m, ok := p.modelOf[fn]
	if !ok {
		m = p.models().Lookup(models.Name(fn))
		if p.modelOf == nil {
			p.modelOf = map[*types.Func]*models.Model{}
		}
		p.modelOf[fn] = m
	}
	return m
}

func (p *Package) models() models.Set {
	if p.Models != nil {
		return *p.Models
	}
	return models.Shipped()
}

// Body returns the declaration of the function that a call runs, where that is
// one function of this package with a body; otherwise nil.
func (p *Package) Body(call *ast.CallExpr) *ast.FuncDecl {
	fn, ok := p.Callee(call).(*types.Func)
	if !ok || types.IsInterface(recvType(fn)) {
		return nil
	}
	if decl := p.declOf(fn.Origin()); decl != nil && decl.Body != nil {
		return decl
	}
	return nil
}

// SoleBody is the same of a call of an interface's method that one function alone
// implements: the package declares both, and no other in sight.
func (p *Package) SoleBody(call *ast.CallExpr) *ast.FuncDecl {
	if decl := p.Body(call); decl != nil {
		return decl
	}
	fn, ok := p.Callee(call).(*types.Func)
	if !ok {
		return nil
	}
	if decl := p.declOf(p.implemented(fn.Origin())); decl != nil && decl.Body != nil {
		return decl
	}
	return nil
}

// recvType returns the type of a method's receiver, or an invalid type.
func recvType(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return types.Typ[types.Invalid]
}

// handsOut reports whether a call hands its callee an argument whose methods
// the callee could call: one passed as an interface, unless its type is plain.
func (p *Package) handsOut(call *ast.CallExpr) bool {
	sig, ok := p.calledSignature(call)
	if !ok {
		return true
	}
	for i, arg := range call.Args {
		t := p.typeOf(arg)
		if types.IsInterface(parameter(sig, i, call.Ellipsis.IsValid())) && !p.IsNil(arg) && !plain(t, nil) {
			return true
		}
	}
	return false
}

// calledSignature returns the signature of what a call calls.
func (p *Package) calledSignature(call *ast.CallExpr) (*types.Signature, bool) {
	sig, ok := p.typeOf(call.Fun).Underlying().(*types.Signature)
	return sig, ok
}

// parameter returns the type that argument i is passed as. The type of a
// spread slice stands for its elements.
func parameter(sig *types.Signature, i int, spread bool) types.Type {
	last := sig.Params().Len() - 1
	if !sig.Variadic() || i < last {
		if i > last {
			return types.Typ[types.Invalid] // f(g()): one argument, several results
		}
		return sig.Params().At(i).Type()
	}
	t := sig.Params().At(last).Type()
	if slice, ok := t.Underlying().(*types.Slice); ok {
		return slice.Elem()
	}
	return t
}

// plain reports whether no value of the type, nor any that can be reached from
// it, has methods: then whoever gets it as an interface can call none.
func plain(t types.Type, seen []types.Type) bool {
	for _, s := range seen {
		if types.Identical(s, t) {
			return true // decided further out
		}
	}
	seen = append(seen, t)
	if types.IsInterface(t) || types.NewMethodSet(t).Len() > 0 || types.NewMethodSet(types.NewPointer(t)).Len() > 0 {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic, *types.Signature, *types.Chan:
		return true
	case *types.Pointer:
		return plain(u.Elem(), seen)
	case *types.Slice:
		return plain(u.Elem(), seen)
	case *types.Array:
		return plain(u.Elem(), seen)
	case *types.Map:
		return plain(u.Key(), seen) && plain(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if !plain(f.Type(), seen) {
				return false
			}
		}
		return true
	}
	return false
}

// Unsynchronised reports whether the models say of a type, or of what it points
// to, that its methods change what it holds without a lock.
func (p *Package) Unsynchronised(t types.Type) bool {
	return p.modelsSay(t, p.models().Unsynchronised)
}

// ApartFromReads reports whether the models say of such a type that some of its methods may be
// called while others change what it holds.
func (p *Package) ApartFromReads(t types.Type) bool {
	return p.modelsSay(t, p.models().ApartFromReads)
}

func (p *Package) modelsSay(t types.Type, say func(receiver string) bool) bool {
	pointer, isPointer := types.Unalias(t).(*types.Pointer)
	if isPointer {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	path, name := named.Obj().Pkg().Path(), named.Obj().Name()
	return say(path+".(*"+name+")") || say(path+"."+name)
}
