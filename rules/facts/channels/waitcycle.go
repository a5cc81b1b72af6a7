package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// A WaitCycle is a Wait for goroutines that wait to send to who waits for them.
type WaitCycle struct {
	Wait    *Op    // of the group
	Group   *Trace // of the group
	Send    *Op
	Done    *Op // which comes after the send
	Channel *Trace
}

// WaitCycle says whether a Wait waits for goroutines that cannot send: the
// function itself is the only receiver, and receives after the Wait.
func (f *Facts) WaitCycle(call *ast.CallExpr) *WaitCycle {
	t, wait := f.groupOp(call, Wait)
	if wait == nil || wait.Thread != t.Home || !wait.Direct() {
		return nil
	}
	for _, done := range t.Of(Done, Go) {
		th := f.counted(t, done)
		if th == nil || th.In == nil || th.In.In != nil {
			continue
		}
		for _, c := range slices.Concat(f.channelsIn(th.Fn), f.handedTo(th), f.returnedIn(th.Fn)) {
			if send := f.stuckSend(c, th, done, wait); send != nil {
				return &WaitCycle{wait, t, send, done, c}
			}
		}
	}
	return nil
}

// counted returns the thread that a Done, or a Go, counts.
func (f *Facts) counted(t *Trace, op *Op) *Thread {
	if op.Kind == Done {
		return op.Thread
	}
	call := op.Node.(*ast.CallExpr)
	if len(call.Args) != 1 {
		return nil
	}
	lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok || op.Thread != t.Home {
		return nil
	}
	return &Thread{Start: call, Fn: lit, In: t.Home, Anchor: op.Anchor}
}

// stuckSend returns a bare send of the thread on c that comes before it is done,
// and that nobody can receive before the Wait.
func (f *Facts) stuckSend(c *Trace, th *Thread, done, wait *Op) *Op {
	receives := c.Of(Receive, Range)
	if len(receives) == 0 && !c.Returned || c.Fn != wait.Fn || len(In(c.Home, receives)) != len(receives) {
		return nil
	}
	flow := f.pkg.Flow(wait.Fn)
	for _, r := range receives {
		before, _ := flow.Follows(r.Anchor, wait.Node)
		if r.Deferred != nil || before && !f.takesTooFew(c, th, receives) {
			return nil
		}
	}
	if after, _ := flow.Follows(th.Anchor, wait.Node); !after {
		return nil
	}
	for _, send := range c.Of(Send) {
		if send.Thread.Start != th.Start || !send.Alone() || !send.Direct() || !f.mayBlock(c, send) && !f.fillsUp(c, send) {
			continue
		}
		if done.Kind == Go || done.Deferred != nil {
			return send
		}
		if later, _ := f.pkg.Flow(th.Fn).Follows(send.Node, done.Node); later {
			return send
		}
	}
	return nil
}

// takesTooFew reports whether a loop starts more goroutines, each of which sends, than the home thread
// ever receives from: who wants to hear of the first only, and then waits for all.
//
//	for _, s := range services { wg.Add(1); go func() { defer wg.Done(); failed <- s.Serve() }() }
//	err := <-failed
//	wg.Wait()
func (f *Facts) takesTooFew(c *Trace, th *Thread, receives []*Op) bool {
	i := slices.IndexFunc(c.Of(Send), func(op *Op) bool { return op.Thread.Start == th.Start && f.eachSends(c, op) })
	size, known := f.Capacity(c)
	if i < 0 || !known {
		return false
	}
	sends := c.Of(Send)[i].Thread
	if sends.Loop == nil || sends.In != c.Home || f.turnsOf(sends.Loop) <= f.inARow(receives)+size {
		return false
	}
	return !slices.ContainsFunc(receives, func(r *Op) bool {
		return r.Kind == Range || !r.Direct() || f.repeats(r) || !f.alwaysBefore(sends.Anchor, r)
	})
}

// handedTo returns the traces of the channels that a thread's function gets as
// arguments.
func (f *Facts) handedTo(th *Thread) (all []*Trace) {
	start, ok := th.Start.(*ast.GoStmt)
	if !ok {
		return nil
	}
	for _, x := range start.Call.Args {
		if t := f.Trace(f.Variable(x)); t != nil && t.Make != nil && t.Unknown == nil {
			all = append(all, t)
		}
	}
	return all
}

// returnedIn returns the traces of the channels in a function that the function which makes
// them returns: who gets one receives only after that.
func (f *Facts) returnedIn(fn ast.Node) (all []*Trace) {
	seen := map[*types.Var]bool{}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, _ := f.pkg.Use(id).(*types.Var)
		if v == nil || seen[v] || f.Trace(v) != nil && f.Trace(v).Unknown == nil {
			return true
		}
		seen[v] = true
		if t := f.returnedTrace(v); t != nil && t.Unknown == nil && t.Returned {
			all = append(all, t)
		}
		return true
	})
	return all
}

// returnedTrace is the trace of a local channel that its function may return.
func (f *Facts) returnedTrace(v *types.Var) *Trace {
	made, ok := f.channelMade(v)
	if !ok {
		return nil
	}
	fn, _ := functionAt(f.mentions(v)[0].stack)
	if fn == nil {
		return nil
	}
	t := &Trace{Var: v, Fn: fn, Make: made, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}, returned: true}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	return t
}

// fillsUp reports whether the goroutines that a loop starts can send more than a channel has
// room for, and nobody receives.
func (f *Facts) fillsUp(c *Trace, send *Op) bool {
	size, known := f.Capacity(c)
	if !known || send.Thread.Loop == nil {
		return false
	}
	return f.surelySent(c, send) > size || f.mayOutnumber(c, send, nil)
}
