package declared

import (
	"fmt"
	"go/types"
)

// parameterNames makes type parameters, which types mention from now on.
func (d *decoder) parameterNames() {
	for range d.in.count() {
		name, pos := d.name(), d.pos()
		d.parameters = append(d.parameters, types.NewTypeParam(types.NewTypeName(pos, d.packages[0], name, nil), nil))
	}
}

// constraints reads those of the type parameters. They are set at the end: who sets
// one has what it allows worked out, and it may be an interface that is not yet read.
func (d *decoder) constraints() {
	var last types.Type
	for _, p := range d.parameters {
		if shared := d.in.bool(); !shared {
			last = d.typ()
		}
		d.bounds = append(d.bounds, bound{p, last})
	}
}

func (d *decoder) typ() types.Type {
	switch kind := d.in.int(); kind {
	case ofBasic:
		return d.basic()
	case ofUniverse:
		return types.Universe.Lookup(d.name()).Type()
	case ofName, ofSame:
		return d.named()
	case ofInstance:
		return d.instance()
	case ofParameter:
		return d.parameters[d.in.int()]
	case ofStruct:
		return d.structure()
	case ofInterface:
		return d.iface()
	case ofAny:
		return types.Universe.Lookup("any").Type().Underlying()
	case ofFunc:
		return d.signature(nil, nil, nil)
	case ofUnion:
		return d.union()
	default:
		return d.elements(kind)
	}
}

func (d *decoder) elements(kind int) types.Type {
	switch kind {
	case ofPointer:
		return types.NewPointer(d.typ())
	case ofSlice:
		return types.NewSlice(d.typ())
	case ofArray:
		n := int64(d.in.int()) - 1
		return types.NewArray(d.typ(), n)
	case ofMap:
		key := d.typ()
		return types.NewMap(key, d.typ())
	case ofChan:
		dir := types.ChanDir(d.in.int())
		return types.NewChan(dir, d.typ())
	}
	panic(fmt.Sprint("a type of kind ", kind))
}

func (d *decoder) basic() types.Type {
	switch kind := d.in.int(); kind {
	case ofByte:
		return types.Universe.Lookup("byte").Type()
	case ofRune:
		return types.Universe.Lookup("rune").Type()
	default:
		return types.Typ[kind]
	}
}

func (d *decoder) named() types.Type {
	pkg, name := d.pkg(), d.name()
	obj := pkg.Scope().Lookup(name)
	if obj == nil {
		panic(pkg.Path() + " has no " + name)
	}
	return obj.Type()
}

func (d *decoder) instance() types.Type {
	origin := d.named()
	args := make([]types.Type, d.in.count())
	for i := range args {
		args[i] = d.typ()
	}
	t, err := types.Instantiate(d.context, origin, args, false)
	if err != nil {
		panic(err)
	}
	return t
}

func (d *decoder) structure() types.Type {
	fields := make([]*types.Var, d.in.count())
	tags := make([]string, len(fields))
	for i := range fields {
		pkg, embedded := d.pkg(), d.in.bool()
		tags[i] = d.name()
		name, pos := d.name(), d.pos()
		fields[i] = types.NewField(pos, pkg, name, d.typ(), embedded)
	}
	return types.NewStruct(fields, tags)
}

func (d *decoder) iface() types.Type {
	implicit := d.in.bool()
	methods := make([]*types.Func, d.in.count())
	for i := range methods {
		pkg := d.pkg()
		name, pos := d.name(), d.pos()
		var recv *types.Var
		if own := d.in.bool(); !own {
			recv = types.NewVar(pos, pkg, "", d.typ())
			recv.SetKind(types.RecvVar)
		}
		methods[i] = types.NewFunc(pos, pkg, name, d.signature(recv, nil, nil))
	}
	embedded := make([]types.Type, d.in.count())
	for i := range embedded {
		embedded[i] = d.typ()
	}
	t := types.NewInterfaceType(methods, embedded)
	if implicit {
		t.MarkImplicit()
	}
	d.ifaces = append(d.ifaces, t)
	return t
}

func (d *decoder) union() types.Type {
	terms := make([]*types.Term, d.in.count())
	for i := range terms {
		tilde := d.in.bool()
		terms[i] = types.NewTerm(tilde, d.typ())
	}
	return types.NewUnion(terms)
}

func (d *decoder) signature(recv *types.Var, ofRecv, own []*types.TypeParam) *types.Signature {
	variadic := d.in.bool()
	params, results := d.tuple(types.ParamVar), d.tuple(types.ResultVar)
	return types.NewSignatureType(recv, ofRecv, own, params, results, variadic)
}

func (d *decoder) tuple(kind types.VarKind) *types.Tuple {
	n := d.in.count()
	if n == 0 {
		return nil
	}
	all := make([]*types.Var, n)
	for i := range all {
		all[i] = d.variable(kind, d.pkg())
	}
	return types.NewTuple(all...)
}
