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
	if i < 0 || !c.Ops[i].Alone() || c.Ops[i].Defer != nil || c.Ops[i].Test || f.latched(fn, send) || f.firstWord(c, fn, send) {
		return nil
	}
	receives := c.Of(Receive, Range)
	for _, r := range receives {
		if r.Defer != nil || r.Fn == fn || !f.again(r) || f.sendsToo(c, r.Fn) || f.answered(r) {
			return nil
		}
	}
	if len(receives) == 0 || f.startedOnce(fn) {
		return nil
	}
	return receives[0].Node
}

// firstWord reports whether the function that sends has made the channel, and comes to the send
// once: it is empty then.
//
//	s.wake = make(chan struct{}, 1)
//	go s.serve()
//	s.wake <- struct{}{}
func (f *Facts) firstWord(c *Class, fn, send ast.Node) bool {
	return !f.comesBack(fn, send) && slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
		return fn.Pos() <= made.Pos() && made.End() < send.Pos() && send.End() <= fn.End()
	})
}

// latched reports whether a send stands under a condition on a field that its
// branch sets, so that the next caller does not come to it before the word has
// been taken:
//
//	if !s.pending {
//		s.pending = true
//		s.wake <- struct{}{}
//	}
func (f *Facts) latched(fn ast.Node, send *ast.SendStmt) bool {
	found := false
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || found || send.Pos() < test.Body.Pos() || test.Body.End() < send.End() {
			return !found
		}
		asked := f.fieldsIn(test.Cond)
		f.pkg.Inspect(test.Body, func(n ast.Node) bool {
			found = found || f.setsAny(n, asked)
			return !found
		})
		return true
	})
	return found
}

// fieldsIn returns the fields that an expression names.
func (f *Facts) fieldsIn(x ast.Node) map[types.Object]bool {
	fields := map[types.Object]bool{}
	f.pkg.Inspect(x, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if v, ok := f.pkg.ObjectOf(sel.Sel).(*types.Var); ok && v.IsField() {
				fields[v.Origin()] = true
			}
		}
		return true
	})
	return fields
}

// setsAny reports whether a node assigns to one of some fields, or stores in one
// that is an atomic.
func (f *Facts) setsAny(n ast.Node, fields map[types.Object]bool) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return slices.ContainsFunc(n.Lhs, func(x ast.Expr) bool { return fields[f.lastField(x)] })
	case *ast.IncDecStmt:
		return fields[f.lastField(n.X)]
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		switch sel.Sel.Name {
		case "Store", "Add", "Swap", "CompareAndSwap":
			return fields[f.lastField(sel.X)]
		}
	}
	return false
}

// lastField returns the field that an expression ends with, nil if it is none.
func (f *Facts) lastField(x ast.Expr) types.Object {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, ok := f.pkg.ObjectOf(sel.Sel).(*types.Var)
	if !ok || !v.IsField() {
		return nil
	}
	return v.Origin()
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

// answered reports whether who receives has sent the object itself, of which the channel is a
// field, to whom it may concern: what is sent is the answer, one to each time.
//
//	w.ready <- job
//	<-job.done
func (f *Facts) answered(r *ClassOp) bool {
	sel, ok := ast.Unparen(r.Chan).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	object := f.Variable(sel.X)
	return object != nil && slices.ContainsFunc(f.sendsIn(r.Fn), func(send *ast.SendStmt) bool {
		return send.End() < r.Node.Pos() && f.Variable(send.Value) == object
	})
}

func (f *Facts) sendsIn(fn ast.Node) (sends []*ast.SendStmt) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if send, ok := n.(*ast.SendStmt); ok {
			sends = append(sends, send)
		}
		return true
	})
	return sends
}

// startedOnce reports whether a function only ever runs as a goroutine: what it
// sends may be the one word of its end.
func (f *Facts) startedOnce(fn ast.Node) bool { return len(f.startedOnly(fn)) > 0 }
