package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// takes returns where the value of a deposit, or its method, takes a lock of the
// function that deposits it; nil if it is not sure to.
func (d deposit) takes(method string, lock Lock, read bool) ast.Node {
	for _, name := range d.unit.namesOf(lock) {
		if method == "" {
			if at := d.unit.takenBy(d.unit.literalOf(d.value), name, read); at != nil {
				return at
			}
		} else if d.methodTakes(method, name, read) {
			return d.value
		}
	}
	return nil
}

// returns reports whether a call from inside an object, with a lock of its own held,
// comes back to the object: it goes to what keeps it, by a field that was set to that
// when the object was put there, and the method that is called takes the lock.
func (d deposit) returns(kept keptCall, h Holding) bool {
	u := d.unit
	if kept.owner.Root != h.Lock.Root || kept.owner.Path == "" || !sameStruct(h.Lock.Root.Type(), u.pkg.typeOf(d.value)) {
		return false
	}
	m := u.methodOf(d.value, kept.method)
	if m == nil || !u.leads(d.value, kept.owner.Path, d.owner.Lock) {
		return false
	}
	for _, t := range u.pkg.calleeTakes(m) {
		if t.ref.Arg == 0 && t.ref.Path == h.Lock.Path && u.pkg.blocks(t, h.Read) {
			return true
		}
	}
	return false
}

// sameStruct reports whether two types are a named type or pointers to it.
func sameStruct(a, b types.Type) bool { return types.Identical(deref(a), deref(b)) }

// methodOf returns the method of an object, nil if it has none of that name, or
// that of an interface.
func (u *unit) methodOf(object ast.Expr, name string) *types.Func {
	found, _, _ := types.LookupFieldOrMethod(u.pkg.typeOf(object), true, u.pkg.Types, name)
	m, ok := found.(*types.Func)
	if !ok || isAbstract(m) {
		return nil
	}
	return m.Origin()
}

// leads reports whether a path of fields from an object leads to a struct: by the
// name that it has, or by the one that its field was set to in this function.
func (u *unit) leads(object ast.Expr, path string, owner Lock) bool {
	if at, ok := u.place(object); ok {
		for _, name := range append(u.namesOf(Lock{Root: owner.Root, Path: owner.Path + "."}), owner) {
			if (Lock{Root: at.Root, Path: at.Path + path}) == name || (Lock{Root: at.Root, Path: at.Path + path + "."}) == name {
				return true
			}
		}
	}
	for _, elt := range structElements(u.pkg, u.literalOf(object)) {
		field, value, ok := fieldElement(elt)
		at, named := u.placeOf(value)
		if ok && named && path == "."+field && at == owner {
			return true
		}
	}
	return false
}

func (u *unit) placeOf(e ast.Expr) (Lock, bool) {
	if e == nil {
		return Lock{}, false
	}
	at, ok := u.place(e)
	return at.Lock, ok
}

// literalOf returns the function literal that a variable has as its only value,
// else the expression itself.
func (u *unit) literalOf(e ast.Expr) ast.Expr {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return e
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if info := u.vars[v]; ok && info.constant() && info.init != nil {
		return info.init
	}
	return e
}

// methodTakes reports whether the method of the object that is deposited takes a lock.
func (d deposit) methodTakes(method string, lock Lock, read bool) bool {
	u := d.unit
	m := u.methodOf(d.value, method)
	if m == nil {
		return false
	}
	for _, t := range u.pkg.calleeTakes(m) {
		if t.ref.Arg == 0 && u.pkg.mayBlock(t, read) && u.reaches(d.value, t.ref.Path, lock) {
			return true
		}
		if t.ref.Arg == Global && u.pkg.mayBlock(t, read) && lock == (Lock{Root: u.pkg.global(t.ref.Global), Path: t.ref.Path}) {
			return true
		}
	}
	return false
}

// reaches reports whether a path from an object leads to a lock.
func (u *unit) reaches(object ast.Expr, path string, lock Lock) bool {
	if at, ok := u.place(object); ok && (Lock{Root: at.Root, Path: at.Path + path}) == lock {
		return true
	}
	for _, elt := range structElements(u.pkg, u.literalOf(object)) {
		field, value, ok := fieldElement(elt)
		rest, leads := strings.CutPrefix(path, "."+field)
		if ok && leads && strings.HasPrefix(rest, ".") && u.reaches(value, rest, lock) {
			return true
		}
	}
	return false
}

func fieldElement(elt ast.Expr) (string, ast.Expr, bool) {
	kv, ok := elt.(*ast.KeyValueExpr)
	if !ok {
		return "", nil, false
	}
	id, ok := kv.Key.(*ast.Ident)
	if !ok {
		return "", nil, false
	}
	return id.Name, kv.Value, true
}

// namesOf returns the names that a lock has in a function: its own, and those by
// which it is reached from a struct that gets a pointer to what holds it (s.le = l:
// l.mu is s.le.mu).
func (u *unit) namesOf(lock Lock) []Lock {
	names := []Lock{lock}
	bind := func(owner place, field string, value ast.Expr) {
		at, ok := u.place(value)
		if !ok || at.Root != lock.Root || !refers(u.pkg.typeOf(value)) {
			return
		}
		if rest, ok := strings.CutPrefix(lock.Path, at.Path); ok && strings.HasPrefix(rest, ".") {
			names = append(names, Lock{Root: owner.Root, Path: owner.Path + "." + field + rest})
		}
	}
	u.eachBinding(bind)
	return names
}

// eachBinding visits the fields that a function sets, of places that have a name.
func (u *unit) eachBinding(bind func(owner place, field string, value ast.Expr)) {
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != len(assign.Rhs) {
			return true
		}
		for i, lhs := range assign.Lhs {
			if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok {
				if owner, ok := u.place(sel.X); ok {
					bind(owner, sel.Sel.Name, assign.Rhs[i])
				}
			}
			u.literalBindings(lhs, assign.Rhs[i], bind)
		}
		return true
	})
}

// literalBindings visits the fields of a struct literal that a variable gets.
func (u *unit) literalBindings(target, lit ast.Expr, bind func(place, string, ast.Expr)) {
	owner, ok := u.place(target)
	if !ok {
		return
	}
	for _, elt := range structElements(u.pkg, lit) {
		if field, value, ok := fieldElement(elt); ok {
			bind(owner, field, value)
		}
	}
}
