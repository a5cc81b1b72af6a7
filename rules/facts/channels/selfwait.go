package channels

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// A SelfWait is a call, or an operation, by which a goroutine waits for
// something that it alone would do.
type SelfWait struct {
	At   ast.Node // in the goroutine's own function
	Wait ast.Node // the send, the receive or the Wait that it comes to
	By   ast.Node // what would end it, in the same goroutine
}

// SelfWait says what a node of a goroutine's function comes to that can never go
// on; nil if it is no such node. The goroutine is the only one of its function
// for one receiver, and reaches both the wait and what would end it through
// methods of that receiver.
func (f *Facts) SelfWait(n ast.Node) *SelfWait {
	f.findAllSelfWaits()
	return f.selfWaits[n]
}

// NestedPost says how a call that posts a function to several goroutines, which run what is
// posted, hands them one that posts there again, and waits: all of them can do so.
func (f *Facts) NestedPost(call *ast.CallExpr) *NestedLimit {
	f.findAllSelfWaits()
	return f.nestedPosts[call]
}

func (f *Facts) findAllSelfWaits() {
	if f.selfWaits == nil {
		f.selfWaits, f.nestedPosts = map[ast.Node]*SelfWait{}, map[*ast.CallExpr]*NestedLimit{}
		for fn := range f.groups().start {
			f.findSelfWaits(fn)
		}
		classes := slices.SortedFunc(maps.Values(f.classes()), func(a, b *Class) int { return int(a.Var.Pos() - b.Var.Pos()) })
		for _, c := range classes {
			f.findSelfPosts(c)
			f.findReentries(c)
		}
	}
}

// findSelfWaits looks at one function that runs as a goroutine.
func (f *Facts) findSelfWaits(fn ast.Node) {
	starts := f.startedOnly(fn)
	owner := f.ownerIn(fn)
	if owner == nil || len(starts) != 1 || f.inTest(fn) {
		return
	}
	alone := loopOf(starts[0].stack, owner.Pos()) == nil && f.calledOnce(starts[0].in)
	f.reach(fn, owner, func(top, at, in ast.Node, me *types.Var) {
		if f.selfWaits[top] != nil {
			return
		}
		if by := f.waitsForItself(fn, at, in, me, alone); by != nil {
			f.selfWaits[top] = &SelfWait{top, at, by}
		}
	})
}

// findSelfPosts looks at the loop that alone receives from a channel without room, and that
// callers of the package run, as Run or Serve: who handles what it received, and posts there
// himself, waits for himself.
func (f *Facts) findSelfPosts(c *Class) {
	receives := c.Of(Receive, Range)
	if len(receives) == 0 {
		return
	}
	fn := receives[0].Fn
	owner := f.ownerIn(fn)
	decl, ok := fn.(*ast.FuncDecl)
	if owner == nil || f.inTest(fn) || !ok || !decl.Name.IsExported() || len(f.groups().start[fn]) > 0 || !f.calledOnce(fn) || !f.inLoopOfOwn(receives) {
		return
	}
	f.reach(fn, owner, func(top, at, in ast.Node, me *types.Var) {
		send, ok := at.(*ast.SendStmt)
		if !ok || f.selfWaits[top] != nil || f.classOn(send.Chan, me) != c {
			return
		}
		if by := f.selfServed(fn, send.Chan, send, me); by != nil {
			f.selfWaits[top] = &SelfWait{top, at, by}
		}
	})
}

// inLoopOfOwn reports whether each of some receives is done again and again.
func (f *Facts) inLoopOfOwn(receives []*ClassOp) bool {
	return !slices.ContainsFunc(receives, func(op *ClassOp) bool {
		return op.Kind != Range && !f.repeats(&Op{Fn: op.Fn, Node: op.Node})
	})
}

// calledOnce reports whether the package calls a function in one place at most,
// outside of loops: what it starts is believed to run once for each receiver.
func (f *Facts) calledOnce(fn ast.Node) bool {
	calls := f.callsOf(fn)
	if len(calls) > 1 {
		return false
	}
	for _, call := range calls {
		if around := f.around(call); around != nil && len(f.loopsAround(around, call)) > 0 {
			return false
		}
	}
	return true
}

// ownerIn returns the variable by which a function knows what it works for: the
// receiver of a method, or that of the method around a literal.
func (f *Facts) ownerIn(fn ast.Node) *types.Var {
	decl, ok := f.declAround(fn.Pos()).(*ast.FuncDecl)
	if !ok || decl.Recv == nil || len(decl.Recv.List[0].Names) == 0 {
		return nil
	}
	v, _ := f.pkg.Def(decl.Recv.List[0].Names[0]).(*types.Var)
	return v
}

