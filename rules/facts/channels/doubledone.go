package channels

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

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
		if !known || n != 1 || other.Fn == done.Fn || !f.countsNext(other) {
			return false
		}
	}
	hands := false
	f.pkg.Inspect(bodyOfFunc(done.Fn), func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && f.names(lit, f.field(done.Group)) {
			hands = true
		}
		return !hands
	})
	return !hands
}

// countsNext reports whether an Add counts the goroutine that the statement
// behind it starts, so far as can be seen: what another one counts, this
// goroutine may be told to be done with.
func (f *Facts) countsNext(add *GroupCall) (next bool) {
	f.pkg.Inspect(bodyOfFunc(add.Fn), func(n ast.Node) bool {
		list := facts.StatementsOf(n)
		for i, st := range list {
			if expr, ok := st.(*ast.ExprStmt); ok && ast.Unparen(expr.X) == ast.Expr(add.Call) {
				next = i+1 < len(list) && starts(list[i+1:])
			}
		}
		return !next
	})
	return next
}

// starts reports whether the next statement that does more than to define a
// variable starts a goroutine, or is a loop, which may.
func starts(list []ast.Stmt) bool {
	for _, st := range list {
		switch st.(type) {
		case *ast.GoStmt, *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.AssignStmt, *ast.DeclStmt:
		default:
			return false
		}
	}
	return false
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
