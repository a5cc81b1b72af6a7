package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A struct may hold another one by a pointer that is its own: each has one that was
// made for it. The lock of the one that a connection has is then none that a peer has.

type ownPointersKey struct{}

// A holder is a field, or the elements of the map or slice that it is.
type holder struct {
	field    *types.Var
	elements bool
}

// OwnPointer reports whether a field of this package only ever gets objects that are
// made where it gets them: no two such fields lead to one object.
func (p *Package) OwnPointer(f *types.Var) bool {
	if f.Pkg() != p.Types || f.Exported() {
		return false
	}
	return p.Keep(ownPointersKey{}, func() any { return p.ownPointers() }).(map[holder]bool)[holder{f.Origin(), false}]
}

// OwnElements is the same for the elements of a map or slice.
func (p *Package) OwnElements(f *types.Var) bool {
	if f.Pkg() != p.Types || f.Exported() {
		return false
	}
	return p.Keep(ownPointersKey{}, func() any { return p.ownPointers() }).(map[holder]bool)[holder{f.Origin(), true}]
}

func (p *Package) ownPointers() map[holder]bool {
	o := &ownPointers{pkg: p, own: make(map[holder]bool)}
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			o.root = decl
			p.Inspect(decl, func(n ast.Node) bool {
				o.node(n)
				return true
			})
		}
	}
	return o.own
}

type ownPointers struct {
	pkg  *Package
	own  map[holder]bool // false: it gets something else, too
	root ast.Node
}

func (o *ownPointers) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			value := valueAt(n.Rhs, len(n.Lhs), i)
			if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok {
				o.setElement(o.field(index.X), value)
			}
			o.set(o.field(lhs), value)
		}
	case *ast.RangeStmt:
		o.set(o.field(n.Key), nil)
		o.set(o.field(n.Value), nil)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			o.set(o.field(n.X), nil)
		}
	case *ast.CompositeLit:
		o.literal(n)
	}
}

func (o *ownPointers) literal(lit *ast.CompositeLit) {
	t := o.pkg.typeOf(lit)
	if t == nil {
		return
	}
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		if kv, keyed := elt.(*ast.KeyValueExpr); keyed {
			if id, ok := kv.Key.(*ast.Ident); ok {
				f, _ := o.pkg.Use(id).(*types.Var)
				o.set(f, kv.Value)
			}
		} else if i < st.NumFields() {
			o.set(st.Field(i), elt)
		}
	}
}

// field returns the field that an expression selects, or nil.
func (o *ownPointers) field(e ast.Expr) *types.Var {
	sel, ok := ast.Unparen(orBlank(e)).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	f, _ := o.pkg.Use(sel.Sel).(*types.Var)
	return f
}

// set notes that a field gets a value, nil if that is not seen.
func (o *ownPointers) set(f *types.Var, value ast.Expr) {
	if f == nil || !f.IsField() || value != nil && o.pkg.IsNil(value) {
		return
	}
	switch f.Type().Underlying().(type) {
	case *types.Pointer:
		o.note(holder{f.Origin(), false}, value != nil && (o.made(value) || o.madeBy(value)))
	case *types.Map, *types.Slice:
		if !o.empty(value) {
			o.note(holder{f.Origin(), true}, false)
		}
	}
}

// setElement notes that a map or slice gets an element.
func (o *ownPointers) setElement(f *types.Var, value ast.Expr) {
	if f != nil && f.IsField() {
		o.note(holder{f.Origin(), true}, value != nil && (o.made(value) || o.madeBy(value) || o.madeFor(f, value)))
	}
}

func (o *ownPointers) note(h holder, made bool) {
	old, known := o.own[h]
	o.own[h] = (old || !known) && made
}

// empty reports whether an expression makes a map or slice without elements.
func (o *ownPointers) empty(e ast.Expr) bool {
	switch e := ast.Unparen(orBlank(e)).(type) {
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && o.pkg.Use(id) == types.Universe.Lookup("make")
	}
	return false
}

// madeFor reports whether an expression is a local variable that has what was made, or
// an element of the same map, and goes nowhere else.
func (o *ownPointers) madeFor(f *types.Var, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := o.pkg.Use(id).(*types.Var)
	info := o.pkg.named(o.root).vars[v]
	if !ok || info == nil || info.parameter || info.addressed || o.stored(v) != 1 {
		return false
	}
	for _, value := range info.values {
		if value != nil && !o.made(value) && !o.madeBy(value) {
			return false // nil: one of several results, or an element
		}
	}
	return o.elementsOnly(v, f)
}

// stored counts the places that keep a variable.
func (o *ownPointers) stored(v *types.Var) (n int) {
	is := func(e ast.Expr) bool {
		id, ok := ast.Unparen(orBlank(e)).(*ast.Ident)
		return ok && o.pkg.Use(id) == v
	}
	count := func(all []ast.Expr) {
		for _, e := range all {
			if is(e) {
				n++
			}
		}
	}
	o.pkg.Inspect(o.root, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.AssignStmt:
			count(m.Rhs)
		case *ast.ValueSpec:
			count(m.Values)
		case *ast.CompositeLit:
			count(m.Elts)
		case *ast.KeyValueExpr:
			count([]ast.Expr{m.Value})
		case *ast.CallExpr:
			count(m.Args)
		case *ast.SendStmt:
			count([]ast.Expr{m.Value})
		}
		return true
	})
	return n
}

// elementsOnly reports whether a variable that gets one of two results gets an element
// of a field.
func (o *ownPointers) elementsOnly(v *types.Var, f *types.Var) bool {
	only := true
	o.pkg.Inspect(o.root, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Rhs) == len(assign.Lhs) {
			return true
		}
		for _, lhs := range assign.Lhs {
			if id, ok := lhs.(*ast.Ident); ok && o.pkg.ObjectOf(id) == v {
				index, isIndex := ast.Unparen(assign.Rhs[0]).(*ast.IndexExpr)
				only = only && isIndex && o.field(index.X) == f
			}
		}
		return true
	})
	return only
}

// made reports whether an expression makes an object: &T{}, new(T).
func (o *ownPointers) made(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(e.X).(*ast.CompositeLit)
		return e.Op == token.AND && lit
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && o.pkg.Use(id) == types.Universe.Lookup("new")
	}
	return false
}

// madeBy reports whether an expression calls a function of the package that returns
// nothing but nil and what it has made.
func (o *ownPointers) madeBy(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	decl := o.pkg.declOf(o.pkg.callee(call))
	if decl == nil || decl.Body == nil || decl.Type.Results.NumFields() != 1 {
		return false
	}
	found, other := false, false
	u := o.pkg.named(decl)
	o.pkg.inspectOwn(decl.Body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			makes := len(ret.Results) == 1 && (o.pkg.IsNil(ret.Results[0]) || o.made(u.literalOf(ret.Results[0])))
			found, other = found || makes, other || !makes
		}
		return !other
	})
	return found && !other
}
