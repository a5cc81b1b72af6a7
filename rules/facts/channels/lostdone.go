package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A LostDone is a goroutine that is done with its WaitGroup on some paths.
type LostDone struct {
	Done *GroupCall // one that is called on another path
	Exit ast.Node   // the way out without
	Fn   ast.Node
	Item bool // it is done once for each item of a loop
}

// LostDone says whether the function of a goroutine, which is done with a group
// by this call, can be left without: the Wait then never comes back.
func (f *Facts) LostDone(call *ast.CallExpr) *LostDone {
	done := f.groups().of[call]
	if done == nil || done.Kind != Done {
		return nil
	}
	if lost := f.lostItem(done); lost != nil {
		return lost
	}
	if len(f.startedOnly(done.Fn)) == 0 {
		return nil
	}
	for _, other := range f.groups().byFn[done.Fn] {
		if !f.same(other.Group, done.Group) {
			continue
		}
		if other.Kind != Done {
			return nil // it counts others, and may be done for those
		}
		if other.Call.Pos() < call.Pos() || f.repeats(&Op{Fn: done.Fn, Node: other.Call}) {
			return nil // told at the first; done for each of many jobs
		}
	}
	s := &search{f: f, fn: done.Fn, flow: f.pkg.Flow(done.Fn), covered: f.mentionsGroup(done)}
	exit := s.out()
	if exit == nil && done.Deferred == nil {
		if risk := f.afterPanic(done.Fn, call, f.field(done.Group)); risk != nil {
			exit = risk
		}
	}
	if exit == nil || f.countedUnderCondition(done) || f.waitedUnderCondition(done) || f.countedForOne(done) || f.endsOnce(done, exit) || f.doneByOthers(done) || f.countLivesOn(done) || !f.countedAtStart(done) {
		return nil
	}
	return &LostDone{Done: done, Exit: exit, Fn: done.Fn}
}

// endsOnce reports whether the function is an exported one that callers may come to again,
// and leaves at once where a field or a method says that there is nothing to do any more,
// of a group that is not counted for it:
//
//	func (d *Device) Close() { if d.isClosed() { return }; …; d.queue.wg.Done() }
func (f *Facts) endsOnce(done *GroupCall, exit ast.Node) bool {
	decl, ok := done.Fn.(*ast.FuncDecl)
	if !ok || !decl.Name.IsExported() || f.pkg.Types.Name() == "main" {
		return false
	}
	for _, s := range f.startedOnly(decl) {
		for _, other := range f.groups().byFn[s.in] {
			if other.Kind == Add && f.field(other.Group) == f.field(done.Group) {
				return false
			}
		}
	}
	return slices.ContainsFunc(conditionsAround(decl, exit), f.asksField)
}

// doneByOthers reports whether a literal that is handed to somebody is done with the
// group as well: which of the two ends it is not known.
func (f *Facts) doneByOthers(done *GroupCall) bool {
	group := f.field(done.Group)
	return slices.ContainsFunc(f.groups().all, func(other *GroupCall) bool {
		_, ok := other.Fn.(*ast.FuncLit)
		return ok && other.Kind == Done && other.Fn != done.Fn && f.field(other.Group) == group && f.handedOn(other)
	})
}

// countLivesOn reports whether a function that is done with the group is only started by such
// as count nothing for it, or is called by others than goroutines: what another has been counted
// for may end there.
//
//	func (p *pool) drop(r *res) { r.close(); p.wg.Done() } // counted when r was made
func (f *Facts) countLivesOn(done *GroupCall) bool {
	group := f.field(done.Group)
	adds := map[ast.Node]bool{}
	for _, c := range f.groups().all {
		if c.Kind == Add && f.field(c.Group) == group {
			adds[f.declAround(c.Call.Pos())] = true
		}
	}
	return len(adds) > 0 && slices.ContainsFunc(f.groups().all, func(other *GroupCall) bool {
		decl, ok := other.Fn.(*ast.FuncDecl)
		if !ok || other.Kind != Done || other.Fn == done.Fn || f.field(other.Group) != group || adds[decl] {
			return false
		}
		starts := f.groups().start[decl]
		if len(starts) == 0 {
			return !f.ownObject(done) && !f.calledOnlyByStarted(decl)
		}
		return !slices.ContainsFunc(starts, func(s starter) bool { return adds[f.declAround(s.in.Pos())] })
	})
}

// handedOn reports whether the literal around a call of a group is an argument of
// another, which runs it at any time, if not on a goroutine of its own.
func (f *Facts) handedOn(c *GroupCall) bool {
	at := slices.Index(c.stack, c.Fn)
	if at < 1 || f.groups().handed[c.Fn] > 0 {
		return false
	}
	call, ok := c.stack[at-1].(*ast.CallExpr)
	return ok && slices.Contains(call.Args, c.Fn.(ast.Expr))
}

