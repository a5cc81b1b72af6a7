package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// ClosedByTwo returns another close, or the check that does not help, if two
// goroutines can come to a close of one channel; because says how.
func (f *Facts) ClosedByTwo(fn ast.Node, call *ast.CallExpr) (other ast.Node, because string) {
	t := f.Trace(f.Variable(call.Args[0]))
	if t == nil {
		t = f.traceOfParameter(f.Variable(call.Args[0]))
	}
	if t != nil && t.Unknown != nil {
		t = f.returnedTrace(f.Variable(call.Args[0])) // whoever gets it, the goroutines here close it
	}
	if t != nil && t.Unknown == nil {
		return f.closedByThreads(t, call)
	}
	c := f.Class(call.Args[0])
	if c == nil {
		return nil, ""
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(call) })
	if i < 0 || c.Ops[i].Test {
		return nil, ""
	}
	if check := f.checkedOnly(fn, call, c.Ops[i]); check != nil {
		return check, "two callers can both find it open here"
	}
	if by := f.closedByGoroutine(c, c.Ops[i]); by != nil {
		return by, "closed by a goroutine of the package, too"
	}
	if check := f.flagRaced(fn, call, c.Ops[i]); check != nil {
		return check, "two callers can both look here before one of them says that it is closed"
	}
	if by := f.closedByLoop(c, c.Ops[i]); by != nil {
		return by, "every goroutine that the loop starts here closes it"
	}
	if by := f.closedByCaller(c, c.Ops[i]); by != nil {
		return by, "called by a goroutine of the package, beside whoever uses this"
	}
	if by := f.closedByHelper(c, c.Ops[i]); by != nil {
		return by, "called by a goroutine of the package, beside a method that anybody may call"
	}
	if by := f.closedByOwner(c, c.Ops[i]); by != nil {
		return by, "closed here, with all that its owner has, and nobody asks whether it has been"
	}
	if by := f.closedByBoth(c, c.Ops[i]); by != nil {
		return by, "another goroutine of the same object comes to close it here, too"
	}
	if by := f.closedInOnce(c, c.Ops[i]); by != nil {
		return by, "closed here, too, and a Once keeps only this from happening twice"
	}
	return nil, ""
}

// closedByThreads is about a local channel: each of two goroutines closes it on
// every way, or each of those that a loop starts.
func (f *Facts) closedByThreads(t *Trace, call *ast.CallExpr) (ast.Node, string) {
	i := slices.IndexFunc(t.Ops, func(op *Op) bool { return op.Node == ast.Node(call) })
	if t.Unknown != nil || i < 0 || !f.surelyCloses(t.Ops[i]) {
		return nil, ""
	}
	op := t.Ops[i]
	if op.Thread.Loop != nil && op.Thread.In == t.Home && f.turnsOf(op.Thread.Loop) > 1 && f.startsAnother(t, op.Thread) {
		return op.Thread.Start, "every goroutine that the loop starts here closes it"
	}
	for _, other := range t.Of(Close) {
		if other == op || other.Thread == op.Thread || other.Node.Pos() > op.Node.Pos() || !f.surelyCloses(other) || other.Node == op.Node && f.unlessMade(op, t.Var) {
			continue
		}
		if f.bothStart(t, other.Thread, op.Thread) {
			return other.Node, "closed by another goroutine, too"
		}
	}
	return nil, ""
}

// startsAnother reports whether the loop that starts a goroutine may come to start another: it
// need not be left behind the first.
//
//	for _, s := range all { if s.ok() { go s.serve(out); return out } }
func (f *Facts) startsAnother(t *Trace, thread *Thread) bool {
	again, _ := f.pkg.Flow(t.Fn).Follows(thread.Anchor, thread.Anchor)
	return again
}

// surelyCloses reports whether a goroutine closes on every way through its
// function.
func (f *Facts) surelyCloses(op *Op) bool {
	if !op.Direct() && op.Deferred == nil || op.Thread.Fn != op.Fn && op.Deferred == nil || f.withinLiterals(op) {
		return false
	}
	for _, fn := range []ast.Node{op.Fn, op.Thread.Fn} {
		s := &search{
			f: f, fn: fn, flow: f.pkg.Flow(fn),
			covered: func(n ast.Node) bool { return n == op.Node || n == op.Anchor },
			leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
		}
		if s.out() != nil || s.lost {
			return false
		}
	}
	return true
}

// withinLiterals reports whether a close stands in a literal within the one that a goroutine
// puts off, which may run it once, or never.
//
//	defer func() { if left.Add(-1) == 0 { once.Do(func() { close(out) }) } }()
func (f *Facts) withinLiterals(op *Op) bool {
	if op.Deferred == nil {
		return false
	}
	depth := 0
	ast.Inspect(op.Deferred, func(n ast.Node) bool {
		if n == nil || op.Node.Pos() < n.Pos() || n.End() < op.Node.End() {
			return false
		}
		if _, literal := n.(*ast.FuncLit); literal {
			depth++
		}
		return true
	})
	return depth > 1
}

// bothStart reports whether one path starts both goroutines; the home thread is
// always there.
func (f *Facts) bothStart(t *Trace, a, b *Thread) bool {
	if a == t.Home || b == t.Home {
		return true
	}
	if a.In != t.Home || b.In != t.Home {
		return false
	}
	flow := f.pkg.Flow(t.Fn)
	one, _ := flow.Follows(a.Anchor, b.Anchor)
	other, _ := flow.Follows(b.Anchor, a.Anchor)
	return one || other
}

