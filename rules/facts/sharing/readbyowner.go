package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// A part that keeps no lock of its own is guarded by that of the object which has it. A
// method of the part that changes it, though its name says Get, is called under the read
// lock then as if it only looked.
//
//	n.mu.RLock()
//	v, ok := n.cache.Get(key) // drops what is too old
//	n.mu.RUnlock()

// readByOwner returns the lock that the owner of a part holds to read where it calls the
// method that makes an access, while elsewhere it holds the lock to write for the part.
func (f *Facts) readByOwner(a *Access) (guard types.Object, by *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.valued || fn.says() || fn.obj.Signature().Recv() == nil || len(f.pkg.Acquisitions(fn.node)) > 0 || a.Element || f.asksParameter(fn) || !f.ofOwnReceiver(a) {
		return nil, nil
	}
	sites := f.realSites(fn)
	for _, s := range sites {
		class, part := f.partReadBy(s)
		if class == nil || len(f.stateAt(s.in, s.call).locks) != 1 || f.prepares(s.in.outermost()) {
			continue
		}
		if f.partWrittenUnder(part, class) && !f.otherwiseKept(sites, part) {
			return class, s.call
		}
	}
	return nil, nil
}

// ofOwnReceiver reports whether an access is of what the receiver of its method leads to.
func (f *Facts) ofOwnReceiver(a *Access) bool {
	recv := a.fn.obj.Signature().Recv()
	root := ast.Unparen(a.Expr)
	for {
		sel, ok := root.(*ast.SelectorExpr)
		if !ok {
			break
		}
		root = ast.Unparen(sel.X)
	}
	return f.isVariable(root, recv)
}

// partReadBy returns the lock that a function has itself taken to read where it calls a
// method of a part, which lies in the same struct as the lock.
func (f *Facts) partReadBy(s site) (class types.Object, part *types.Var) {
	if s.in == nil || s.runs != inPlace || s.in.test {
		return nil, nil
	}
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	of, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	field, ok := f.pkg.Use(of.Sel).(*types.Var)
	if !ok || !field.IsField() || types.IsInterface(field.Type()) {
		return nil, nil // what is behind an interface may keep a lock of its own
	}
	for _, h := range f.pkg.LocksAt(s.in.node, s.call).Held {
		if lock := classOf(h.Lock); h.Read && h.Must && f.siblings(field.Origin(), lock) {
			return lock, field.Origin()
		}
	}
	return nil, nil
}

// partWrittenUnder reports whether a function calls a method of a part, or changes it, with a
// lock held to write.
func (f *Facts) partWrittenUnder(part *types.Var, lock types.Object) bool {
	return slices.ContainsFunc(f.accesses[part], func(b *Access) bool {
		if b.fn.test || f.early(b) {
			return false
		}
		state := f.stateAt(b.fn, b.Expr)
		return state.locks[lock] && f.heldHere(b, b.Expr, lock)
	})
}

// otherwiseKept reports whether a method is called for the part under another lock, or
// for another object: then what guards it is not sure.
func (f *Facts) otherwiseKept(sites []site, part *types.Var) bool {
	return slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.runs != inPlace {
			return true
		}
		_, of := f.partReadBy(s)
		return of != part && len(f.stateAt(s.in, s.call).locks) == 0 && !f.prepares(s.in.outermost()) && !s.in.test
	})
}