// reach visits what a function does itself, and through calls of methods of the
// same receiver: top is the node of its own by which it comes there.
func (f *Facts) reach(fn ast.Node, owner *types.Var, visit func(top, at, in ast.Node, me *types.Var)) {
	seen := map[ast.Node]bool{fn: true}
	var walk func(fn ast.Node, me *types.Var, top ast.Node, depth int, notRun map[ast.Node]bool)
	walk = func(fn ast.Node, me *types.Var, top ast.Node, depth int, notRun map[ast.Node]bool) {
		f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
			if notRun[n] {
				return false
			}
			switch n := n.(type) {
			case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
				return false
			case *ast.SendStmt, *ast.UnaryExpr:
				visit(first(top, n), n, fn, me)
			case *ast.CallExpr:
				visit(first(top, n), n, fn, me)
				decl := f.methodOn(n, me)
				if decl != nil && !seen[decl] && depth < deepest {
					left := f.notRun(decl, n)
					seen[decl] = len(left) == 0 // another call may run what this one leaves out
					walk(decl, f.ownerIn(decl), first(top, n), depth+1, left)
				}
			}
			return true
		})
	}
	walk(fn, owner, nil, 0, nil)
}

func first(a, b ast.Node) ast.Node {
	if a != nil {
		return a
	}
	return b
}

// methodOn returns the method of the package that a call calls on a variable.
func (f *Facts) methodOn(call *ast.CallExpr, me *types.Var) *ast.FuncDecl {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || me == nil || f.Variable(sel.X) != me {
		return nil
	}
	decl := f.pkg.Body(call)
	if decl == nil || decl.Recv == nil || f.ownerIn(decl) == nil {
		return nil
	}
	return decl
}

// waitsForItself returns what would end a wait, if only the goroutine of fn
// itself could do that.
func (f *Facts) waitsForItself(fn, at, in ast.Node, me *types.Var, alone bool) ast.Node {
	switch at := at.(type) {
	case *ast.SendStmt:
		if alone {
			return f.selfServed(fn, at.Chan, at, me)
		}
	case *ast.UnaryExpr:
		return f.selfEnded(fn, at, me)
	case *ast.CallExpr:
		if f.isBuiltin(at, "close") {
			return nil
		}
		return f.selfCounted(fn, at, me)
	}
	return nil
}

// selfServed is about a send on a channel without room, all receives of which
// stand in the loop of the same goroutine.
func (f *Facts) selfServed(fn ast.Node, ch ast.Expr, send *ast.SendStmt, me *types.Var) ast.Node {
	c := f.classOn(ch, me)
	if c == nil || c.Takes || c.Nil || c.Replaced {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	if size, known := f.Room(c); i < 0 || !known || size > 0 || !c.Ops[i].Alone() || f.stuckAnyway(c) {
		return nil
	}
	var by ast.Node
	for _, r := range c.Of(Receive, Range) {
		if r.Fn != fn || r.Defer != nil {
			return nil
		}
		by = r.Node
	}
	return by
}

// stuckAnyway reports whether another finding tells of the sends of a class.
func (f *Facts) stuckAnyway(c *Class) bool {
	return slices.ContainsFunc(c.Of(Send), func(op *ClassOp) bool { return f.Stuck(op.Node) != nil })
}

// classOn returns the class of a channel that is a field of a variable.
func (f *Facts) classOn(ch ast.Expr, me *types.Var) *Class {
	sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
	if !ok || f.Variable(sel.X) != me || me == nil {
		return nil
	}
	return f.Class(ch)
}

// selfEnded is about a receive of the word that the goroutine gives when it
// ends: by a deferred close, and nobody else gives it.
func (f *Facts) selfEnded(fn ast.Node, receive *ast.UnaryExpr, me *types.Var) ast.Node {
	c := f.classOn(receive.X, me)
	if c == nil || c.Serves || c.Nil || c.Replaced || len(c.Of(Send)) > 0 {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(receive) })
	if i < 0 || !c.Ops[i].Alone() {
		return nil
	}
	var by ast.Node
	for _, op := range c.Of(Close) {
		if op.Defer == nil || f.runs(op) != fn {
			return nil
		}
		by = op.Node
	}
	return by
}

// selfCounted is about a Wait for a group whose Done the goroutine has deferred.
func (f *Facts) selfCounted(fn ast.Node, call *ast.CallExpr, me *types.Var) ast.Node {
	wait := f.groups().of[call]
	if wait == nil || wait.Kind != Wait || !f.groupOn(wait, me) {
		return nil
	}
	for _, done := range f.groups().byFn[fn] {
		if done.Kind == Done && done.Deferred != nil && f.field(done.Group) == f.field(wait.Group) && f.groupOn(done, f.ownerIn(fn)) {
			return done.Call
		}
	}
	return nil
}

// groupOn reports whether a WaitGroup is a field of a variable.
func (f *Facts) groupOn(c *GroupCall, me *types.Var) bool {
	sel, ok := c.Group.(*ast.SelectorExpr)
	return ok && me != nil && f.Variable(sel.X) == me
}
