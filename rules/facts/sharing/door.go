package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// oneDoor reports whether two accesses stand in literals that one and the same function
// gets, of one object: what runs them, one after the other, is seen in another package, or
// not at all. What is given to a pool, pool.Submit(func() { … }), may run beside the rest.
//
//	h.Act(func() {
//		h.asked[key] = q
//		q.timer = time.AfterFunc(wait, func() {
//			h.Act(func() { delete(h.asked, key) })
//		})
//	})
func (f *Facts) oneDoor(a, b *Access) bool {
	x, y := f.door(a.fn), f.door(b.fn)
	if x == nil || y == nil || x == y {
		return false
	}
	callee, ok := f.pkg.Callee(x).(*types.Func)
	return ok && !handsOut.MatchString(callee.Name()) && callee == f.pkg.Callee(y) && f.decls[callee.Origin()] == nil && f.sameReceiver(x, y)
}

// door returns the call that gets the literal which a function runs in, if nothing is known of
// when that is run; nil behind the start of a goroutine.
func (f *Facts) door(fn *function) *ast.CallExpr {
	for fn != nil && fn.obj == nil {
		around, runs, _ := fn.out()
		if runs == started {
			return nil
		}
		if runs == later {
			return f.handedBy(fn)
		}
		fn = around
	}
	return nil
}

// isTask reports whether a literal that takes and returns nothing is given to a method of which
// nothing is seen, and which has no more to say of it: an actor or a loop of events runs it on
// its own goroutine, mostly, as it does what comes to give it.
//
//	time.AfterFunc(wait, func() { h.Act(func() { delete(h.asked, key) }) })
func (f *Facts) isTask(fn *function) bool {
	lit, ok := fn.node.(*ast.FuncLit)
	call := f.handedBy(fn)
	if !ok || call == nil || len(lit.Type.Params.List) > 0 || lit.Type.Results != nil {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || f.decls[callee.Origin()] != nil {
		return false
	}
	sig := callee.Signature()
	return sig.Recv() != nil && sig.Results().Len() == 0 && !handsOut.MatchString(callee.Name())
}

// inTask reports whether an access is part of such a task, that a goroutine gives away.
func (f *Facts) inTask(a *Access) bool {
	goroutine := a.goroutine()
	for fn := a.fn; goroutine != nil && fn != nil && fn != goroutine; fn = fn.around {
		if fn.runs == later && f.isTask(fn) {
			return true
		}
	}
	return false
}

// handedBy returns the call that a literal is an argument of, nil if it is none.
func (f *Facts) handedBy(fn *function) *ast.CallExpr {
	if f.doors == nil {
		f.doors = map[*function]*ast.CallExpr{}
		for _, h := range f.handings {
			if h.fn.obj == nil && h.goes == nil {
				f.doors[h.fn] = h.call
			}
		}
	}
	return f.doors[fn]
}

// sameReceiver reports whether two calls are of functions, or of methods of what has one name.
func (f *Facts) sameReceiver(a, b *ast.CallExpr) bool {
	x, ok := ast.Unparen(a.Fun).(*ast.SelectorExpr)
	y, also := ast.Unparen(b.Fun).(*ast.SelectorExpr)
	if !ok || !also {
		return ok == also
	}
	return sameText(x.X, y.X) && f.holder(x.X) == f.holder(y.X)
}

var handsOut = lazyregexp.New(`^(Try)?(Go|Submit|Spawn|Parallel|Async)([A-Z]\w*)?$`)
