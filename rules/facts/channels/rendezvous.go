package channels

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// Sends returns how many values the goroutines send at most, if that is known.
func (f *Facts) Sends(t *Trace) (most int64, known bool) {
	sends, known := f.sends(t)
	for _, n := range sends {
		most += n
	}
	return most, known
}

// Underserved reports whether a loop starts more goroutines that send to a channel, where this
// one does, than values are received from it and kept in its buffer: every use is known, and only
// the function that made it receives, outside of loops.
func (f *Facts) Underserved(v *types.Var, send *ast.SendStmt, start *ast.GoStmt) bool {
	t := f.Trace(v)
	if t == nil || t.Unknown != nil {
		return false
	}
	room, known := f.Capacity(t)
	receives := t.Of(Receive, Range)
	if !known || len(receives) == 0 || len(In(t.Home, receives)) != len(receives) {
		return false
	}
	for _, op := range t.Ops {
		if op.Kind == Range || op.Kind == Receive && f.repeats(op) || op.Node == ast.Node(send) && op.Select != nil {
			return false
		}
	}
	turns, counted := f.turnsAround(t.Fn, start)
	return !counted || turns > room+int64(len(receives))
}

// turnsAround returns how often the loops of a function come to a node of it, if their text says.
func (f *Facts) turnsAround(fn, n ast.Node) (all int64, known bool) {
	all = 1
	for _, loop := range f.loopsAround(fn, n) {
		turns, known := f.knownTurns(loop)
		if !known || turns == 0 {
			return 0, false
		}
		all *= turns
	}
	return all, true
}

// Sets counts the places that set a local variable, its declaration included if
// it gives a value, and those that take its address.
func (f *Facts) Sets(v *types.Var) int { return f.sets(v) }

// Rendezvous returns why a buffer would be noticed: somebody looks at the
// length, asks whether a receiver waits, or does something after a send, which
// so far comes after its receive ("" if nobody does). What only a deferred call
// does after the send, or what gives a place back, is told apart.
func (f *Facts) Rendezvous(t *Trace) (because string, deferred bool) {
	for _, op := range t.Ops {
		if op.Kind == Observe {
			return fmt.Sprintf("line %d looks at the channel's length", f.line(op.Node)), false
		}
		if op.Kind != Send {
			continue
		}
		if op.Select != nil {
			return fmt.Sprintf("the send at line %d is a case of a select: with a buffer it would be chosen without a receiver", f.line(op.Node)), false
		}
		if !ownsPlace(op) && !op.handed() || op.Thread == t.Home {
			return fmt.Sprintf("the send at line %d is not the last thing that a goroutine does", f.line(op.Node)), false
		}
		if n := f.behind(t, op); n != nil && !f.countsDown(n) {
			return fmt.Sprintf("line %d runs after the receive, and would no longer wait for it", f.line(n)), false
		}
	}
	for _, op := range t.Of(Send) {
		if n := f.behind(t, op); n != nil {
			return fmt.Sprintf("line %d would no longer wait for the receive", f.line(n)), true
		}
		if d := f.deferredIn(t, op); d != nil {
			return fmt.Sprintf("what line %d defers would no longer wait for the receive", f.line(d)), true
		}
	}
	return "", false
}

func (f *Facts) line(n ast.Node) int { return f.pkg.Fset.Position(n.Pos()).Line }

// behind is after for the function of a send, and for the one that calls it as its helper.
func (f *Facts) behind(t *Trace, op *Op) ast.Node {
	found := f.after(t, op)
	if !op.handed() || found != nil && !f.countsDown(found) {
		return found
	}
	return cmp.Or(f.after(t, op.caller()), found)
}

// after returns something with an effect that its function does after a send: rather what does
// more than to give a place back.
func (f *Facts) after(t *Trace, op *Op) (found ast.Node) {
	flow := f.pkg.Flow(op.Fn)
	at, ok := flow.At(op.Node)
	if !ok {
		return op.Node
	}
	for _, b := range flow.Blocks {
		for i, n := range b.Nodes {
			p := facts.Point{Block: b, Index: i}
			if p == at || found != nil && (!f.countsDown(found) || f.countsDown(n)) || f.harmless(t, n) {
				continue
			}
			if flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, p, nil) {
				found = n
			}
		}
	}
	return found
}

// countsDown reports whether a statement does no more than to give a place back, or to count a
// WaitGroup down.
func (f *Facts) countsDown(n ast.Node) bool {
	st, ok := n.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := ast.Unparen(st.X).(*ast.CallExpr)
	return f.onlyGivesBack(n) || ok && f.isMethod(call, "(*sync.WaitGroup).Done")
}

// harmless reports whether nobody can notice when a node runs: it jumps, gives
// back a pure value, closes the channel itself, or counts a WaitGroup down.
func (f *Facts) harmless(t *Trace, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BranchStmt:
		return true
	case *ast.ReturnStmt:
		return len(n.Results) == 0
	case *ast.SendStmt:
		return f.Variable(n.Chan) == t.Var // it has a place of its own in the buffer
	case *ast.ExprStmt:
		call, ok := n.X.(*ast.CallExpr)
		return ok && f.quietCall(t, call)
	}
	return false
}

