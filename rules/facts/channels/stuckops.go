package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// A stop is an operation that may be stuck, and what could end it.
type stop struct {
	node ast.Node
	at   ast.Node // where its function's flow has it
	fn   ast.Node
	sel  *ast.SelectStmt // of which it is one of several cases
	ends []partner       // one of which must be reached
	// deferred is set where it waits when fn is left; at is where that is put off.
	deferred *ast.DeferStmt
	loop     *ast.RangeStmt // it is the end of this one, which only a close brings
	class    bool           // of a field's channel, or a package's
	wait     *Op            // a Wait of a group, nil of a channel's operation
	of       *Trace         // the group
}

// A partner is an operation of another goroutine that ends a wait.
type partner struct {
	node, fn ast.Node
	deferred *ast.DeferStmt // in fn, or the function around it
}

// stops collects the operations of the package that wait, those of which every
// partner is known.
func (f *Facts) stops() map[ast.Node]*stop {
	all, open := map[ast.Node]*stop{}, map[ast.Node]bool{}
	for _, v := range f.localChannels() {
		t := f.Trace(v)
		if t == nil {
			continue
		}
		for _, op := range t.Ops {
			if t.Unknown != nil || !f.everyCallKnown(op, t) {
				open[op.Node] = true
				continue
			}
			if s := f.stopOf(t, op); s != nil {
				all[op.Node] = s.joined(all[op.Node])
			}
			if s := f.drainOf(t, op); s != nil {
				all[s.loop.Body] = s.joined(all[s.loop.Body])
			}
		}
	}
	for _, c := range f.classes() {
		for _, op := range c.Ops {
			if s := f.stopInClass(c, op); s != nil {
				all[op.Node] = s.joined(all[op.Node])
			}
			if s := f.drainInClass(c, op); s != nil {
				all[s.loop.Body] = s.joined(all[s.loop.Body])
			}
		}
	}
	for n := range open {
		delete(all, n)
	}
	for _, c := range f.contexts() {
		for _, s := range f.stopsOf(c) {
			all[s.node] = s
		}
	}
	return all
}

// drainOf returns the stop that the end of a range over a local channel is: who
// gets behind such a loop has seen the close. It is nil of one that is left
// otherwise.
func (f *Facts) drainOf(t *Trace, op *Op) *stop {
	loop, ok := op.Node.(*ast.RangeStmt)
	if !ok || op.Kind != Range || op.Deferred != nil || f.leavesRange(loop) || op.Thread.In == nil {
		return nil
	}
	s := &stop{node: loop, at: flowNode(op.Kind, loop), fn: op.Fn, loop: loop}
	for _, p := range t.Of(Close) {
		s.ends = append(s.ends, partner{p.Node, p.Fn, p.Deferred})
	}
	return s
}

// joined is the stop of a node that stands for several channels.
func (s *stop) joined(other *stop) *stop {
	if other != nil {
		s.ends = append(s.ends, other.ends...)
	}
	return s
}

// localChannels returns the local variables of channel types and WaitGroups, in
// source order.
func (f *Facts) localChannels() (all []*types.Var) {
	for id, obj := range f.pkg.Info.Defs {
		v, ok := obj.(*types.Var)
		if !ok || v.IsField() || v.Kind() != types.LocalVar || id.Name == "_" {
			continue
		}
		if _, isChan := v.Type().Underlying().(*types.Chan); isChan || isGroup(v.Type()) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b *types.Var) int { return int(a.Pos() - b.Pos()) })
	return all
}

// everyCallKnown reports whether an operation can be on no channel but those
// that are followed: it names the variable itself, or a parameter of a function
// that gets nothing else.
func (f *Facts) everyCallKnown(op *Op, t *Trace) bool {
	v := f.operand(op)
	if v == nil || v == t.Var || v.Kind() != types.ParamVar {
		return true
	}
	if decl := f.declaredBy(v); decl != nil && (decl.Name.IsExported() && f.pkg.Types.Name() != "main" || !f.onlyCalled(decl)) {
		return false
	}
	return true // an argument that cannot be followed makes its own trace unknown
}

