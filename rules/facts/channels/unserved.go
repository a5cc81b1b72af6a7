package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// An Unserved is a receive, by the function that made the channel, that can
// wait for ever: the goroutine that serves it can end without.
type Unserved struct {
	Op    *Op // nil, as is Trace, for the channel of a field
	Trace *Trace
	By    *Thread  // the goroutine that alone sends or closes
	Exit  ast.Node // how it ends without; nil: nobody closes at all
	Skips bool     // Exit ends a turn of the loop that should start one, and did not
}

// Unserved says how the bare receive, or the range, of a function that made the
// channel can wait for ever. Only one goroutine serves the channel, and it is
// started whenever the receive is reached, and reached whenever it is started.
func (f *Facts) Unserved(v *types.Var, n ast.Node) *Unserved {
	if loop, ok := n.(*ast.RangeStmt); ok {
		for _, how := range []func(*ast.RangeStmt) *Unserved{f.unclosed, f.unclosedOnPath, f.unclosedStream} {
			if u := how(loop); u != nil {
				return u
			}
		}
	}
	t, op := f.whole(v, n)
	if op == nil || !op.Direct() || op.Kind != Receive && op.Kind != Range {
		return nil
	}
	if op.Kind == Range && f.leavesRange(op.Node.(*ast.RangeStmt)) {
		return nil
	}
	if op.Thread != t.Home {
		return f.unservedAside(t, op)
	}
	if fewer := f.fewerSends(t, op); fewer != nil {
		return fewer
	}
	return f.unservedBy(t, op, f.soleServer(t, op))
}

// unservedAside is Unserved of a range by another goroutine that the function which made the channel
// starts, together with the one that serves it.
//
//	go read(raw)             // closes it, but not where it fails
//	go transform(raw, clean) // for row := range raw
//	for row := range clean { … }
func (f *Facts) unservedAside(t *Trace, op *Op) *Unserved {
	th := op.Thread
	if op.Kind != Range || th.In != t.Home || th.Many() || f.endsTheProgram(t.Fn) || f.inTest(op.Node) {
		return nil
	}
	here := *op
	here.Node = th.Anchor // as the home thread sees it
	by := f.soleServer(t, &here)
	if by == nil || by == th || by.Loop != nil {
		return nil
	}
	u := f.unservedBy(t, &here, by)
	if u != nil {
		u.Op = op
	}
	return u
}

// unservedBy says how the thread that serves a channel alone can end without.
func (f *Facts) unservedBy(t *Trace, op *Op, by *Thread) *Unserved {
	if by == nil {
		return nil
	}
	partners := t.Of(Close)
	if op.Kind == Receive {
		partners = t.Of(Close, Send)
	}
	if op.Kind == Range && len(partners) == 0 {
		return &Unserved{Op: op, Trace: t, By: by}
	}
	anchors := map[ast.Node]bool{}
	for _, p := range partners {
		anchors[p.Anchor] = true
		f.turnsOfFunc(by.Fn, p, anchors)
	}
	s := &search{
		f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn),
		covered: func(n ast.Node) bool { return anchors[n] },
	}
	s.crossed = func(from *facts.Block, e facts.Edge) bool {
		return f.toldByHome(t, op, e) || f.cancelsItself(t, op, e, s) || f.endsAbroad(by.Fn, from, e)
	}
	exit := s.out()
	if exit == nil && !by.Many() && partners[0].Deferred == nil && partners[0].Fn == by.Fn {
		if risk := f.afterPanic(by.Fn, partners[0].Node, t.Var); risk != nil {
			exit = risk
		}
	}
	if exit == nil {
		exit = f.leavesInHelper(by, partners)
	}
	if exit == nil || by.Many() || f.toldBefore(t, op, by, s.covered) || f.hearsFirst(t, op, by) {
		return nil
	}
	return &Unserved{Op: op, Trace: t, By: by, Exit: exit}
}

// leavesInHelper returns a way out of the one function that does for a thread what all partners of a
// receive do, on which it does none of it.
//
//	go func() { defer wg.Done(); err = read(r, rows) }() // close(rows) at its end, but not where it fails
func (f *Facts) leavesInHelper(by *Thread, partners []*Op) ast.Node {
	helper, ok := partners[0].Fn.(*ast.FuncDecl)
	at := map[ast.Node]bool{}
	for _, p := range partners {
		if !ok || p.Fn != ast.Node(helper) || p.Fn == by.Fn || p.calls != 1 || p.Kind != Close || p.Deferred != nil {
			return nil
		}
		at[p.Node] = true
	}
	if f.endsProcessBehind(by.Fn, partners[0].Anchor) {
		return nil
	}
	var exits []ast.Node
	s := &search{f: f, fn: helper, flow: f.pkg.Flow(helper), covered: func(n ast.Node) bool {
		d, isDefer := n.(*ast.DeferStmt)
		return at[n] || isDefer && at[d.Call] || slices.Contains(exits, n)
	}}
	for exit := s.out(); exit != nil && !s.lost && !slices.Contains(exits, exit); exit = s.out() {
		if f.underFailure(helper, exit) || f.returnsError(exit) {
			return exit
		}
		exits = append(exits, exit)
	}
	return nil
}

