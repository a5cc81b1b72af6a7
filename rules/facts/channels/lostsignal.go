package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A LostSignal is a Wait of a Cond that may sleep through what it waits for.
type LostSignal struct {
	Wait    *ast.CallExpr
	Because string
	At      ast.Node // what shows it, nil if the Wait itself does
}

// LostSignal says how a Wait can sleep for ever: nobody signals the Cond, or when
// the context ends for which its loop asks; a function ends what it waits for without a signal; or it waits whether or not
// that has come already.
func (f *Facts) LostSignal(call *ast.CallExpr) *LostSignal {
	for _, c := range f.condClasses() {
		for _, w := range c.waits {
			if w.call == call && !c.open {
				return f.lostSignal(c, w)
			}
		}
	}
	return nil
}

func (f *Facts) lostSignal(c *condClass, w *condCall) *LostSignal {
	if !c.made {
		return nil // somebody else makes it, and may signal
	}
	if len(c.signals) == 0 {
		return &LostSignal{w.call, "nobody in the program calls Signal or Broadcast", nil}
	}
	if set := f.silentSet(c, w); set != nil {
		return &LostSignal{w.call, "this ends what it waits for, and nobody is woken", set}
	}
	if set := f.unlockedSet(c, w); set != nil {
		return &LostSignal{w.call, "this ends what it waits for, without the lock: the signal may come between the look at it and the Wait", set}
	}
	if one := f.fewWoken(c, w); one != nil {
		return &LostSignal{w.call, "this wakes one of those who wait, and all of them could go on: Broadcast wakes all", one}
	}
	if one := f.lastingWoken(c, w); one != nil {
		return &LostSignal{w.call, "this wakes one of those who wait, and what was set before lets all of them go on: Broadcast wakes all", one}
	}
	if one := f.mixedWoken(c, w); one != nil {
		return &LostSignal{w.call, "this wakes who has waited longest, and others wait for something else at the same Cond: Broadcast wakes all", one}
	}
	if one := f.valueWoken(c, w); one != nil {
		return &LostSignal{w.call, "this wakes who has waited longest, and each waits for a value of his own: Broadcast wakes all", one}
	}
	if exit := f.failedSignal(c, w); exit != nil {
		return &LostSignal{w.call, "the only goroutine that signals may leave here, without a signal", exit}
	}
	if end := f.unheardEnd(c, w); end != nil {
		return &LostSignal{w.call, "the end of the context, for which this asks, wakes nobody: no function that signals hears of it", end}
	}
	if early := f.earlySignal(c, w); early != nil {
		return &LostSignal{w.call, "this may come before the Wait, which then waits for the next", early}
	}
	return nil
}

// silentSet returns an assignment that makes the condition of the loop around a
// Wait false for good, in a function that can end without a signal.
func (f *Facts) silentSet(c *condClass, w *condCall) ast.Node {
	cond := f.loopCondition(w)
	if cond == nil {
		cond = f.conditionOf(w)
	}
	if cond == nil {
		return nil
	}
	for field, until := range f.awaited(cond, true) {
		if set := f.setSilently(c, field, f.isTruth(until)); set != nil {
			return set
		}
	}
	for _, x := range conjuncts(cond) {
		if field := f.awaitedError(x); field != nil {
			if set := f.setSilently(c, field, f.isError); set != nil {
				return set
			}
		}
		if set := f.countedSilently(c, x); set != nil {
			return set
		}
	}
	return nil
}

// awaited returns the boolean fields of a condition that alone can make it
// false, and the value with which they do.
func (f *Facts) awaited(cond ast.Expr, truth bool) map[*types.Var]bool {
	found := map[*types.Var]bool{}
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			return f.awaited(cond.X, !truth)
		}
	case *ast.BinaryExpr:
		if cond.Op == token.LAND && truth || cond.Op == token.LOR && !truth {
			for _, x := range []ast.Expr{cond.X, cond.Y} {
				for v, until := range f.awaited(x, truth) {
					found[v] = until
				}
			}
		}
	case *ast.SelectorExpr:
		if v, ok := f.pkg.ObjectOf(cond.Sel).(*types.Var); ok && v.IsField() && isBool(v.Type()) {
			found[v.Origin()] = !truth
		}
	case *ast.CallExpr:
		if said := f.returnedBy(cond); said != nil {
			return f.awaited(said, truth)
		}
	}
	return found
}

