package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// Classes returns the channels that fields and variables of the package hold,
// in the order of their declaration.
func (f *Facts) Classes() (all []*Class) {
	for _, c := range f.classes() {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Class) int { return int(a.Var.Pos() - b.Var.Pos()) })
	return all
}

// Traces returns the local channels of which all is known and that more than one
// function works on, tests aside, in source order.
func (f *Facts) Traces() (all []*Trace) {
	for _, v := range f.localChannels() {
		t := f.Trace(v)
		if t == nil || t.Make == nil || t.Unknown != nil || f.inTest(t.Make) {
			continue
		}
		if slices.ContainsFunc(t.Ops, func(op *Op) bool { return op.Fn != t.Fn }) {
			all = append(all, t)
		}
	}
	return all
}

// AllGroupCalls returns the calls of the methods of WaitGroups, in source order.
func (f *Facts) AllGroupCalls() []*GroupCall { return f.groups().all }

// GroupVar returns the field or variable that holds the group of a call, nil for
// a parameter or receiver.
func (f *Facts) GroupVar(c *GroupCall) types.Object {
	v, ok := f.field(c.Group).(*types.Var)
	if !ok || v.Kind() == types.ParamVar || v.Kind() == types.RecvVar {
		return nil
	}
	return v
}

// RunsAlone reports whether a function only ever runs as a goroutine.
func (f *Facts) RunsAlone(fn ast.Node) bool { return len(f.startedOnly(fn)) > 0 }

// WaitsForItself reports whether an operation is the wait of a [SelfWait].
func (f *Facts) WaitsForItself(n ast.Node) bool {
	f.SelfWait(n)
	for _, s := range f.selfWaits {
		if s.Wait == n {
			return true
		}
	}
	return false
}

// InTest reports whether a node stands in a test file.
func (f *Facts) InTest(n ast.Node) bool { return f.inTest(n) }
