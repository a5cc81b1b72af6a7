package declared

import (
	"go/constant"
	"go/token"
	"go/types"
	"math/big"
)

// heads makes the declared types, so that others can name them.
func (d *decoder) heads() []*types.Named {
	all := make([]*types.Named, d.in.count())
	for i := range all {
		name, pos := d.name(), d.pos()
		obj := types.NewTypeName(pos, d.packages[0], name, nil)
		all[i] = types.NewNamed(obj, nil, nil)
		d.parameters = nil
		if d.parameterNames(); len(d.parameters) > 0 {
			all[i].SetTypeParams(d.parameters)
		}
		d.packages[0].Scope().Insert(obj)
	}
	return all
}

// body reads the rest of a declared type.
func (d *decoder) body(t *types.Named) {
	d.parameters = nil
	for p := range t.TypeParams().TypeParams() {
		d.parameters = append(d.parameters, p)
	}
	d.constraints()
	t.SetUnderlying(d.typ().Underlying())
	outer := d.parameters
	for range d.in.count() {
		t.AddMethod(d.method())
	}
	d.parameters = outer
}

func (d *decoder) method() *types.Func {
	name, pos := d.name(), d.pos()
	d.parameters = nil
	d.parameterNames()
	d.constraints()
	recv := d.variable(types.RecvVar, d.packages[0])
	return types.NewFunc(pos, d.packages[0], name, d.signature(recv, d.parameters, nil))
}

func (d *decoder) alias() {
	name, pos := d.name(), d.pos()
	d.parameters = nil
	d.parameterNames()
	d.constraints()
	obj := types.NewTypeName(pos, d.packages[0], name, nil)
	alias := types.NewAlias(obj, d.typ())
	if len(d.parameters) > 0 {
		alias.SetTypeParams(d.parameters)
	}
	d.packages[0].Scope().Insert(obj)
}

func (d *decoder) object() types.Object {
	d.parameters = nil
	kind := d.in.int()
	if kind == isVar {
		return d.variable(types.PackageVar, d.packages[0])
	}
	name, pos := d.name(), d.pos()
	if kind == isConst {
		return types.NewConst(pos, d.packages[0], name, d.typ(), d.constant())
	}
	d.parameterNames()
	d.constraints()
	return types.NewFunc(pos, d.packages[0], name, d.signature(nil, nil, d.parameters))
}

func (d *decoder) variable(kind types.VarKind, pkg *types.Package) *types.Var {
	name, pos := d.name(), d.pos()
	v := types.NewVar(pos, pkg, name, d.typ())
	v.SetKind(kind)
	return v
}

func (d *decoder) constant() constant.Value {
	switch d.in.int() {
	case boolConst:
		return constant.MakeBool(d.in.bool())
	case stringConst:
		return constant.MakeString(d.in.raw())
	case intConst:
		v, _ := new(big.Int).SetString(d.in.raw(), 10)
		return constant.Make(v)
	case ratConst:
		v, _ := new(big.Rat).SetString(d.in.raw())
		return constant.Make(v)
	case floatConst:
		v := new(big.Float)
		if err := v.GobDecode([]byte(d.in.raw())); err != nil {
			panic(err)
		}
		return constant.Make(v)
	case complexConst:
		re, im := d.constant(), d.constant()
		return constant.BinaryOp(constant.ToComplex(re), token.ADD, constant.MakeImag(im))
	}
	return constant.MakeUnknown()
}