// countedForOne reports whether a loop starts the goroutines and the group is counted once, and
// not in that loop: one of them is to be done, and not each.
func (f *Facts) countedForOne(done *GroupCall) bool {
	starts, adds := f.startedOnly(done.Fn), 0
	if len(starts) != 1 {
		return false
	}
	loops := f.loopsAround(starts[0].in, starts[0].stmt)
	for _, c := range f.groups().byFn[starts[0].in] {
		if c.Kind != Add || !f.same(c.Group, done.Group) {
			continue
		}
		n := f.pkg.Info.Types[c.Call.Args[0]].Value
		if n == nil || n.ExactString() != "1" || len(f.loopsAround(starts[0].in, c.Call)) >= len(loops) {
			return false
		}
		adds++
	}
	return adds == 1
}

// countedUnderCondition reports whether an Add of the group stands under a
// condition on a variable that the goroutine's function tests too: it may be
// done just where it was counted. So it is where it is done under a flag that is set where
// the group is counted.
func (f *Facts) countedUnderCondition(done *GroupCall) bool {
	if f.doneByFlag(done) {
		return true
	}
	tested := map[types.Object]bool{}
	f.pkg.Inspect(bodyOfFunc(done.Fn), func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok {
			f.variablesIn(test.Cond, tested)
		}
		return true
	})
	for _, add := range f.groups().all {
		if add.Kind != Add || f.field(add.Group) != f.field(done.Group) {
			continue
		}
		if f.sameCondition(add, done) {
			return true
		}
		for _, around := range add.stack {
			test, ok := around.(*ast.IfStmt)
			under := map[types.Object]bool{}
			if ok {
				f.variablesIn(test.Cond, under)
			}
			for v := range under {
				if tested[v] {
					return true
				}
			}
		}
	}
	return false
}

// sameCondition reports whether two calls stand under one condition, as it is spelled: the variables
// in it may be those of two loops, or of a parameter, but none that the goroutine sets itself.
//
//	for _, k := range kinds { if k != quick { wg.Add(1) } }
//	for _, k := range kinds { go func(k kind) { if k != quick { defer wg.Done() }; … }(k) }
func (f *Facts) sameCondition(add, done *GroupCall) bool {
	return slices.ContainsFunc(conditionsAround(add.Fn, add.Call), func(x ast.Expr) bool {
		return slices.ContainsFunc(conditionsAround(done.Fn, done.Call), func(y ast.Expr) bool {
			return types.ExprString(x) == types.ExprString(y) && !f.setWithin(done.Fn, y)
		})
	})
}

// setWithin reports whether an expression names a variable that a function declares or sets.
//
//	_, err := c.Read(b)
//	if err == nil { wg.Done() }
func (f *Facts) setWithin(fn ast.Node, x ast.Expr) (set bool) {
	named, body := map[types.Object]bool{}, bodyOfFunc(fn)
	f.variablesIn(x, named)
	for v := range named {
		set = set || body.Pos() <= v.Pos() && v.Pos() < body.End()
	}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		for _, lhs := range assignedIn(n) {
			id, ok := ast.Unparen(lhs).(*ast.Ident)
			set = set || ok && named[f.pkg.ObjectOf(id)]
		}
		return !set
	})
	return set
}

// doneByFlag reports whether a function is done with the group under a condition on a field that
// is set in a declaration which counts it.
//
//	l.counted = true; l.wg.Add(1); go l.run()
//	func (l *T) run() { if l.counted { defer l.wg.Done() }; … }
func (f *Facts) doneByFlag(done *GroupCall) bool {
	asked := map[types.Object]bool{}
	for _, cond := range conditionsAround(done.Fn, done.Call) {
		for field := range f.fieldsIn(cond) {
			asked[field] = true
		}
	}
	if len(asked) == 0 {
		return false
	}
	return slices.ContainsFunc(f.groups().all, func(add *GroupCall) (set bool) {
		if add.Kind != Add || f.field(add.Group) != f.field(done.Group) {
			return false
		}
		f.pkg.Inspect(f.declAround(add.Call.Pos()), func(n ast.Node) bool {
			set = set || n != nil && f.setsAny(n, asked) && !f.setsToUnknown(n)
			return !set
		})
		return set
	})
}

// setsToUnknown reports whether a node assigns what is not a constant: a setting, which says
// nothing of the count.
func (f *Facts) setsToUnknown(n ast.Node) bool {
	set, ok := n.(*ast.AssignStmt)
	return ok && slices.ContainsFunc(set.Rhs, func(x ast.Expr) bool { return f.pkg.Info.Types[x].Value == nil })
}

// variablesIn adds the variables and fields that an expression names.
func (f *Facts) variablesIn(x ast.Expr, to map[types.Object]bool) {
	f.pkg.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := f.pkg.Use(id).(*types.Var); ok {
				to[v] = true
			}
		}
		return true
	})
}

