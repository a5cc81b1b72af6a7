package channels

import (
	"go/ast"
	"slices"
)

// An OvertakenAdd is an Add that a Wait may overtake, though its function looks before whether
// nobody waits yet.
type OvertakenAdd struct {
	Look ast.Node // at the flag, under the lock
	Set  ast.Node // of the flag, by who waits then
	Wait *ast.CallExpr
}

// OvertakenAdd says how an Add comes too late: the function looks at a flag under a lock whether
// it may still begin something, and adds when it has let go of the lock. Who sets the flag and
// waits may do both in between: the group is at zero, or the Add runs into the Wait.
//
//	s.mu.Lock(); if s.closed { …; return }; s.mu.Unlock()
//	s.wg.Add(1)
func (f *Facts) OvertakenAdd(call *ast.CallExpr) *OvertakenAdd {
	add := f.groups().of[call]
	if add == nil || add.Kind != Add || add.Deferred != nil || f.inTest(call) {
		return nil
	}
	decl, ok := add.Fn.(*ast.FuncDecl)
	if !ok || !f.calledByMany(decl) || len(f.pkg.CallersLocks(decl)) > 0 {
		return nil
	}
	if held, ok := f.pkg.Held(decl, call); !ok || len(held) > 0 {
		return nil
	}
	for _, read := range f.flagReads(decl, call) {
		held, known := f.pkg.Held(decl, read.at)
		if !known || !read.locked && len(held) == 0 || f.asksFlagAgain(decl, read, call) {
			continue
		}
		if set, wait := f.setThenWait(add, decl, read); wait != nil {
			return &OvertakenAdd{Look: read.at, Set: set, Wait: wait}
		}
	}
	return nil
}

// asksFlagAgain reports whether a function looks at the same flag behind a call, too.
func (f *Facts) asksFlagAgain(decl *ast.FuncDecl, read flagRead, call *ast.CallExpr) (again bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok && test.Pos() > call.End() {
			again = again || slices.ContainsFunc(f.flagsIn(test.Cond), func(r flagRead) bool { return r.field == read.field })
		}
		return !again
	})
	return again
}

// setThenWait returns where another function sets a flag, and behind that waits for the group.
func (f *Facts) setThenWait(add *GroupCall, decl *ast.FuncDecl, read flagRead) (ast.Node, *ast.CallExpr) {
	for _, wait := range f.groups().all {
		by, ok := wait.Fn.(*ast.FuncDecl)
		if !ok || wait.Kind != Wait || by == decl || f.inTest(wait.Call) || f.field(wait.Group) != f.field(add.Group) {
			continue
		}
		set := f.flagSet(by, read.field)
		if set != nil && set.End() < wait.Call.Pos() && !f.waitsFirst(by, wait.Call) {
			return set, wait.Call
		}
	}
	return nil, nil
}
