package facts

import (
	"go/ast"
	"go/types"
	"maps"
	"strings"
)

// A struct often keeps objects that lead back to it:
//
//	r.items[name] = &Item{reg: r}
//
// Whatever item r has, item.reg is r then, and item.reg.mu is the lock of r. That is
// believed where every place of the package that puts something there lets it lead back
// so, and no other place gives such a field something else.

// A wayBack says which fields of what is kept lead back, each with the path from the
// struct that it leads to down to the one that keeps it: "" if they are the same.
type wayBack map[*types.Var]string

type waysBackKey struct{}

func (p *Package) waysBack() map[holder]wayBack {
	return p.Keep(waysBackKey{}, func() any {
		b := &backCollector{pkg: p, ways: make(map[holder]wayBack), spoiled: make(map[*types.Var]bool)}
		b.collect()
		return b.ways
	}).(map[holder]wayBack)
}

// A backStore is one value that a struct gets to keep, or a field that it gets set.
type backStore struct {
	root         ast.Node // the declaration
	in           holder
	owner, value ast.Expr // owner is nil where it is not seen
	fresh        bool     // it stands in the owner's literal
}

type backCollector struct {
	pkg     *Package
	stores  []backStore
	ways    map[holder]wayBack
	spoiled map[*types.Var]bool // fields that get what is not followed
}

func (b *backCollector) collect() {
	for _, file := range b.pkg.Files {
		for _, decl := range file.Decls {
			b.root(decl)
		}
	}
	for _, s := range b.stores {
		b.weigh(s)
	}
	for h, way := range b.ways {
		maps.DeleteFunc(way, func(f *types.Var, _ string) bool { return b.spoiled[f] || !b.backward(f) })
		if len(way) == 0 || b.spoiled[h.field] {
			delete(b.ways, h)
		}
	}
}

// weigh keeps of the ways back from a holder those that one more store allows.
func (b *backCollector) weigh(s backStore) {
	way, known := b.ways[s.in]
	if known && len(way) == 0 {
		return
	}
	found := b.from(s)
	if known {
		maps.DeleteFunc(way, func(f *types.Var, path string) bool {
			other, ok := found[f]
			return !ok || other != path
		})
		return
	}
	b.ways[s.in] = found
}

// from returns the ways back that what is stored has.
func (b *backCollector) from(s backStore) wayBack {
	found := make(wayBack)
	if s.owner == nil || s.value == nil {
		return found
	}
	u := b.pkg.named(s.root)
	owner, ok := u.placeOf(s.owner)
	if !ok {
		return found
	}
	u.eachField(s.value, func(f *types.Var, leadsTo ast.Expr) {
		at, ok := u.placeOf(leadsTo)
		if rest, above := strings.CutPrefix(owner.Path, at.Path); ok && at.Root == owner.Root && above {
			found[f] = rest
		}
	})
	return found
}

// eachField visits the fields that an object is seen to get in the function: in its
// literal, in that of the function which makes it, and by assignments.
func (u *unit) eachField(object ast.Expr, visit func(*types.Var, ast.Expr)) {
	made := u.literalOf(object)
	for _, elt := range structElements(u.pkg, made) {
		if f, v := u.pkg.keyedField(elt); f != nil {
			visit(f, v)
		}
	}
	if call, ok := ast.Unparen(made).(*ast.CallExpr); ok {
		u.madeFields(call, visit)
	}
	at, named := u.placeOf(object)
	u.eachBinding(func(owner place, field string, value ast.Expr) {
		if !named || owner.Lock != at {
			return
		}
		if f := fieldOf(u.pkg.typeOf(object), field); f != nil {
			visit(f, value)
		}
	})
}

// madeFields visits the fields that get an operand of a call in what the callee makes.
func (u *unit) madeFields(call *ast.CallExpr, visit func(*types.Var, ast.Expr)) {
	fn := u.pkg.callee(call)
	decl := u.pkg.declOf(fn)
	if decl == nil || decl.Body == nil {
		return
	}
	ret, only := u.pkg.onlyReturn(decl.Body)
	if !only || len(ret.Results) == 0 {
		return
	}
	inner := u.pkg.named(decl)
	for _, elt := range structElements(u.pkg, inner.literalOf(ret.Results[0])) {
		f, v := u.pkg.keyedField(elt)
		at, ok := inner.placeOf(v)
		if f == nil || !ok || at.Path != "" {
			continue
		}
		if operand := operandOf(call, refOf(fn, at).Arg); operand != nil {
			visit(f, operand)
		}
	}
}

// onlyReturn returns the return statement of a function that has one only.
func (p *Package) onlyReturn(body *ast.BlockStmt) (found *ast.ReturnStmt, only bool) {
	n := 0
	p.inspectOwn(body, func(m ast.Node) bool {
		if ret, ok := m.(*ast.ReturnStmt); ok {
			found, n = ret, n+1
		}
		return true
	})
	return found, n == 1
}

// operandOf returns the receiver or an argument of a call.
func operandOf(call *ast.CallExpr, arg int) ast.Expr {
	sel, isMethod := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	switch {
	case arg == 0 && isMethod:
		return sel.X
	case arg > 0 && arg <= len(call.Args):
		return call.Args[arg-1]
	}
	return nil
}

// keyedField returns the field of the package that an element of a literal sets.
func (p *Package) keyedField(elt ast.Expr) (*types.Var, ast.Expr) {
	kv, ok := elt.(*ast.KeyValueExpr)
	if !ok {
		return nil, nil
	}
	id, ok := kv.Key.(*ast.Ident)
	if !ok {
		return nil, nil
	}
	f, ok := p.fieldUsed(id).(*types.Var)
	if !ok || !f.IsField() || f.Pkg() != p.Types {
		return nil, nil
	}
	return f.Origin(), kv.Value
}

// backward reports whether a field can lead back: it is the package's own, and no other
// place than those that store its object sets it.
func (b *backCollector) backward(f *types.Var) bool {
	for _, s := range b.stores {
		if s.in.field != f || s.in.elements || s.fresh || s.value == nil || b.pkg.IsNil(s.value) {
			continue
		}
		if !b.storesToo(s.root, ast.Unparen(s.owner)) {
			return false
		}
	}
	return true
}

// storesToo reports whether a function stores an object: as well as it sets its field.
func (b *backCollector) storesToo(root ast.Node, object ast.Expr) bool {
	u := b.pkg.named(root)
	at, ok := u.placeOf(object)
	if (&ownPointers{pkg: b.pkg}).made(u.literalOf(object)) {
		return true // a new object is set up
	}
	for _, s := range b.stores {
		if s.root == root && s.value != nil && ok {
			if it, named := u.placeOf(s.value); named && it == at {
				return true
			}
		}
	}
	return false
}

// fieldOf returns a struct's own field, nil if it has none of that name.
func fieldOf(t types.Type, name string) *types.Var {
	i, _ := fieldNamed(t, name)
	if i < 0 {
		return nil
	}
	return deref(t).Underlying().(*types.Struct).Field(i).Origin()
}