// returnedBy returns what a call of a function of the package returns that does nothing else, and calls
// none of the package itself.
//
//	for !q.ready() { q.cond.Wait() }
//	func (q *Queue) ready() bool { return len(q.items) > 0 || q.closed }
func (f *Facts) returnedBy(call *ast.CallExpr) ast.Expr {
	decl := f.pkg.Body(call)
	if decl == nil || len(decl.Body.List) != 1 {
		return nil
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 || slices.ContainsFunc(f.callsIn(decl), func(inner *ast.CallExpr) bool { return f.pkg.Body(inner) != nil }) {
		return nil
	}
	return ret.Results[0]
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// conjuncts returns the conditions that all must hold for one to hold.
func conjuncts(cond ast.Expr) []ast.Expr {
	if b, ok := ast.Unparen(cond).(*ast.BinaryExpr); ok && b.Op == token.LAND {
		return append(conjuncts(b.X), conjuncts(b.Y)...)
	}
	return []ast.Expr{cond}
}

// awaitedError returns the field for an error that a condition finds empty: q.err == nil.
func (f *Facts) awaitedError(cond ast.Expr) *types.Var {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL || !f.pkg.IsNil(b.Y) {
		return nil
	}
	sel, ok := ast.Unparen(b.X).(*ast.SelectorExpr)
	if !ok || !isError(f.pkg.TypeOf(sel)) {
		return nil
	}
	v, ok := f.pkg.ObjectOf(sel.Sel).(*types.Var)
	if !ok || !v.IsField() {
		return nil
	}
	return v.Origin()
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// isTruth returns whether a value is a constant, true or false.
func (f *Facts) isTruth(truth bool) func(ast.Expr) bool {
	return func(value ast.Expr) bool {
		tv := f.pkg.Info.Types[value]
		return tv.Value != nil && (tv.Value.String() == "true") == truth
	}
}

// isError reports whether a value may be an error: it is not nil.
func (f *Facts) isError(value ast.Expr) bool { return !f.pkg.IsNil(value) }

// setSilently returns an assignment of a value that ends a wait to a field, in a function that
// can end after it without a signal.
func (f *Facts) setSilently(c *condClass, field *types.Var, ends func(ast.Expr) bool) (found ast.Node) {
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			st, ok := n.(*ast.AssignStmt)
			if !ok || found != nil || len(st.Lhs) != 1 || len(st.Rhs) != 1 || f.field(st.Lhs[0]) != types.Object(field) {
				return found == nil
			}
			decl := functionOf(stack)
			fn, _ := functionAt(stack)
			if !ends(st.Rhs[0]) || decl == nil || fn != decl || f.inTest(st) || f.setWhenIdle(fn, st) || f.signalsAround(decl.(*ast.FuncDecl), st, c) {
				return true
			}
			found = st
			return false
		})
	}
	return found
}

// signalsAround reports whether a function signals a Cond on some way on which it comes by a
// statement, or whether who calls it does.
//
//	if err := l.write(); err != nil {
//		l.closed = true // the signal stands on the other way
//		return
//	}
//	l.cond.Broadcast()
func (f *Facts) signalsAround(decl *ast.FuncDecl, st ast.Stmt, c *condClass) bool {
	return f.signalsBeside(decl, st, c) || f.othersSignal(decl, c)
}

// signalsSomewhere reports whether a function, or one that it calls, or one that
// calls it, signals the Cond; or whether it makes what it sets anew.
func (f *Facts) signalsSomewhere(decl *ast.FuncDecl, c *condClass) bool {
	return f.signals(decl, c, 0) || f.othersSignal(decl, c)
}

// othersSignal reports whether one that calls a function signals the Cond, or may.
func (f *Facts) othersSignal(decl *ast.FuncDecl, c *condClass) bool {
	if !decl.Name.IsExported() && !f.onlyCalled(decl) {
		return true
	}
	if f.handedOut(decl) {
		return true // it is called through an interface, by who knows whom
	}
	return f.callersSignal(decl, c, map[*ast.FuncDecl]bool{})
}

// handedOut reports whether some call of the package passes a value of a method's type
// as an interface that has the method.
func (f *Facts) handedOut(decl *ast.FuncDecl) (handed bool) {
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return false
	}
	recv := pointerless(fn.Signature().Recv().Type())
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			for i := 0; ok && !handed && i < len(call.Args); i++ {
				u := &classUse{f: f, expr: call.Args[i]}
				param := u.paramType(call)
				if param == nil || !types.IsInterface(param) || !types.Identical(pointerless(f.pkg.TypeOf(call.Args[i])), recv) {
					continue
				}
				obj, _, _ := types.LookupFieldOrMethod(param, false, fn.Pkg(), fn.Name())
				handed = obj != nil
			}
			return !handed
		})
	}
	return handed
}

