package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// MixedAt returns, for a plain access of a variable that functions of
// sync/atomic access elsewhere, one of those accesses, of the same part of an object if there is
// one.
func (f *Facts) MixedAt(e ast.Expr) (atomic *Access, ok bool) {
	a := f.at[e]
	if a == nil || a.Atomic || a.Address || a.Element || a.Content || a.fn.initialises() || a.fn.once || a.fn.test || f.generated(e) {
		return nil, false
	}
	switch f.pkg.Types.Path() {
	case "sync", "internal/sync", "runtime":
		return nil, false // they are what locks are made of
	}
	if a.Var.IsField() && f.ownerOf(a) != Shared || f.early(a) || f.excused(a) || f.confined(a.Var) {
		return nil, false
	}
	if state := f.stateAt(a.fn, a.Expr); !state.bare || !f.bareInUse(a.fn, deepest) {
		return nil, false // a lock may keep the others out
	}
	if f.swaps(a) || f.ofLocalValue(a) {
		return nil, false
	}
	for _, b := range f.accesses[a.Var] {
		if b.Atomic && !b.fn.test && (a.Write || f.writesAtomically(b)) && f.mayMeet(a, b) && !f.ofOthers(a, b) {
			if f.ofSamePart(a, b) {
				return b, true
			}
			if atomic == nil {
				atomic = b
			}
		}
	}
	if atomic == nil {
		atomic = f.copiesAtomic(a)
	}
	return atomic, atomic != nil
}

// bareInUse reports whether a function may be called with no lock held on an object that others
// may have, through so many calls: who has just made it needs none.
func (f *Facts) bareInUse(fn *function, depth int) bool {
	if fn.obj == nil || fn.public || fn.valued || depth == 0 {
		return true
	}
	sites := f.realSites(fn)
	return len(sites) == 0 || slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.runs == started {
			return true
		}
		if sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr); ok && fn.obj.Signature().Recv() != nil && f.owner(s.in, sel.X, s.call) == Own {
			return false
		}
		return f.stateAt(s.in, s.call).bare && f.bareInUse(s.in.outermost(), depth-1)
	})
}

// ofOthers reports whether two accesses are of one field of a struct that stands in two
// others: of a request here, of an answer there.
func (f *Facts) ofOthers(a, b *Access) bool {
	x, y := f.ownerStruct(a.Expr), f.ownerStruct(b.Expr)
	return x != nil && y != nil && !types.Identical(x, y)
}

// ownerStruct returns the outermost struct of which a field is a part, or by which an
// embedded pointer leads to it, if that is not the one that declares it.
func (f *Facts) ownerStruct(e ast.Expr) types.Type {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := f.pkg.Info.Selections[sel]
	if s == nil || s.Kind() != types.FieldVal {
		return nil
	}
	t, pointed := pointedTo(s.Recv())
	if inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok && !pointed {
		if outer := f.ownerStruct(inner); outer != nil {
			return outer
		}
		if s := f.pkg.Info.Selections[inner]; s != nil {
			outer, _ := pointedTo(s.Recv())
			return outer
		}
	}
	if len(s.Index()) == 1 {
		return nil
	}
	return t
}

// pointedTo returns what a type points to, or itself.
func pointedTo(t types.Type) (_ types.Type, pointed bool) {
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		return pointer.Elem(), true
	}
	return t, false
}

// swaps reports whether the function of a plain read gives what it read to a
// CompareAndSwap of the same variable, which finds out if it is old.
func (f *Facts) swaps(a *Access) bool {
	for _, b := range f.accesses[a.Var] {
		if !b.Atomic || b.Func != a.Func || a.Write {
			continue
		}
		if call := f.atomicCall(b); call != nil && strings.HasPrefix(calledMethod(call), "CompareAndSwap") {
			return true
		}
	}
	return false
}

// writesAtomically reports whether the function of sync/atomic that gets the
// address writes.
func (f *Facts) writesAtomically(b *Access) bool {
	call := f.atomicCall(b)
	if call == nil {
		return false
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && !loads(fn.Name())
}

// WritesAtomically reports whether some function of sync/atomic writes a variable.
func (f *Facts) WritesAtomically(v *types.Var) bool {
	return slices.ContainsFunc(f.accesses[v], func(a *Access) bool { return a.Atomic && f.writesAtomically(a) })
}

func loads(name string) bool { return len(name) > 4 && name[:4] == "Load" }

// atomicCall returns the call of sync/atomic that gets the address of a variable.
func (f *Facts) atomicCall(b *Access) (found *ast.CallExpr) {
	f.pkg.Inspect(b.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && found == nil && call.Pos() <= b.Expr.Pos() && b.Expr.End() <= call.End() {
			if fn, isFunc := f.pkg.Callee(call).(*types.Func); isFunc && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" {
				found = call
			}
		}
		return found == nil
	})
	return found
}

// mayMeet reports whether two accesses can be made at the same time, as far as
// the goroutines that come to them tell. A function that joins goroutines may
// read what they have left.
func (f *Facts) mayMeet(a, b *Access) bool {
	if a.fn.outermost() == b.fn.outermost() {
		at, ok := f.placeOf(a.Expr)
		other, ok2 := f.placeOf(b.Expr)
		return ok && ok2 && at == other && f.quiet(a.fn, a.Expr) && f.concurrent(at, a, b)
	}
	return !f.waitedBefore(a) && !f.oneGoroutine(a.fn, b.fn)
}

// waitedBefore reports whether the function of an access may have waited for a group or a channel
// when it comes to it.
func (f *Facts) waitedBefore(a *Access) bool {
	fn := a.fn.outermost()
	for _, nodes := range f.signalsOf(fn).waits {
		for _, n := range nodes {
			call, ok := n.(*ast.CallExpr)
			if (!ok || calledMethod(call) == "Wait") && f.before(fn, n, a.Expr) {
				return true
			}
		}
	}
	return false
}