// mentionsGroup tells the nodes that may be done with the group: the group is
// named in them, in a literal too, or what it is part of is handed on.
func (f *Facts) mentionsGroup(done *GroupCall) func(ast.Node) bool {
	group := f.field(done.Group)
	return func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			return f.pkg.ObjectOf(n) == group
		case *ast.FuncLit:
			return f.names(n, group) || f.callsInDo(n, group)
		case *ast.CallExpr:
			return f.callDoes(n, group) || f.givesOwner(n, done)
		case *ast.SendStmt:
			return f.takerIsDone(n, done) || f.handsOwner(n, done)
		}
		return f.handsOwner(n, done)
	}
}

// callsInDo reports whether a function literal calls something that is done with a group.
//
//	time.AfterFunc(d, func() { p.again(job) }) // again calls p.wg.Done
func (f *Facts) callsInDo(lit *ast.FuncLit, group types.Object) (does bool) {
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		does = does || ok && f.callDoes(call, group)
		return !does
	})
	return does
}

// takerIsDone reports whether something is sent to one who is done with the group for each that he
// takes: the count goes on to him.
//
//	failed <- job
//	for range failed { wg.Done() }
func (f *Facts) takerIsDone(send *ast.SendStmt, done *GroupCall) bool {
	ch, group := f.field(send.Chan), f.field(done.Group)
	return ch != nil && slices.ContainsFunc(f.groups().all, func(other *GroupCall) bool {
		if other.Kind != Done || other.Fn == done.Fn || other.Deferred != nil || f.field(other.Group) != group {
			return false
		}
		return f.takesBefore(other, ch)
	})
}

// takesBefore reports whether a call stands in the body of a range over a channel, or behind a receive
// from it in a loop, and is made again and again: who leaves the loop with it is done himself.
func (f *Facts) takesBefore(call *GroupCall, ch types.Object) (takes bool) {
	if !f.comesBack(call.Fn, call.Call) {
		return false
	}
	for _, loop := range f.loopsAround(call.Fn, call.Call) {
		f.pkg.Inspect(loop, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.RangeStmt:
				takes = takes || f.field(n.X) == ch && contains(n.Body, call.Call)
			case *ast.UnaryExpr:
				takes = takes || n.Op == token.ARROW && f.field(n.X) == ch && n.Pos() < call.Call.Pos()
			}
			return !takes
		})
	}
	return takes
}

// givesOwner reports whether a call gives the object of which the group is a field to somebody
// unknown, who may call a method of it that is done with the group.
//
//	err := server.Serve(l) // (*listener).Accept calls l.first.Done
func (f *Facts) givesOwner(call *ast.CallExpr, done *GroupCall) bool {
	owner, group := f.ownerOf(done.Call), f.field(done.Group)
	sel, ok := ast.Unparen(owner).(*ast.SelectorExpr)
	if !ok || f.pkg.Body(call) != nil || !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.same(arg, sel.X) }) {
		return false
	}
	of := pointerless(f.pkg.TypeOf(sel.X))
	return slices.ContainsFunc(f.groups().all, func(other *GroupCall) bool {
		decl, isDecl := other.Fn.(*ast.FuncDecl)
		if !isDecl || decl.Recv == nil || other.Kind != Done || f.field(other.Group) != group {
			return false
		}
		recv := f.pkg.Def(decl.Name).(*types.Func).Signature().Recv()
		return types.Identical(pointerless(recv.Type()), of)
	})
}

// names reports whether something within n names an object.
func (f *Facts) names(n ast.Node, obj types.Object) (found bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && f.pkg.ObjectOf(id) == obj
		return !found
	})
	return found
}

// leadsToDone reports whether a function calls or starts another that is done with a group: the
// count goes on to that one.
//
//	func (w *worker) restart() { go w.loop() } // loop calls w.wg.Done
func (f *Facts) leadsToDone(decl *ast.FuncDecl, group types.Object, seen map[*ast.FuncDecl]bool) (leads bool) {
	seen[decl] = true
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !leads {
			next := f.pkg.Body(call)
			leads = next != nil && !seen[next] && (f.doneIn(next, group) || f.leadsToDone(next, group, seen))
		}
		return !leads
	})
	return leads
}

// doneIn reports whether a Done of a group stands in a declaration.
func (f *Facts) doneIn(decl ast.Decl, group types.Object) bool {
	return slices.ContainsFunc(f.groups().all, func(c *GroupCall) bool {
		return c.Kind == Done && f.field(c.Group) == group && contains(decl, c.Call)
	})
}

// callDoes reports whether a function of this package that is called names the
// object, or calls or starts one that is done with it, or a local function value is called
// that may, or a method of a local variable that was made with such a function.
func (f *Facts) callDoes(call *ast.CallExpr, obj types.Object) bool {
	if decl := f.pkg.Body(call); decl != nil {
		return f.names(decl.Body, obj) || f.leadsToDone(decl, obj, map[*ast.FuncDecl]bool{})
	}
	v, ok := f.pkg.Callee(call).(*types.Var)
	if owner := f.ownerOf(call); owner != nil {
		v, ok = f.Variable(owner), true
	}
	if !ok || v == nil || v.IsField() || v.Kind() == types.PackageVar {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if sets && f.names(value, obj) {
			return true
		}
	}
	return false
}
