package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A struct keeps functions and objects which it calls later: hooks, handlers,
// observers. What it has got is known from the places that put it there.

// A deposit is one value that a struct gets to keep, and to call.
type deposit struct {
	unit  *unit // of the function that puts it there
	owner place // the struct, in that function
	value ast.Expr
}

// A keeping names what keeps a value: a field of the struct, or a variable of the
// package, or, where that holds structs, a field of these. Whether there is a
// slice, map or channel in between makes no difference.
type keeping struct{ field, inner *types.Var }

type depositsKey struct{}

// depositsIn returns what is put into a keeping by the functions of the package,
// in source order.
func (p *Package) depositsIn(k keeping) []deposit {
	return p.depositor().found[k]
}

// registrars returns the functions that put a parameter away.
func (p *Package) registrars() map[*types.Func][]registrar { return p.depositor().registrars }

func (p *Package) depositor() *depositor {
	return p.Keep(depositsKey{}, func() any { return p.collectDeposits() }).(*depositor)
}

// A depositor collects the deposits of a package, and the methods that make one
// of a parameter: bus.Subscribe(f).
type depositor struct {
	pkg        *Package
	found      map[keeping][]deposit
	registrars map[*types.Func][]registrar
	setters    map[*types.Func][]maker // options
}

// A registrar is a function that puts a parameter into a variable of the package, or
// a method that puts it into its receiver.
type registrar struct {
	param int
	owner place // in the function
	keeping
}

func (p *Package) collectDeposits() *depositor {
	d := &depositor{pkg: p, found: make(map[keeping][]deposit), registrars: make(map[*types.Func][]registrar)}
	d.eachFunction(d.stores)
	for k, all := range d.found {
		for _, one := range all {
			d.noteRegistrar(k, one)
		}
	}
	if len(d.registrars) > 0 {
		d.eachFunction(d.registrations)
	}
	if makers := d.collectMakers(); len(makers)+len(d.setters) > 0 {
		d.makings(makers)
	}
	return d
}

func (d *depositor) eachFunction(visit func(root ast.Node, n ast.Node)) {
	for _, file := range d.pkg.Files {
		for _, decl := range file.Decls {
			d.pkg.Inspect(decl, func(n ast.Node) bool {
				visit(decl, n)
				return true
			})
		}
	}
}

// stores notes what a statement puts into fields.
func (d *depositor) stores(root ast.Node, n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			d.store(root, lhs, valueAt(n.Rhs, len(n.Lhs), i))
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			d.store(root, name, valueAt(n.Values, len(n.Names), i))
		}
	case *ast.SendStmt:
		d.store(root, n.Chan, n.Value)
	}
}

// store notes that something gets a value: x.f, x.f[k], or x the whole struct.
func (d *depositor) store(root ast.Node, target, value ast.Expr) {
	var key ast.Expr
	if index, ok := ast.Unparen(target).(*ast.IndexExpr); ok {
		target, key = index.X, index.Index
	}
	switch target := ast.Unparen(target).(type) {
	case *ast.SelectorExpr:
		if f := d.pkg.callableField(target.Sel); f != nil {
			for _, v := range append(slices.Clip(d.pkg.unfold(value)), key) { // a set of objects has them as keys
				d.add(root, target.X, keeping{field: f}, v)
			}
		}
	case *ast.Ident:
		if v := d.pkg.callableGlobal(target); v != nil {
			for _, value := range append(slices.Clip(d.pkg.unfold(value)), key) {
				d.add(root, target, keeping{field: v}, value)
			}
		}
		d.fields(value, func(f *types.Var, v ast.Expr) { d.add(root, target, keeping{field: f}, v) })
	}
}

// fields visits the fields of a struct literal that can be called, with each
// value that they get.
func (d *depositor) fields(lit ast.Expr, visit func(*types.Var, ast.Expr)) {
	for _, elt := range structElements(d.pkg, lit) {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok {
			if f := d.pkg.callableField(id); f != nil {
				for _, v := range d.pkg.unfold(kv.Value) {
					visit(f, v)
				}
			}
		}
	}
}

// add notes one deposit: of a value, or of what the fields of a struct have.
func (d *depositor) add(root ast.Node, owner ast.Expr, k keeping, value ast.Expr) {
	if value == nil {
		return
	}
	u := d.pkg.named(root)
	at, ok := u.place(owner)
	if !ok {
		return
	}
	d.found[k] = append(d.found[k], deposit{u, at, value})
	if k.inner == nil {
		d.fields(value, func(f *types.Var, v ast.Expr) {
			inner := keeping{k.field, f}
			d.found[inner] = append(d.found[inner], deposit{u, at, v})
		})
	}
}

