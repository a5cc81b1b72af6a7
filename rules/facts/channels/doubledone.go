package channels

import "go/ast"

// DoubleDone returns the deferred Done that runs after a plain one of the same
// goroutine, which was counted once: the count goes below zero, or another
// goroutine is no longer waited for.
func (f *Facts) DoubleDone(call *ast.CallExpr) *GroupCall {
	done := f.groups().of[call]
	if done == nil || done.Kind != Done || done.Deferred != nil || len(f.startedOnly(done.Fn)) == 0 || !f.countedOnce(done) {
		return nil
	}
	for _, other := range f.groups().byFn[done.Fn] {
		if other.Deferred == nil || other.Kind != Done || !f.same(other.Group, done.Group) {
			continue
		}
		if _, before := f.pkg.Flow(done.Fn).Precedes(other.Deferred, call); before {
			return other
		}
	}
	return nil
}

// countedOnce reports whether every Add of the group in the package adds one,
// none in the goroutine itself, and the goroutine hands the group to no other.
func (f *Facts) countedOnce(done *GroupCall) bool {
	for _, other := range f.groups().all {
		if other.Kind != Add || f.field(other.Group) != f.field(done.Group) {
			continue
		}
		n, known := f.amount(other.Call)
		if !known || n != 1 || other.Fn == done.Fn {
			return false
		}
	}
	hands := false
	ast.Inspect(bodyOfFunc(done.Fn), func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && f.names(lit, f.field(done.Group)) {
			hands = true
		}
		return !hands
	})
	return !hands
}

func bodyOfFunc(fn ast.Node) *ast.BlockStmt {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return nil
}
