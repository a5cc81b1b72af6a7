package sharing

import (
	"go/ast"
	"go/types"
)

// heldOff reports whether a goroutine makes an access only when it has had a lock that the function
// holds which has started it, from the start on to another access.
//
//	s.mu.Lock()
//	go func() { keys = s.Keys(); close(done) }() // Keys takes s.mu
//	println(len(keys))
//	s.mu.Unlock()
func (f *Facts) heldOff(in *function, began, other strand, a *Access) bool {
	if began.start == nil || other.start != nil || other.at == nil || a.fn != began.start || a.far != nil {
		return false
	}
	before, after := f.pkg.LocksAt(in.node, began.at), f.pkg.LocksAt(in.node, other.at)
	if before.Doubt || after.Doubt {
		return false
	}
	held := f.lockset(before.Held).both(f.lockset(after.Held))
	for class, write := range held {
		if write && f.hasHad(a, class) {
			return true
		}
	}
	return false
}

// hasHad reports whether the function of an access has always called something before that takes
// a lock.
func (f *Facts) hasHad(a *Access, lock types.Object) (had bool) {
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || had {
			return !had
		}
		callee := f.decls[originOf(f.pkg.Callee(call))]
		if callee == nil || !f.takesAtTop(callee, lock) {
			return true
		}
		if set, ok := a.Use.(*ast.AssignStmt); ok && within(set, call) {
			had = true
			return false
		}
		_, had = f.pkg.Flow(a.fn.node).Precedes(call, a.Expr)
		return !had
	})
	return had
}

// takesAtTop reports whether a function takes a lock whichever way it goes.
func (f *Facts) takesAtTop(fn *function, lock types.Object) bool {
	for _, taken := range f.pkg.Acquisitions(fn.node) {
		if classOf(taken.Lock) != lock {
			continue
		}
		for _, st := range fn.body().List {
			if es, ok := st.(*ast.ExprStmt); ok && es.X == ast.Expr(taken.Call) {
				return true
			}
		}
	}
	return false
}
