package declared

import "go/types"

// parameterNames writes type parameters, and lets types mention them from now on.
func (e *encoder) parameterNames(all *types.TypeParamList) {
	e.int(all.Len())
	for p := range all.TypeParams() {
		e.parameters.number(p)
		e.at(p.Obj())
	}
}

// constraints writes those of type parameters, which may not have
// been named in this part.
func (e *encoder) constraints(all *types.TypeParamList) {
	for p := range all.TypeParams() {
		e.parameters.number(p)
	}
	var last types.Type
	for p := range all.TypeParams() {
		shared := p.Constraint() == last // as in [K, V any]
		if e.bool(shared); !shared {
			e.typ(p.Constraint())
		}
		last = p.Constraint()
	}
}

// typ writes a type.
func (e *encoder) typ(t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		e.basic(t)
	case *types.Named:
		e.reference(t.Origin().Obj(), t.TypeArgs())
	case *types.Alias:
		e.reference(t.Origin().Obj(), t.TypeArgs())
	case *types.TypeParam:
		e.int(ofParameter)
		if _, ok := e.parameters.at[t]; !ok {
			e.fail("type parameter %s is of another declaration", t.Obj().Name())
		}
		e.int(e.parameters.number(t))
	case *types.Struct:
		e.structure(t)
	case *types.Interface:
		e.iface(t)
	case *types.Signature:
		e.int(ofFunc)
		e.signature(t)
	case *types.Union:
		e.int(ofUnion)
		e.int(t.Len())
		for term := range t.Terms() {
			e.bool(term.Tilde())
			e.typ(term.Type())
		}
	default:
		e.elements(t)
	}
}

// elements writes the types that hold others without a name.
func (e *encoder) elements(t types.Type) {
	switch t := t.(type) {
	case *types.Pointer:
		e.int(ofPointer)
		e.typ(t.Elem())
	case *types.Slice:
		e.int(ofSlice)
		e.typ(t.Elem())
	case *types.Array:
		e.int(ofArray)
		e.int(int(t.Len() + 1)) // -1: it is not known
		e.typ(t.Elem())
	case *types.Map:
		e.int(ofMap)
		e.typ(t.Key())
		e.typ(t.Elem())
	case *types.Chan:
		e.int(ofChan)
		e.int(int(t.Dir()))
		e.typ(t.Elem())
	default:
		e.fail("a type of an unknown kind: %T", t)
	}
}

func (e *encoder) basic(t *types.Basic) {
	e.int(ofBasic)
	switch t.Name() {
	case "byte":
		e.int(ofByte)
	case "rune":
		e.int(ofRune)
	default:
		e.int(int(t.Kind()))
	}
}

// reference writes a type by its name.
func (e *encoder) reference(t *types.TypeName, args *types.TypeList) {
	if t.Pkg() == nil {
		e.int(ofUniverse)
		e.name(t.Name())
		return
	}
	switch {
	case t.Pkg() == e.pkg:
		e.meet(t)
	case t.Parent() != t.Pkg().Scope():
		e.fail("%s.%s is not declared at the top", t.Pkg().Path(), t.Name())
	}
	if args.Len() == 0 {
		e.int(ofName)
	} else {
		e.int(ofInstance)
	}
	e.of(t)
	e.name(t.Name())
	if args.Len() == 0 {
		return
	}
	e.int(args.Len())
	for arg := range args.Types() {
		e.typ(arg)
	}
}

func (e *encoder) structure(t *types.Struct) {
	e.int(ofStruct)
	e.int(t.NumFields())
	for i := range t.NumFields() {
		f := t.Field(i)
		e.of(f)
		e.bool(f.Embedded())
		e.name(t.Tag(i))
		e.variable(f)
	}
}

func (e *encoder) iface(t *types.Interface) {
	if t == types.Universe.Lookup("any").Type().Underlying() {
		e.int(ofAny)
		return
	}
	e.int(ofInterface)
	e.bool(t.IsImplicit())
	e.int(t.NumExplicitMethods())
	for m := range t.ExplicitMethods() {
		e.of(m)
		e.at(m)
		recv := m.Signature().Recv()
		own := recv == nil || recv.Type() == t // the interface has no name
		e.bool(own)
		if !own {
			e.typ(recv.Type())
		}
		e.signature(m.Signature())
	}
	e.int(t.NumEmbeddeds())
	for embedded := range t.EmbeddedTypes() {
		e.typ(embedded)
	}
}

// signature writes parameters and results.
func (e *encoder) signature(t *types.Signature) {
	e.bool(t.Variadic())
	for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
		e.int(tuple.Len())
		for v := range tuple.Variables() {
			e.of(v)
			e.variable(v)
		}
	}
}