// noteRegistrar notes that a method deposits one of its parameters.
func (d *depositor) noteRegistrar(k keeping, one deposit) {
	fn := one.unit.function()
	if fn == nil || !isGlobal(one.owner.Root) && (fn.Signature().Recv() == nil || one.owner.Root != fn.Signature().Recv()) {
		return
	}
	if i := one.unit.steadyParam(fn, one.value); i >= 0 {
		d.registrars[fn] = append(d.registrars[fn], registrar{i, one.owner, k})
	}
}

// registrations notes the deposits that a call of a registrar makes.
func (d *depositor) registrations(root ast.Node, n ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(d.registrars[d.pkg.callee(call)]) == 0 {
		return
	}
	u := d.pkg.named(root)
	for _, r := range d.registrars[d.pkg.callee(call)] {
		if r.param >= len(call.Args) {
			continue
		}
		if owner, ok := u.ownerAt(call, r.owner); ok {
			d.found[r.keeping] = append(d.found[r.keeping], deposit{u, owner, call.Args[r.param]})
		}
	}
}

// ownerAt names the struct that a registrar puts things into, where it is called.
func (u *unit) ownerAt(call *ast.CallExpr, owner place) (place, bool) {
	if isGlobal(owner.Root) {
		return owner, true
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return place{}, false
	}
	at, ok := u.receiver(sel)
	at.Path += owner.Path
	return at, ok
}

// unfold returns the single values of which a value is made: the elements of a
// literal, and what is appended.
func (p *Package) unfold(value ast.Expr) []ast.Expr {
	switch v := ast.Unparen(orBlank(value)).(type) {
	case *ast.CallExpr:
		if id, ok := v.Fun.(*ast.Ident); ok && p.Use(id) == types.Universe.Lookup("append") {
			return v.Args[1:]
		}
	case *ast.CompositeLit:
		if _, isStruct := p.typeOf(v).Underlying().(*types.Struct); !isStruct {
			return elements(v)
		}
	}
	if value == nil {
		return nil
	}
	return []ast.Expr{value}
}

// elements returns the keys and values of a literal of a map, slice or array.
func elements(lit *ast.CompositeLit) (all []ast.Expr) {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			all = append(all, kv.Key, kv.Value)
		} else {
			all = append(all, elt)
		}
	}
	return all
}

// callableField returns the field that an identifier names, if what it holds can
// be called: functions, objects behind an interface, or structs that have them.
func (p *Package) callableField(id *ast.Ident) *types.Var {
	v, ok := p.fieldUsed(id).(*types.Var)
	if !ok || !v.IsField() || !callableType(v.Type(), 0) {
		return nil
	}
	return v.Origin()
}

// callableGlobal is the same for variables of the package.
func (p *Package) callableGlobal(id *ast.Ident) *types.Var {
	v, ok := p.ObjectOf(id).(*types.Var)
	if !ok || v.Parent() != p.Types.Scope() || !callableType(v.Type(), 0) {
		return nil
	}
	return v
}

// callableType reports whether a type holds what can be called. A type that holds
// itself (type tree []tree) is not followed for ever.
func callableType(t types.Type, depth int) bool { return holdsCallable(t, depth, 0) }

// maxNested bounds how many slices, maps and channels lie in each other.
const maxNested = 4

func holdsCallable(t types.Type, depth, nested int) bool {
	if nested > maxNested {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Interface:
		return t.NumMethods() > 0
	case *types.Slice:
		return holdsCallable(t.Elem(), depth, nested+1)
	case *types.Array:
		return holdsCallable(t.Elem(), depth, nested+1)
	case *types.Chan:
		return holdsCallable(t.Elem(), depth, nested+1)
	case *types.Map:
		return holdsCallable(t.Elem(), depth, nested+1) || holdsCallable(t.Key(), depth, nested+1)
	case *types.Pointer:
		return depth == 0 && holdsCallable(t.Elem(), 1, nested+1)
	case *types.Struct:
		for f := range t.Fields() {
			if depth < 2 && holdsCallable(f.Type(), 2, nested+1) {
				return true
			}
		}
	}
	return false
}
