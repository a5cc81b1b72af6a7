package declared

import (
	"go/constant"
	"go/types"
	"math/big"
)

// head writes what there must be of a type before others can name it.
func (e *encoder) head(t *types.TypeName) {
	e.at(t)
	e.parameterNames(t.Type().(*types.Named).TypeParams())
}

// body writes the rest of a declared type.
func (e *encoder) body(t *types.TypeName) {
	named := t.Type().(*types.Named)
	e.constraints(named.TypeParams())
	e.underlying(t, named.Underlying())
	e.int(named.NumMethods())
	for m := range named.Methods() {
		e.method(m)
	}
}

// underlying writes the type of a declaration. Two declarations that share it
// share its fields and methods.
func (e *encoder) underlying(t *types.TypeName, u types.Type) {
	if i, ok := u.(*types.Interface); ok && i.NumExplicitMethods() > 0 && i.ExplicitMethod(0).Pkg() == nil {
		e.typ(types.Universe.Lookup("error").Type())
		return
	}
	if owner := e.ownerOf(u); owner != nil {
		e.int(ofSame)
		e.of(owner)
		e.name(owner.Name())
		return
	}
	e.owners[u] = t
	e.typ(u)
}

// ownerOf returns the type that has brought u up, and that can be named: an earlier
// one of this package, or one of another. It is nil where u is written for the
// first time.
func (e *encoder) ownerOf(u types.Type) *types.TypeName {
	var pkg *types.Package
	switch u := u.(type) {
	case *types.Struct:
		if u.NumFields() > 0 {
			pkg = u.Field(0).Pkg()
		}
	case *types.Interface:
		if u.NumExplicitMethods() > 0 {
			pkg = u.ExplicitMethod(0).Pkg()
		}
	default:
		return nil
	}
	if pkg == nil || pkg == e.pkg {
		return e.owners[u]
	}
	for _, name := range pkg.Scope().Names() {
		if t, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok && t.Exported() && !t.IsAlias() && t.Type().Underlying() == u {
			return t
		}
	}
	return nil
}

func (e *encoder) method(m *types.Func) {
	e.at(m)
	outer := e.parameters
	e.parameters = table[*types.TypeParam]{} // its own names for those of the receiver
	sig := m.Signature()
	e.parameterNames(sig.RecvTypeParams())
	e.constraints(sig.RecvTypeParams())
	e.variable(sig.Recv())
	e.signature(sig)
	e.parameters = outer
}

func (e *encoder) alias(t *types.TypeName) {
	a := t.Type().(*types.Alias)
	e.at(t)
	e.parameterNames(a.TypeParams())
	e.constraints(a.TypeParams())
	e.typ(a.Rhs())
}

// object writes what is no type.
func (e *encoder) object(obj types.Object) {
	switch obj := obj.(type) {
	case *types.Const:
		e.int(isConst)
		e.at(obj)
		e.typ(obj.Type())
		e.constant(obj.Val())
	case *types.Var:
		e.int(isVar)
		e.variable(obj)
	case *types.Func:
		e.int(isFunc)
		e.at(obj)
		e.parameterNames(obj.Signature().TypeParams())
		e.constraints(obj.Signature().TypeParams())
		e.signature(obj.Signature())
	default:
		e.fail("%s is of an unknown kind", obj.Name())
	}
}

func (e *encoder) variable(v *types.Var) {
	e.at(v)
	e.typ(v.Type())
}

func (e *encoder) constant(v constant.Value) {
	switch v.Kind() {
	case constant.Bool:
		e.int(boolConst)
		e.bool(constant.BoolVal(v))
	case constant.String:
		e.int(stringConst)
		e.raw(constant.StringVal(v))
	case constant.Int, constant.Float:
		e.number(v)
	case constant.Complex:
		e.int(complexConst)
		e.constant(constant.Real(v))
		e.constant(constant.Imag(v))
	default:
		e.int(unknownConst)
	}
}

func (e *encoder) number(v constant.Value) {
	switch v := constant.Val(v).(type) {
	case int64:
		e.int(intConst)
		e.raw(big.NewInt(v).String())
	case *big.Int:
		e.int(intConst)
		e.raw(v.String())
	case *big.Rat:
		e.int(ratConst)
		e.raw(v.String())
	case *big.Float:
		text, err := v.GobEncode()
		if err != nil {
			e.fail("%v", err)
		}
		e.int(floatConst)
		e.raw(string(text))
	}
}
