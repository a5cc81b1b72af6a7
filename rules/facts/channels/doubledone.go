package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// DoubleDone returns the deferred Done that runs after a plain one of the same
// goroutine, which was counted once: the count goes below zero, or another
// goroutine is no longer waited for.
func (f *Facts) DoubleDone(call *ast.CallExpr) *GroupCall {
	done := f.groups().of[call]
	if done == nil || done.Kind != Done || done.Deferred != nil || !f.countedOnce(done) {
		return nil
	}
	if decl, ok := done.Fn.(*ast.FuncDecl); ok && len(f.startedOnly(decl)) == 0 {
		return f.doneForCallers(decl, done)
	}
	return f.doneAgain(done, done.Fn, call)
}

// doneForCallers returns the deferred Done of one that calls a function which has called Done, if all
// that call it are goroutines that have deferred one.
//
//	defer d.wg.Done()
//	if err := d.get(u); err != nil { d.failed(err); return } // d.wg.Done() in there, too
func (f *Facts) doneForCallers(decl *ast.FuncDecl, done *GroupCall) (again *GroupCall) {
	calls := f.callsOf(decl)
	if len(calls) == 0 || !f.onlyCalled(decl) || decl.Name.IsExported() && f.ownerExported(decl) || !f.surelyDoes(decl, done.Call) {
		return nil
	}
	for _, call := range calls {
		fn := f.around(call)
		if fn == nil || f.apart(fn)[call] || !f.countsNone(fn, done) {
			return nil
		}
		if again = f.doneAgain(done, fn, call); again == nil {
			return nil
		}
	}
	return again
}

// countsNone reports whether a function adds nothing to the group of a Done.
func (f *Facts) countsNone(fn ast.Node, done *GroupCall) bool {
	return !slices.ContainsFunc(f.groups().byFn[fn], func(other *GroupCall) bool {
		return other.Kind == Add && f.field(other.Group) == f.field(done.Group)
	})
}

// doneAgain returns the Done that a goroutine has deferred before it comes to a call.
func (f *Facts) doneAgain(done *GroupCall, fn ast.Node, call *ast.CallExpr) *GroupCall {
	if len(f.startedOnly(fn)) == 0 {
		return nil
	}
	for _, other := range f.groups().byFn[fn] {
		if other.Deferred == nil || other.Kind != Done || fn == done.Fn && !f.same(other.Group, done.Group) || f.field(other.Group) != f.field(done.Group) {
			continue
		}
		if _, before := f.pkg.Flow(fn).Precedes(other.Deferred, call); before {
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