func pointerless(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// callersSignal reports whether a function that calls another one, if only
// through others, signals the Cond, or may.
func (f *Facts) callersSignal(decl *ast.FuncDecl, c *condClass, seen map[*ast.FuncDecl]bool) bool {
	if seen[decl] {
		return false
	}
	seen[decl] = true
	for _, call := range f.callsOf(decl) {
		if by, ok := f.outermostAround(call).(*ast.FuncDecl); !ok || f.signalsBeside(by, call, c) || f.callersSignal(by, c, seen) {
			return true
		}
	}
	return false
}

// signalsBeside reports whether a function signals a Cond on some way on which it comes by a node,
// as a call: on another branch it may be for something else.
//
//	if c.broken {
//		p.discard(c) // there is room for one more, and nobody is woken
//		return
//	}
//	p.put(c)
//
// What comes before wakes nobody for a call that takes a lock of its own: who is woken looks, and
// sleeps again, before it has been made.
//
//	f.Push(x) // signals
//	f.End()   // f.mu.Lock(); f.ended = true; f.mu.Unlock()
func (f *Facts) signalsBeside(by *ast.FuncDecl, at ast.Node, c *condClass) bool {
	flow := f.pkg.Flow(by)
	late := f.locksItself(by, at)
	return f.signalsAt(by, c, 0, func(id *ast.Ident) bool {
		if call, ok := at.(*ast.CallExpr); ok && contains(call.Fun, id) {
			return false // that is the call
		}
		if flow == nil || f.around(at) != ast.Node(by) || f.around(id) != ast.Node(by) {
			return true
		}
		behind, _ := flow.Follows(at, id)
		before, _ := flow.Follows(id, at)
		return behind || before && !late
	})
}

// locksItself reports whether a node is a call, with no lock held, of a function that takes one.
func (f *Facts) locksItself(by *ast.FuncDecl, at ast.Node) bool {
	call, ok := at.(*ast.CallExpr)
	if !ok || f.pkg.Body(call) == nil || len(f.pkg.Acquisitions(f.pkg.Body(call))) == 0 {
		return false
	}
	held, known := f.pkg.Held(by, call)
	return known && len(held) == 0
}

// signals reports whether a function calls Signal or Broadcast of a Cond, itself
// or through the functions of the package that it names.
func (f *Facts) signals(decl *ast.FuncDecl, c *condClass, depth int) bool {
	return f.signalsAt(decl, c, depth, func(*ast.Ident) bool { return true })
}

// signalsAt is signals by a name that counts.
func (f *Facts) signalsAt(decl *ast.FuncDecl, c *condClass, depth int, counts func(*ast.Ident) bool) bool {
	found := false
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "L" || sel.Sel.Name == "Wait") && f.field(sel.X) == types.Object(c.v) {
			return false // its lock, and who waits
		}
		if f.givesCond(n, c) {
			return false // that wakes nobody
		}
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		switch obj := f.pkg.ObjectOf(id).(type) {
		case *types.Var:
			found = obj.Origin() == c.v
		case *types.Func:
			if body := f.pkg.Declaration(obj.Origin()); body != nil && body != decl && depth < deepest {
				found = f.signals(body, c, depth+1)
			}
		}
		found = found && counts(id)
		return !found
	})
	return found
}

// givesCond reports whether a node gives the variable of a Cond its value.
func (f *Facts) givesCond(n ast.Node, c *condClass) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return len(n.Lhs) == 1 && f.field(n.Lhs[0]) == types.Object(c.v)
	case *ast.KeyValueExpr:
		return f.field(n.Key) == types.Object(c.v)
	}
	return false
}

// outermostAround returns the declared function around a node.
func (f *Facts) outermostAround(n ast.Node) ast.Node {
	if decl, ok := f.declAround(n.Pos()).(*ast.FuncDecl); ok {
		return decl
	}
	return nil
}

// earlySignal returns a signal that may come before a Wait without a condition,
// by or to a goroutine of one function that both are written in.
func (f *Facts) earlySignal(c *condClass, w *condCall) ast.Node {
	if c.v.Kind() == types.PackageVar || len(c.signals) != 1 || len(c.waits) != 1 {
		return nil
	}
	if c.v.IsField() {
		return f.earlyOfField(c, w)
	}
	s := c.signals[0]
	if f.guardedWait(w) || s.fn == w.fn || f.talksBefore(w) || f.talksBefore(s) {
		return nil
	}
	if _, literal := s.fn.(*ast.FuncLit); literal && s.fn.Pos() > w.fn.Pos() && s.fn.End() < w.fn.End() && f.locksBefore(w.fn, s.fn) {
		return nil // it can signal only when the Wait has let go of the lock
	}
	return s.call
}

// guardedWait reports whether a loop or a condition is around a Wait.
func (f *Facts) guardedWait(w *condCall) bool {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch w.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt, *ast.IfStmt, *ast.CaseClause, *ast.CommClause:
			return true
		}
	}
	return true
}

// talksBefore reports whether a function sends, receives, closes, or calls what
// may, before a call.
func (f *Facts) talksBefore(c *condCall) (talks bool) {
	f.pkg.Inspect(bodyOfFunc(c.fn), func(n ast.Node) bool {
		if n.Pos() > c.call.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.SendStmt, *ast.RangeStmt, *ast.SelectStmt:
			talks = true
		case *ast.UnaryExpr:
			talks = talks || n.Op == token.ARROW
		case *ast.CallExpr:
			fn, ok := f.pkg.Callee(n).(*types.Func)
			talks = talks || n != c.call && (!ok || fn.Pkg() == nil || fn.Pkg() == f.pkg.Types || fn.Name() == "Wait" || fn.Name() == "Sleep" || fn.Name() == "Done")
		}
		return !talks
	})
	return talks
}

// locksBefore reports whether a function locks something before a literal in it.
func (f *Facts) locksBefore(fn, lit ast.Node) (locks bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call.Pos() < lit.Pos() {
			sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			locks = locks || isSel && sel.Sel.Name == "Lock"
		}
		return !locks
	})
	return locks
}
