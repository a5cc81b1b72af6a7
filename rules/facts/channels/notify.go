package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// Notifies returns a receive that shows that a bare send is a notification: the
// channel has room for one empty value, goroutines receive it again and again
// and do not look at it, and none of them sends, as with a semaphore. Who sends
// has nothing to add where one is waiting to be received.
func (f *Facts) Notifies(fn ast.Node, send *ast.SendStmt) ast.Node {
	c := f.Class(send.Chan)
	if c == nil || c.Serves || c.Takes || c.Nil || !f.isEmpty(c.Var.Type()) || len(c.Of(Close)) > 0 {
		return nil
	}
	if size, known := f.Room(c); !known || size != 1 {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	if i < 0 || !c.Ops[i].Alone() || c.Ops[i].Defer != nil || c.Ops[i].Test {
		return nil
	}
	receives := c.Of(Receive, Range)
	for _, r := range receives {
		if r.Defer != nil || r.Fn == fn || !f.again(r) || f.sendsToo(c, r.Fn) {
			return nil
		}
	}
	if len(receives) == 0 || f.startedOnce(fn) {
		return nil
	}
	return receives[0].Node
}

// isEmpty reports whether a type is that of channels of struct{}.
func (f *Facts) isEmpty(t types.Type) bool {
	ch, ok := t.Underlying().(*types.Chan)
	if !ok {
		return false
	}
	empty, ok := ch.Elem().Underlying().(*types.Struct)
	return ok && empty.NumFields() == 0
}

// again reports whether a receive comes again and again.
func (f *Facts) again(r *ClassOp) bool {
	return r.Kind == Range || f.repeats(&Op{Fn: r.Fn, Node: r.Node})
}

// sendsToo reports whether a function sends on a channel of the class.
func (f *Facts) sendsToo(c *Class, fn ast.Node) bool {
	return slices.ContainsFunc(c.Of(Send), func(op *ClassOp) bool { return op.Fn == fn })
}

// startedOnce reports whether a function only ever runs as a goroutine: what it
// sends may be the one word of its end.
func (f *Facts) startedOnce(fn ast.Node) bool { return len(f.startedOnly(fn)) > 0 }