// GivesBack returns something behind a send by which its function lets go of what others wait
// for, nil if nothing but a close of the channel itself does.
func (f *Facts) GivesBack(t *Trace, op *Op) (found ast.Node) {
	flow := f.pkg.Flow(op.Fn)
	at, ok := flow.At(op.Node)
	if !ok {
		return op.Node
	}
	for _, b := range flow.Blocks {
		for i, n := range b.Nodes {
			gives := f.onlyGivesBack(n) || f.endsOther(t, n) && n.Pos() > op.Node.Pos() // not in a later turn
			if found == nil && gives && flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, facts.Point{Block: b, Index: i}, nil) {
				found = n
			}
		}
	}
	return found
}

// endsOther reports whether a statement counts a WaitGroup down, or closes another channel.
func (f *Facts) endsOther(t *Trace, n ast.Node) bool {
	st, ok := n.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := ast.Unparen(st.X).(*ast.CallExpr)
	return ok && (f.isBuiltin(call, "close") && f.Variable(call.Args[0]) != t.Var || f.isMethod(call, "(*sync.WaitGroup).Done"))
}

// onlyGivesBack reports whether a statement does no more than to let another goroutine have a place:
// it takes a token out of a channel that counts, or unlocks.
//
//	<-limit
func (f *Facts) onlyGivesBack(n ast.Node) bool {
	st, ok := n.(*ast.ExprStmt)
	if !ok {
		return false
	}
	if recv, ok := ast.Unparen(st.X).(*ast.UnaryExpr); ok {
		return recv.Op == token.ARROW && f.Variable(recv.X) != nil
	}
	call, ok := ast.Unparen(st.X).(*ast.CallExpr)
	return ok && (f.isMethod(call, "(*sync.Mutex).Unlock") || f.isMethod(call, "(*golang.org/x/sync/semaphore.Weighted).Release"))
}

func (f *Facts) isMethod(call *ast.CallExpr, name string) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && facts.IsFunc(fn, name)
}

// quietCall is harmless for a call.
func (f *Facts) quietCall(t *Trace, call *ast.CallExpr) bool {
	if f.isBuiltin(call, "close") {
		return f.Variable(call.Args[0]) == t.Var
	}
	return f.isMethod(call, "(*sync.WaitGroup).Done") && !f.overtakes(t, call)
}

// overtakes reports whether somebody who waits for a WaitGroup may go on before what was sent
// is received, once there is room for it, and do more than to close the channel itself:
//
//	go func() { defer wg.Done(); ch <- f() }()
//	go func() { wg.Wait(); close(done) }()
//	select {
//	case v := <-ch:
//	case <-done:
//
// The function that receives comes to its own Wait when it has received.
func (f *Facts) overtakes(t *Trace, done *ast.CallExpr) bool {
	group := f.groups().of[done]
	if group == nil {
		return false
	}
	home := !slices.ContainsFunc(t.Of(Receive, Range), func(op *Op) bool { return op.Thread != t.Home })
	return slices.ContainsFunc(f.groups().all, func(wait *GroupCall) bool {
		if wait.Kind != Wait || !f.sameGroup(wait.Group, group.Group) || home && wait.Fn == t.Home.Fn {
			return false
		}
		return f.actsBehind(t, wait)
	})
}

// sameGroup reports whether two expressions may mean one WaitGroup: the same variable, or the same
// field of whatever.
func (f *Facts) sameGroup(a, b ast.Expr) bool {
	return f.lastName(a) != nil && f.lastName(a) == f.lastName(b)
}

// lastName returns the variable or field that an expression names in the end.
func (f *Facts) lastName(x ast.Expr) *types.Var {
	if sel, ok := ast.Unparen(x).(*ast.SelectorExpr); ok {
		return f.Variable(sel.Sel)
	}
	return f.Variable(x)
}

// actsBehind reports whether something else than a close of the channel comes behind a Wait.
func (f *Facts) actsBehind(t *Trace, wait *GroupCall) bool {
	flow := f.pkg.Flow(wait.Fn)
	at, ok := flow.At(wait.Call)
	if !ok {
		return true
	}
	for _, b := range flow.Blocks {
		for i, n := range b.Nodes {
			p := facts.Point{Block: b, Index: i}
			if p != at && !f.closesOrLeaves(t, n) && flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, p, nil) {
				return true
			}
		}
	}
	return false
}

func (f *Facts) closesOrLeaves(t *Trace, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		return len(n.Results) == 0
	case *ast.ExprStmt:
		call, ok := ast.Unparen(n.X).(*ast.CallExpr)
		return ok && f.isBuiltin(call, "close") && f.Variable(call.Args[0]) == t.Var
	}
	return false
}

// deferredIn returns a call that a goroutine has deferred, runs after a send, and somebody
// could notice.
func (f *Facts) deferredIn(t *Trace, op *Op) (found ast.Node) {
	fns := []ast.Node{op.Fn}
	if op.Fn != op.Thread.Fn {
		fns = append(fns, op.Thread.Fn)
	}
	for _, fn := range fns {
		f.pkg.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return ast.Node(n) == fn
			case *ast.DeferStmt:
				if found == nil && n != op.Deferred && !f.quietCall(t, n.Call) {
					found = n
				}
			}
			return true
		})
	}
	return found
}
