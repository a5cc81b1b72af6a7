package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// lentTo returns the field to which a return statement gives a guarded map or slice, in a literal of a
// struct that takes neither the lock nor its owner along, if a function reads its entries there
// without the lock.
//
//	func (f *FSM) Snapshot() *Snapshot { f.mu.RLock(); defer f.mu.RUnlock(); return &Snapshot{data: f.data} }
//	func (s *Snapshot) Persist()       { for k, v := range s.data { … } }
func (h *Header) lentTo(f *Facts, result ast.Expr) *types.Var {
	if address, ok := ast.Unparen(result).(*ast.UnaryExpr); ok {
		result = address.X
	}
	lit, ok := ast.Unparen(result).(*ast.CompositeLit)
	if !ok {
		return nil
	}
	of, ok := f.typeOf(lit).(*types.Struct)
	if !ok || f.takesAlong(h.Access.fn, lit) {
		return nil
	}
	for i, elt := range lit.Elts {
		field := fieldOfElement(f, of, elt, i)
		if pair, ok := elt.(*ast.KeyValueExpr); ok {
			elt = pair.Value
		}
		if field != nil && ast.Unparen(elt) == h.Value && f.readBare(field) {
			return field
		}
	}
	return nil
}

// fieldOfElement returns the field of a struct that an element of its literal is for.
func fieldOfElement(f *Facts, of *types.Struct, elt ast.Expr, i int) *types.Var {
	pair, ok := elt.(*ast.KeyValueExpr)
	if !ok {
		return of.Field(i).Origin()
	}
	id, ok := pair.Key.(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.Use(id).(*types.Var)
	if v == nil {
		return nil
	}
	return v.Origin()
}

// takesAlong reports whether a literal holds a lock, or the receiver of its function: who has it may
// lock by that.
func (f *Facts) takesAlong(fn *function, lit *ast.CompositeLit) (takes bool) {
	if fn.obj == nil {
		return true
	}
	recv := fn.obj.Signature().Recv()
	for _, elt := range lit.Elts {
		if pair, ok := elt.(*ast.KeyValueExpr); ok {
			elt = pair.Value
		}
		if address, ok := ast.Unparen(elt).(*ast.UnaryExpr); ok {
			elt = address.X
		}
		takes = takes || recv != nil && f.isVariable(elt, recv) || synchronises(f.pkg.TypeOf(elt)) || types.IsInterface(f.pkg.TypeOf(elt))
	}
	return takes
}

// readBare reports whether a function reads entries of what a field holds, and surely without a lock.
func (f *Facts) readBare(field *types.Var) bool {
	return slices.ContainsFunc(f.accesses[field], func(a *Access) bool {
		if !a.Read || a.fn.test || !a.Content && !a.Element && !a.Whole {
			return false
		}
		state := f.stateAt(a.fn, a.Expr)
		return state.bare && len(state.locks) == 0
	})
}
