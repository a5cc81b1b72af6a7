package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// Methods of an object often count for those who call them.
//
//	func (s *sheet) enter() { s.wg.Add(1); s.slots <- struct{}{} }
//	func (s *sheet) leave() { <-s.slots; s.wg.Done() }

// calledTo returns the calls by which functions count, where what they call does nothing else with
// the group of a field, and always: as if the method of the group were called there.
func (f *Facts) calledTo(c *GroupCall) (all []*GroupCall) {
	if !f.countsForCaller(c) {
		return nil
	}
	decl := c.Fn.(*ast.FuncDecl)
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		called := &GroupCall{Kind: c.Kind, Call: call, Group: c.Group, Fn: by, stack: f.stackOf(by, call)}
		if n := len(called.stack); n > 0 {
			called.Deferred, _ = called.stack[n-1].(*ast.DeferStmt)
		}
		if !f.isStarted(called) {
			all = append(all, called)
		}
	}
	return all
}

// isStarted reports whether a call is what a go statement runs.
func (f *Facts) isStarted(c *GroupCall) bool {
	if len(c.stack) == 0 {
		return false
	}
	_, starts := c.stack[len(c.stack)-1].(*ast.GoStmt)
	return starts
}

// countsForCaller reports whether the one thing that a function does with a group in a field is this
// call, on every way.
func (f *Facts) countsForCaller(c *GroupCall) bool {
	decl, ok := c.Fn.(*ast.FuncDecl)
	v, isVar := f.field(c.Group).(*types.Var)
	if !ok || !isVar || !v.IsField() || !f.onlyCalled(decl) || f.inTest(c.Call) || !f.surelyDoes(decl, c.Call) {
		return false
	}
	return !slices.ContainsFunc(f.groups().byFn[decl], func(other *GroupCall) bool { return other != c })
}

// isDoneBehind reports whether the function that counts by a call is done behind it, whatever happens,
// itself or by another call.
func (f *Facts) isDoneBehind(add *GroupCall) bool {
	dones := map[ast.Node]bool{}
	for _, other := range f.groups().all {
		if other.Kind != Done || f.field(other.Group) != f.field(add.Group) {
			continue
		}
		for _, done := range append(f.calledTo(other), other) {
			if done.Fn == add.Fn {
				dones[done.Call] = true
			}
		}
	}
	s := &search{
		f: f, fn: add.Fn, flow: f.pkg.Flow(add.Fn), from: add.Call,
		covered: func(n ast.Node) bool { return dones[n] },
	}
	return len(dones) > 0 && s.out() == nil && !s.lost
}

// countsByHelper reports whether who starts the function of an Add calls, before, what adds to the
// group, too.
func (f *Facts) countsByHelper(add *GroupCall) bool {
	return slices.ContainsFunc(f.startedOnly(add.Fn), func(st starter) bool {
		return slices.ContainsFunc(f.groups().all, func(other *GroupCall) bool {
			if other.Kind != Add || f.field(other.Group) != f.field(add.Group) {
				return false
			}
			decl, ok := other.Fn.(*ast.FuncDecl)
			return ok && slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool {
				return f.within(f.around(call), st.stack) && call.Pos() < st.stmt.Pos()
			})
		})
	})
}
