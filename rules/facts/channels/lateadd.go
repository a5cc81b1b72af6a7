package channels

import (
	"go/ast"
)

// A LateAdd is an Add in the goroutine that it counts.
type LateAdd struct {
	Add   *GroupCall
	Start *ast.GoStmt
	In    ast.Node      // the function that starts the goroutine
	Wait  *ast.CallExpr // one that may come before the Add
}

// LateAdd says whether a goroutine counts itself in, so that a Wait of the
// group can find the count before it: the goroutine's function adds, and is done
// later, and who starts it neither adds before nor holds a count of the group
// himself.
func (f *Facts) LateAdd(call *ast.CallExpr) *LateAdd {
	add := f.groups().of[call]
	if add == nil || add.Kind != Add || add.Deferred != nil {
		return nil
	}
	if n, ok := f.amount(call); ok && n < 0 || !f.isDoneAfter(add) {
		return nil
	}
	starts := f.startedOnly(add.Fn)
	if len(starts) == 0 {
		return nil
	}
	for _, st := range starts {
		if st.in == nil || f.holdsCount(st.in, add, st) {
			return nil
		}
	}
	wait := f.waitOf(add, starts[0])
	if wait == nil {
		return nil
	}
	return &LateAdd{Add: add, Start: starts[0].stmt, In: starts[0].in, Wait: wait}
}

// isDoneAfter reports whether the function of an Add is itself done after it,
// whatever happens; else it adds for another goroutine.
func (f *Facts) isDoneAfter(add *GroupCall) bool {
	dones := map[ast.Node]bool{}
	for _, other := range f.groups().all {
		if other.Kind != Done || f.field(other.Group) != f.field(add.Group) || other.Call.Pos() < add.Fn.Pos() || add.Fn.End() < other.Call.End() {
			continue
		}
		if other.Fn != add.Fn && other.Call.Pos() > add.Call.Pos() && other.Deferred == nil {
			return false // of a goroutine that it starts, while it holds a count itself
		}
		if other.Fn == add.Fn && f.same(other.Group, add.Group) {
			dones[other.Call] = true
		}
	}
	s := &search{
		f: f, fn: add.Fn, flow: f.pkg.Flow(add.Fn), from: add.Call,
		covered: func(n ast.Node) bool { return dones[n] },
	}
	return len(dones) > 0 && s.out() == nil
}

// holdsCount reports whether the function that starts the goroutine, or one
// around it, adds to the group before the start or is done with it: then the
// count cannot be zero while the goroutine adds.
func (f *Facts) holdsCount(fn ast.Node, add *GroupCall, st starter) bool {
	for _, other := range f.groups().all {
		if other.Call == add.Call || f.field(other.Group) != f.field(add.Group) {
			continue
		}
		if !f.within(other.Fn, st.stack) {
			continue
		}
		if other.Kind == Done {
			return true
		}
		if other.Kind == Add && other.Call.Pos() < st.stmt.Pos() {
			return true
		}
	}
	return false
}

// within reports whether fn is one of the functions of a stack.
func (f *Facts) within(fn ast.Node, stack []ast.Node) bool {
	for _, n := range stack {
		if n == fn {
			return true
		}
	}
	return false
}

// waitOf returns a Wait of the group: of a local variable one that can come
// after the start, of a field any.
func (f *Facts) waitOf(add *GroupCall, st starter) *ast.CallExpr {
	for _, other := range f.groups().all {
		if other.Kind != Wait || f.field(other.Group) != f.field(add.Group) {
			continue
		}
		return other.Call
	}
	return nil
}