// declaredBy returns the function that a parameter is one of, whose literals may name it
// too; nil if that is a literal.
func (f *Facts) declaredBy(v *types.Var) *ast.FuncDecl {
	for _, file := range f.pkg.Files {
		if v.Pos() < file.FileStart || file.FileEnd <= v.Pos() {
			continue
		}
		for _, d := range file.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Type.Pos() <= v.Pos() && v.Pos() < decl.Type.End() {
				return decl
			}
		}
	}
	return nil
}

// stopOf returns the stop that an operation on a local channel, or the Wait of a
// local group, is; nil if it cannot be one.
func (f *Facts) stopOf(t *Trace, op *Op) *stop {
	s := &stop{node: op.Node, at: flowNode(op.Kind, op.Node), fn: op.Fn}
	if op.Kind == Wait {
		s.wait, s.of = op, t
		if s.deferred = op.Deferred; s.deferred != nil {
			s.at, s.fn = s.deferred, op.Thread.Fn
		}
		return s
	}
	if op.Deferred != nil {
		return nil
	}
	if !op.Alone() {
		s.sel = op.Select
	}
	room, known := f.Capacity(t)
	kinds := served(op.Kind)
	if kinds == nil || op.Kind == Send && (!known || room > 0) {
		return nil
	}
	for _, p := range t.Of(kinds...) {
		s.ends = append(s.ends, partner{p.Node, p.Fn, p.Deferred})
	}
	if len(s.ends) == 0 && (op.Kind != Send || len(t.Of(Close)) > 0 || f.StarvedSend(t.Var, op.Node) != nil) {
		return nil // who waits where nobody is ever to come means it
	}
	return s
}

// stopInClass is the same for a channel of a class.
func (f *Facts) stopInClass(c *Class, op *ClassOp) *stop {
	room, known := f.Room(c)
	kinds := served(op.Kind)
	if kinds == nil || op.Defer != nil || !known || op.Kind == Send && (room > 0 || c.Takes) || op.Kind != Send && c.Serves {
		return nil
	}
	if v := f.Variable(op.Chan); v != nil && v.Kind() == types.ParamVar {
		return nil
	}
	s := &stop{node: op.Node, at: flowNode(op.Kind, op.Node), fn: op.Fn, class: true}
	if !op.Alone() {
		s.sel = op.Select
	}
	for _, p := range c.Of(kinds...) {
		s.ends = append(s.ends, partner{p.Node, p.Fn, p.Defer})
	}
	if len(s.ends) == 0 && (len(c.Of(Close)) > 0 || pauses(op)) {
		return nil // it panics, or waits for that on purpose
	}
	return s
}

// pauses reports whether a receive is all that its function does: func Pause() { <-never }.
func pauses(op *ClassOp) bool {
	body := bodyOfFunc(op.Fn)
	if op.Kind != Receive || body == nil || len(body.List) != 1 {
		return false
	}
	st, ok := body.List[0].(*ast.ExprStmt)
	return ok && ast.Unparen(st.X) == op.Node
}

// served returns the kinds of operations that end a wait of one kind.
func served(kind Kind) []Kind {
	switch kind {
	case Send:
		return []Kind{Receive, Range}
	case Receive, Range:
		return []Kind{Send, Close}
	}
	return nil
}

// flowNode returns the node of the flow at which an operation waits.
func flowNode(kind Kind, n ast.Node) ast.Node {
	if kind == Range {
		return ast.Unparen(n.(*ast.RangeStmt).X)
	}
	return n
}

// drainInClass is drainOf for a channel of a class.
func (f *Facts) drainInClass(c *Class, op *ClassOp) *stop {
	loop, ok := op.Node.(*ast.RangeStmt)
	if !ok || op.Defer != nil || c.Serves || c.Nil || len(c.Makes) == 0 || len(c.Of(Close)) == 0 && len(c.Given) > 0 || f.leavesRange(loop) {
		return nil
	}
	s := &stop{node: loop, at: flowNode(op.Kind, loop), fn: op.Fn, loop: loop, class: true}
	for _, p := range c.Of(Close) {
		s.ends = append(s.ends, partner{p.Node, p.Fn, p.Defer})
	}
	return s
}
