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
	if op == nil || op.Thread != t.Home || !op.Direct() || op.Kind != Receive && op.Kind != Range {
		return nil
	}
	if fewer := f.fewerSends(t, op); fewer != nil {
		return fewer
	}
	by := f.soleServer(t, op)
	if by == nil || op.Kind == Range && f.leavesRange(op.Node.(*ast.RangeStmt)) {
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
	if exit == nil || by.Many() || f.toldBefore(t, op, by, s.covered) || f.hearsFirst(t, op, by) {
		return nil
	}
	return &Unserved{Op: op, Trace: t, By: by, Exit: exit}
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

// toldBefore reports whether the receive is only reached past another, from the
// same goroutine, which that cannot serve and then end without:
//
//	go func() { …; close(items); done <- true }()
//	<-done
//	for item := range items { … }
func (f *Facts) toldBefore(t *Trace, op *Op, by *Thread, covered func(ast.Node) bool) bool {
	flow := f.pkg.Flow(t.Fn)
	for _, v := range f.localChannels() {
		other := f.Trace(v)
		if other == nil || other == t || other.Unknown != nil || other.Fn != t.Fn {
			continue
		}
		for _, word := range other.Of(Receive) {
			if _, all := flow.Precedes(word.Anchor, rangedOver(op.Node)); !all || word.Thread.In != nil {
				continue
			}
			words := other.Of(Send, Close)
			if f.leavesAtFailure(t.Fn, word.Node) {
				words = slices.DeleteFunc(words, f.sendsFailure)
			}
			if f.allFrom(words, by, covered) {
				return true
			}
		}
	}
	return false
}

// allFrom reports whether a goroutine alone does some operations, none of which
// it does on a path that is not covered.
func (f *Facts) allFrom(ops []*Op, by *Thread, covered func(ast.Node) bool) bool {
	for _, op := range ops {
		if op.Thread.Start != by.Start || op.Thread.Fn != by.Fn || op.Deferred != nil {
			return false
		}
		to := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: covered, until: func(n ast.Node) bool { return n == op.Anchor }}
		from := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: covered, from: op.Anchor}
		if to.out() != nil && from.out() != nil {
			return false
		}
	}
	return len(ops) > 0
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
	_, before := flow.Precedes(by.Anchor, at)
	_, after := flow.Follows(by.Anchor, at)
	if !before || !after {
		return nil
	}
	return by
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
