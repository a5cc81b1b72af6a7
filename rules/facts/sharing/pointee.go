package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// Who gets the object that a field points to under a lock, and uses it behind the
// unlock, races with others who write that object's fields under the lock, by way of
// the field.
//
//	func (e *engine) policy() *policy {     func (e *engine) update(rules []string) {
//		e.mu.RLock()                    	e.mu.Lock()
//		defer e.mu.RUnlock()            	e.cur.rules = rules
//		return e.cur                    	e.mu.Unlock()
//	}                                       }

// pointeeRace returns what is wrong with the use of a field of such an object.
func (f *Facts) pointeeRace(a *Access) (Unguarded, bool) {
	v := f.rootPointer(a)
	if v == nil || v.Kind() != types.LocalVar || a.Element && a.Write || a.Address || a.fn.test && !f.ofTest(a.Var) || a.fn.once || !f.varies(a.Var) || f.early(a) || f.excused(a) {
		return Unguarded{}, false
	}
	from := f.pointedBy(v)
	if from == nil || f.prepares(from.fn.outermost()) || from.fn == a.fn && !f.before(a.fn, from.Expr, a.Expr) || !f.quiet(a.fn, a.Expr) {
		return Unguarded{}, false
	}
	state := f.stateAt(a.fn, a.Expr)
	if !state.bare || a.fn.says() {
		return Unguarded{}, false
	}
	for class := range f.stateAt(from.fn, from.Expr).locks {
		if !f.siblings(from.Var, class) || !f.heldHere(from, from.Expr, class) {
			continue
		}
		if b := f.writtenThrough(a, from.Var, class); b != nil {
			return Unguarded{Access: a, Guard: &Guard{Lock: class, Holding: []*Access{b}, All: 2}, With: b, From: from}, true
		}
	}
	return Unguarded{}, false
}

// pointedBy returns the access of a field that is the only value of a local variable:
// read there, or by a function that is called and does nothing but return it.
func (f *Facts) pointedBy(v *types.Var) *Access {
	top := f.topAround(v.Pos())
	value := f.onlyValue(top, v)
	if call, ok := value.(*ast.CallExpr); ok {
		callee := f.decls[originOf(f.pkg.Callee(call))]
		if callee == nil || callee == top {
			return nil
		}
		value = callee.onlyResult()
	}
	if value == nil {
		return nil
	}
	from := f.at[value]
	if from == nil || !from.Var.IsField() || from.Write || from.Content || from.Element || !types.Identical(from.Var.Type(), v.Type()) {
		return nil
	}
	return from
}

// onlyResult returns what the only return statement of a function returns first.
func (fn *function) onlyResult() (result ast.Expr) {
	n := 0
	ast.Inspect(fn.body(), func(x ast.Node) bool {
		if ret, ok := x.(*ast.ReturnStmt); ok {
			n++
			if len(ret.Results) > 0 {
				result = ast.Unparen(ret.Results[0])
			}
		}
		_, literal := x.(*ast.FuncLit)
		return !literal
	})
	if n != 1 {
		return nil
	}
	return result
}

// writtenThrough returns a write of the field of an access that another function makes
// under a lock, in place: by way of the field that points to the object, which no
// function with the lock replaces first.
func (f *Facts) writtenThrough(a *Access, pointer *types.Var, lock types.Object) *Access {
	i := slices.IndexFunc(f.accesses[a.Var], func(b *Access) bool {
		sel, ok := ast.Unparen(b.Expr).(*ast.SelectorExpr)
		if !ok || !b.Write || b.fn.outermost() == a.fn.outermost() || b.fn.test && !f.ofTest(b.Var) || b.Address || !conflicts(a, b) || f.early(b) || f.excused(b) {
			return false
		}
		way := f.at[ast.Unparen(sel.X)]
		if way == nil || way.Var != pointer || !f.heldHere(b, b.Expr, lock) || f.oneGoroutine(a.fn, b.fn) || f.ordered(a, b) {
			return false
		}
		return !slices.ContainsFunc(f.accesses[pointer], func(c *Access) bool { return c.Write && c.fn.outermost() == b.fn.outermost() })
	})
	if i < 0 {
		return nil
	}
	return f.accesses[a.Var][i]
}