// calledByMany reports whether a function may be called by two goroutines, so
// as anybody can tell: it is part of the API, or two functions call it, neither
// under a lock.
func (f *Facts) calledByMany(decl *ast.FuncDecl) bool {
	if decl.Name.IsExported() && f.ownerExported(decl) {
		return true
	}
	if !f.onlyCalled(decl) {
		return false
	}
	from := map[ast.Node]bool{}
	for _, call := range f.callsOf(decl) {
		fn := f.around(call)
		if held, ok := f.pkg.Held(fn, call); !ok || len(held) > 0 {
			return false
		}
		from[f.onlyCaller(fn)] = true
		if f.runsTwice(fn) {
			return true
		}
	}
	return len(from) > 1
}

// runsTwice reports whether a function is started on two goroutines for one object.
//
//	go p.copy(a, b)
//	go p.copy(b, a)
func (f *Facts) runsTwice(fn ast.Node) bool {
	starts := f.startedOnly(fn)
	if len(starts) < 2 || starts[0].in != starts[1].in {
		return false
	}
	of := f.startedOf(starts[0])
	return of != nil && of == f.startedOf(starts[1]) && f.startsBoth(starts[0], starts[1])
}

// onlyCaller climbs from a function to the one that alone calls it, as long as there is one,
// and calls it itself, not as a goroutine: what the functions of one caller do, they do one after
// the other.
//
//	func (s *T) run() { if s.leads() { s.lead() } else { s.follow() } }
func (f *Facts) onlyCaller(fn ast.Node) ast.Node {
	for range deepest {
		decl, ok := fn.(*ast.FuncDecl)
		if !ok || decl.Name.IsExported() || !f.onlyCalled(decl) || len(f.groups().start[fn]) > 0 {
			return fn
		}
		var by ast.Node
		for _, call := range f.callsOf(decl) {
			if around := f.around(call); by == nil || by == around {
				by = around
			} else {
				return fn
			}
		}
		if by == nil {
			return fn
		}
		fn = by
	}
	return fn
}

// ownerExported reports whether a function is no method of a type that only this
// package knows: what calls that, through interfaces, nobody can see. A type whose
// objects an exported function returns is known to others as well.
func (f *Facts) ownerExported(decl *ast.FuncDecl) bool {
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return ok
	}
	recv := fn.Signature().Recv().Type()
	t := recv
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && (named.Obj().Exported() || f.givenAway(recv))
}

// givenAway reports whether an exported function returns an object of a type: others
// can call its exported methods, although they cannot name it.
func (f *Facts) givenAway(t types.Type) bool {
	scope := f.pkg.Types.Scope()
	for _, name := range scope.Names() {
		fn, ok := scope.Lookup(name).(*types.Func)
		if !ok || !fn.Exported() {
			continue
		}
		for result := range fn.Signature().Results().Variables() {
			if types.Identical(result.Type(), t) {
				return true
			}
		}
	}
	return false
}

// closedByGoroutine returns a close of the same class, by a function that only
// runs as a goroutine of the package, if op is the close of an exported function
// or method that closes always; neither asks whether the other has.
func (f *Facts) closedByGoroutine(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || !decl.Name.IsExported() || c.Replaced || c.Nil || c.Serves || !f.unasked(op, c) {
		return nil
	}
	for _, other := range c.Of(Close) {
		if other.Fn == op.Fn || other.Test || !f.ofGoroutine(other.Fn) || !f.unasked(other, c) || !f.unasksBefore(other) || f.closedInstead(op, other) {
			continue
		}
		return other.Node
	}
	return nil
}

// ofGoroutine reports whether a function only ever runs as a goroutine, or is an
// unexported one that only such a function calls, once it is asked nothing.
func (f *Facts) ofGoroutine(fn ast.Node) bool {
	if f.runsAlone(fn) {
		return true
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || !f.onlyCalled(decl) {
		return false
	}
	calls := f.callsOf(decl)
	for _, call := range calls {
		by := f.around(call)
		if held, ok := f.pkg.Held(by, call); !ok || len(held) > 0 || len(f.startedOnly(by)) == 0 || !f.unasksBefore(&ClassOp{Fn: by, Node: call}) {
			return false
		}
	}
	return len(calls) > 0
}

// closedInOnce returns a close of the same class that a Once runs, if op is the
// close of another function that closes always and asks nobody.
func (f *Facts) closedInOnce(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || c.Replaced || c.Nil || c.Serves || !f.unasked(op, c) || !f.unasksBefore(op) {
		return nil
	}
	if held, ok := f.pkg.Held(op.Fn, op.Node); !ok || len(held) > 0 {
		return nil
	}
	for _, other := range c.Of(Close) {
		if !other.Test && f.inOnce(other) && functionOf(other.Stack) != ast.Node(decl) {
			return other.Node
		}
	}
	return nil
}

// inOnce reports whether an operation stands in the literal that Do of a Once
// gets.
func (f *Facts) inOnce(op *ClassOp) bool {
	_, at := functionAt(op.Stack)
	if at < 1 {
		return false
	}
	call, ok := op.Stack[at-1].(*ast.CallExpr)
	return ok && f.isCallOf(call, "(*sync.Once).Do")
}

// functionOf returns the declared function of a stack.
func functionOf(stack []ast.Node) ast.Node {
	for _, n := range stack {
		if decl, ok := n.(*ast.FuncDecl); ok {
			return decl
		}
	}
	return nil
}
