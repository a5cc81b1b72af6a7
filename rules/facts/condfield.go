package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A sync.Cond in a field mostly has a lock beside it, of the same object. Where all that the
// field ever gets says so, its L is another name of that lock.
//
//	q.ready = sync.NewCond(&q.mu)

type condFieldsKey struct{}

// lockOfCond returns the field of the lock that the Conds of a field have, beside them in one
// struct; nil if they may have another one.
func (p *Package) lockOfCond(cond *types.Var) *types.Var {
	fields := p.Keep(condFieldsKey{}, func() any {
		s := condStores{p, make(map[*types.Var]*types.Var)}
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool { s.visit(n); return true })
		}
		return s.locks
	}).(map[*types.Var]*types.Var)
	return fields[cond.Origin()]
}

// condStores are what the fields for Conds get: the lock of each, nil for one that has several,
// or an unknown one.
type condStores struct {
	*Package
	locks map[*types.Var]*types.Var
}

func (s condStores) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			s.assigned(lhs, valueAt(n.Rhs, len(n.Lhs), i))
		}
	case *ast.CompositeLit:
		s.literal(n)
	case *ast.UnaryExpr: // who has its address may store anything
		if sel, ok := ast.Unparen(n.X).(*ast.SelectorExpr); ok && n.Op == token.AND {
			s.note(s.condField(sel), nil)
		}
	}
}

// assigned notes x.cond = sync.NewCond(&x.mu), or x.cond.L = &x.mu.
func (s condStores) assigned(lhs, value ast.Expr) {
	sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
	if !ok {
		return
	}
	if inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok && sel.Sel.Name == "L" && s.condField(inner) != nil {
		s.note(s.condField(inner), s.beside(inner, value))
	} else if cond := s.condField(sel); cond != nil {
		s.note(cond, s.beside(sel, s.lockGiven(value)))
	}
}

// literal notes what the fields of a struct literal get. The lock has a name there if another
// field gets the same variable.
//
//	&queue{mu: mu, ready: sync.NewCond(mu)}
func (s condStores) literal(lit *ast.CompositeLit) {
	st, ok := s.typeOf(lit).Underlying().(*types.Struct)
	if !ok {
		return
	}
	given := make(map[types.Object]*types.Var) // the field that a variable is stored in
	for i, elt := range lit.Elts {
		if field, value := literalField(s.Package, st, i, elt); field != nil && s.variable(value) != nil {
			given[s.variable(value)] = field
		}
	}
	for i, elt := range lit.Elts {
		field, value := literalField(s.Package, st, i, elt)
		if field == nil || !isCondType(field.Type()) {
			continue
		}
		var lock *types.Var
		if v := s.variable(orBlank(s.lockGiven(value))); v != nil {
			lock = given[v]
		}
		s.note(field, lock)
	}
}

// literalField returns the field that an element of a struct literal is for, and its value.
func literalField(p *Package, st *types.Struct, i int, elt ast.Expr) (*types.Var, ast.Expr) {
	if kv, ok := elt.(*ast.KeyValueExpr); ok {
		id, _ := kv.Key.(*ast.Ident)
		v, _ := p.Use(id).(*types.Var)
		return v, kv.Value
	}
	if i < st.NumFields() {
		return st.Field(i), elt
	}
	return nil, elt
}

// note keeps the lock of the Conds of a field: nil once two differ.
func (s condStores) note(cond, lock *types.Var) {
	if cond == nil {
		return
	}
	cond = cond.Origin()
	known, seen := s.locks[cond]
	if s.Reachable(cond) || lock == nil || seen && known != lock.Origin() {
		s.locks[cond] = nil
		return
	}
	s.locks[cond] = lock.Origin()
}

// condField returns the field for a Cond that a selector names, of a struct that it does not
// only embed.
func (s condStores) condField(sel *ast.SelectorExpr) *types.Var {
	selection := s.Info.Selections[sel]
	if selection == nil || selection.Kind() != types.FieldVal || len(selection.Index()) != 1 || !isCondType(selection.Type()) {
		return nil
	}
	return selection.Obj().(*types.Var)
}

// lockGiven returns what a new Cond gets as its lock.
func (s condStores) lockGiven(value ast.Expr) ast.Expr {
	call, ok := ast.Unparen(orBlank(value)).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !s.calls(call, "sync", "NewCond") {
		return nil
	}
	return call.Args[0]
}

// beside returns the field of a lock, if it is one of the same variable's as that of a Cond.
func (s condStores) beside(cond *ast.SelectorExpr, lock ast.Expr) *types.Var {
	of := ast.Unparen(orBlank(lock))
	if address, ok := of.(*ast.UnaryExpr); ok && address.Op == token.AND {
		of = ast.Unparen(address.X)
	}
	sel, ok := of.(*ast.SelectorExpr)
	if !ok || !isMutexPointer(s.typeOf(lock)) {
		return nil
	}
	selection := s.Info.Selections[sel]
	owner := s.variable(cond.X)
	if selection == nil || len(selection.Index()) != 1 || owner == nil || s.variable(sel.X) != owner {
		return nil
	}
	return selection.Obj().(*types.Var)
}

// isCondType reports whether a type is sync.Cond, or a pointer to it.
func isCondType(t types.Type) bool {
	named, ok := types.Unalias(deref(t)).(*types.Named)
	return ok && isSync(named) && named.Obj().Name() == "Cond"
}

// besideCond is the place of the lock of a Cond, of which it is known that it stands beside it:
// x.mu for x.cond.L.
func (u *unit) besideCond(e *ast.SelectorExpr) (place, bool) {
	cond, ok := ast.Unparen(e.X).(*ast.SelectorExpr)
	if !ok || e.Sel.Name != "L" {
		return place{}, false
	}
	field := condStores{Package: u.pkg}.condField(cond)
	if field == nil {
		return place{}, false
	}
	lock := u.pkg.lockOfCond(field)
	if lock == nil {
		return place{}, false
	}
	base, ok := u.place(cond.X)
	if !ok {
		return place{}, false
	}
	t := u.pkg.typeOf(cond.X)
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		return place{}, false
	}
	for i := range st.NumFields() {
		if st.Field(i).Origin() == lock {
			return base.fieldsAt(t, []int{i})
		}
	}
	return place{}, false
}