// endsProcessBehind reports whether a function may end the program behind a call: where that fails,
// most often.
//
//	if err := read(rows); err != nil { log.Fatal(err) }
func (f *Facts) endsProcessBehind(fn, call ast.Node) (ends bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		ends = ends || ok && c.Pos() > call.Pos() && f.pkg.NoReturn(c) && !f.failsTest(c) && !f.isCallOf(c, "runtime.Goexit")
		return !ends
	})
	return ends
}

// returnsError reports whether a return gives back an error, as far as can be seen.
func (f *Facts) returnsError(exit ast.Node) bool {
	ret, ok := exit.(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	return isError(f.pkg.TypeOf(last)) && f.isError(last)
}

// endsAbroad reports whether an edge is only taken where the channel in a field of another
// package is closed: what that package closes is not known here.
//
//	for event := range client.Events { … }
func (f *Facts) endsAbroad(fn ast.Node, from *facts.Block, e facts.Edge) bool {
	sel, ok := ast.Unparen(orNil(f.foundClosed(fn, from, e))).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	field, ok := f.pkg.Use(sel.Sel).(*types.Var)
	return ok && field.IsField() && field.Pkg() != f.pkg.Types
}

// closesAbroad reports whether the package itself may close what such an edge is about, by a
// method of the object of which the channel is a field.
//
//	w.watcher.Close() // and with it w.watcher.Events
func (f *Facts) closesAbroad(fn ast.Node, from *facts.Block, e facts.Edge) (closes bool) {
	sel, ok := ast.Unparen(orNil(f.foundClosed(fn, from, e))).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	of := pointerless(f.pkg.TypeOf(sel.X))
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || closes {
				return !closes
			}
			owner := f.ownerOf(call)
			callee := f.pkg.Callee(call)
			closes = owner != nil && len(call.Args) == 0 && endsOwner.MatchString(callee.Name()) && types.Identical(pointerless(f.pkg.TypeOf(owner)), of)
			return !closes
		})
	}
	return closes
}

// endsOwner is in the names of methods that may end what they are methods of.
var endsOwner = lazyregexp.New(`(?i)close|stop|shut|cancel|quit|done|term|kill|abort|discon|finish|exit|release|unsub|destroy|fail|reset|free|leave|signal|notif|delete|remove|drop|end`)

// turnsOfFunc adds the loops around an operation that run over an iterator: that there is
// nothing to run over is nothing that a path of the goroutine shows.
func (f *Facts) turnsOfFunc(fn ast.Node, op *Op, anchors map[ast.Node]bool) {
	for _, loop := range f.loopsAround(fn, op.Anchor) {
		over, ok := loop.(*ast.RangeStmt)
		if !ok {
			continue
		}
		if _, calls := f.pkg.TypeOf(over.X).Underlying().(*types.Signature); calls {
			anchors[over.X] = true
		}
	}
}

// rangedOver returns where the flow has an operation: of a range its operand.
func rangedOver(n ast.Node) ast.Node {
	if loop, ok := n.(*ast.RangeStmt); ok {
		return loop.X
	}
	return n
}

// soleServer returns the thread that does all sends and closes, if it is one
// that the home function starts always before the operation, which then follows
// always; the operation must not repeat.
func (f *Facts) soleServer(t *Trace, op *Op) *Thread {
	served := t.Of(Send, Close)
	if len(served) == 0 || op.Kind == Receive && (f.repeats(op) || len(t.Of(Receive, Range)) > 1) {
		return nil
	}
	by := served[0].Thread
	for _, s := range served {
		if s.Thread != by {
			return nil
		}
	}
	if by == t.Home || by.In != t.Home || op.Kind == Receive && by.Many() {
		return nil
	}
	flow := f.pkg.Flow(t.Fn)
	at := rangedOver(op.Node)
	if by.Loop != nil {
		return by
	}
	if !alwaysBoth(flow, by.Anchor, at) && (op.Thread == t.Home || !alwaysBoth(flow, at, by.Anchor)) {
		return nil
	}
	return by
}

// alwaysBoth reports whether a function that comes to one of two nodes comes to both, in this order.
func alwaysBoth(flow *facts.Flow, first, second ast.Node) bool {
	_, before := flow.Precedes(first, second)
	_, after := flow.Follows(first, second)
	return before && after
}

// leavesRange reports whether a loop can be left otherwise than at its end.
func (f *Facts) leavesRange(loop *ast.RangeStmt) (leaves bool) {
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Tok != token.CONTINUE
		case *ast.CallExpr:
			leaves = leaves || f.pkg.NoReturn(n) || f.endsByName(n)
		}
		return !leaves
	})
	return leaves
}
