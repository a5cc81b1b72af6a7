package channels

import (
	"go/ast"
	"go/types"
)

// waitCycleOfField is WaitCycle of a group and a channel that are fields of one object: the
// goroutines that are waited for send, and who waits receives only behind the Wait, if in what he
// calls.
//
//	for _, p := range parts { q.wg.Add(1); go q.scan(p) } // defer q.wg.Done(); … q.out <- row
//	q.wg.Wait()
//	close(q.out)
//	return q.collect() // for row := range q.out
func (f *Facts) waitCycleOfField(call *ast.CallExpr) *Stuck {
	wait := f.groups().of[call]
	if wait == nil || wait.Kind != Wait || wait.Deferred != nil {
		return nil
	}
	group, ok := f.field(wait.Group).(*types.Var)
	if !ok || !group.IsField() || f.endsTheProgram(wait.Fn) {
		return nil
	}
	for _, done := range f.groups().all {
		if done.Kind != Done || f.field(done.Group) != types.Object(group) || f.inTest(done.Call) != f.inTest(call) {
			continue
		}
		for _, c := range f.classes() {
			if s := f.sendsBehindWait(c, wait, done); s != nil {
				return s
			}
		}
	}
	return nil
}

// sendsBehindWait returns the send of a counted goroutine on a channel from which its starter
// receives behind his Wait alone.
func (f *Facts) sendsBehindWait(c *Class, wait, done *GroupCall) *Stuck {
	if room, known := f.Room(c); !known || room > 0 || c.Takes || c.Nil {
		return nil
	}
	var stuck *ClassOp
	for _, op := range c.Of(Send) {
		at := f.placeIn(op.Node, op.Fn, done.Fn)
		if at != nil && op.Alone() && op.Defer == nil && (done.Deferred != nil || f.leadsOn(done.Fn, at, done.Call)) {
			stuck = op
			break
		}
	}
	if stuck == nil {
		return nil
	}
	starts := f.startedOnly(done.Fn)
	if len(starts) != 1 {
		return nil
	}
	if at := f.placeIn(starts[0].stmt, starts[0].in, wait.Fn); at == nil || !f.leadsOn(wait.Fn, at, wait.Call) {
		return nil
	}
	receives := c.Beside(stuck, Receive, Range)
	for _, r := range receives {
		if r.Defer != nil || !f.onlyBehind(r, wait) {
			return nil
		}
	}
	if len(receives) == 0 {
		return nil
	}
	return &Stuck{wait.Call, receives[0].Node, wait.Call}
}

// leadsOn reports whether a function can come from one node to another.
func (f *Facts) leadsOn(fn, a, b ast.Node) bool {
	some, _ := f.pkg.Flow(fn).Follows(a, b)
	return some
}

// onlyBehind reports whether an operation stands behind a Wait, in its function or in one that
// only that calls, and there is no way back.
func (f *Facts) onlyBehind(op *ClassOp, wait *GroupCall) bool {
	at := f.placeIn(flowNode(op.Kind, op.Node), op.Fn, wait.Fn)
	if at == nil {
		return false
	}
	_, behind := f.pkg.Flow(wait.Fn).Precedes(wait.Call, at)
	return behind && !f.leadsOn(wait.Fn, at, wait.Call)
}

// placeIn returns where a function comes to a node: the node itself, or a call of the one function
// that it stands in, or of one that calls that; nil if another may come there, too.
//
//	func (q *query) run() { q.start(); q.wg.Wait(); … } // go q.scan() in start: at q.start()
func (f *Facts) placeIn(at, fn, in ast.Node) ast.Node {
	for range deepest {
		if fn == in {
			return at
		}
		decl, ok := fn.(*ast.FuncDecl)
		if !ok || len(f.callsOf(fn)) != 1 || !f.onlyCalled(decl) || decl.Name.IsExported() && f.ownerExported(decl) || len(f.groups().start[fn]) > 0 {
			return nil
		}
		at = f.callsOf(fn)[0]
		if fn = f.around(at); fn == nil {
			return nil
		}
	}
	return nil
}
