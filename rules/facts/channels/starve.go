package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Starved is an operation that can wait for ever, because the goroutine that
// should serve it can end without doing so.
type Starved struct {
	Op    *Op
	Trace *Trace
	Exit  ast.Node // how the other goroutine ends: see [facts.Block.Way]
	// Early: several goroutines are served in a loop, which is left at Exit
	// before all are.
	Early bool
}

// StarvedSend says how the goroutine of a bare send can be left behind by the
// function that made the channel and started it, and that alone receives. It
// is nil for a channel with room for all.
func (f *Facts) StarvedSend(v *types.Var, send ast.Node) *Starved {
	t, op := f.whole(v, send)
	if op == nil {
		t, op = bare(f.sendingTrace(v), send)
	}
	if op == nil || op.Kind != Send || f.Outlived(v, send) != nil || f.SentBehindLeave(v, send) != nil {
		return nil
	}
	for _, same := range t.Of(Send) { // of each goroutine that runs the function
		if same.Node != send {
			continue
		}
		if starved := f.starvedSend(t, same); starved != nil {
			return starved
		}
	}
	return nil
}

func (f *Facts) starvedSend(t *Trace, op *Op) *Starved {
	if !f.startedByHome(op) || !ownsPlace(op) && !op.handed() || !f.mayBlock(t, op) && !f.mayOutnumber(t, op, t.Of(Receive, Range)) {
		return nil
	}
	for _, first := range In(op.Thread, t.Of(Send)) {
		if !first.Alone() || !ownsPlace(first) && !first.handed() {
			continue
		}
		starved := f.abandoned(t, first, t.Of(Receive, Range))
		if starved != nil && first != op {
			return nil // one finding for a goroutine
		}
		if first == op {
			return starved
		}
	}
	return nil
}

// StarvedReceive is the same for a goroutine that receives, or ranges over the
// channel: the function that started it alone sends and closes.
func (f *Facts) StarvedReceive(v *types.Var, receive ast.Node) *Starved {
	t, op := f.whole(v, receive)
	if op == nil || op.Kind != Receive && op.Kind != Range || !f.childOfHome(op) {
		return nil
	}
	partners := t.Of(Close)
	if op.Kind == Receive {
		if f.repeats(op) || f.anyRepeats(t.Of(Send)) {
			return nil
		}
		partners = t.Of(Close, Send)
	}
	if f.closedAtStart(t, op.Thread) {
		return nil
	}
	if starved := f.unclosedRange(t, op); starved != nil {
		return starved
	}
	if len(t.Of(Send, Close)) == 0 || op.Thread.Many() && op.Kind == Receive {
		return nil
	}
	if len(In(t.Home, t.Of(Send, Close))) != len(t.Of(Send, Close)) {
		return nil
	}
	return f.abandoned(t, op, partners)
}

// closedAtStart reports whether the channel is closed before a goroutine starts: it never
// waits there.
func (f *Facts) closedAtStart(t *Trace, th *Thread) bool {
	return slices.ContainsFunc(In(t.Home, t.Of(Close)), func(c *Op) bool {
		_, always := f.pkg.Flow(t.Fn).Precedes(c.Anchor, th.Anchor)
		return always && c.Direct() && c.Deferred == nil
	})
}

// whole returns the trace of a variable, if all of it is known, and the bare
// operation at a node.
func (f *Facts) whole(v *types.Var, n ast.Node) (*Trace, *Op) {
	t := f.Trace(v)
	if t == nil {
		t = f.traceOfParameter(v)
	}
	return bare(t, n)
}

// bare returns a trace of which all is known, and its bare operation at a node.
func bare(t *Trace, n ast.Node) (*Trace, *Op) {
	if t == nil || t.Unknown != nil {
		return nil, nil
	}
	i := slices.IndexFunc(t.Ops, func(op *Op) bool { return op.Node == n })
	if i < 0 || !t.Ops[i].Alone() {
		return nil, nil
	}
	return t, t.Ops[i]
}

// childOfHome reports whether an operation stands in the function of a
// goroutine that the home thread itself starts.
func (f *Facts) childOfHome(op *Op) bool {
	return op.Direct() && op.Deferred == nil && f.startedByHome(op)
}

// startedByHome reports whether the home thread starts the goroutine of an operation, and goes on.
func (f *Facts) startedByHome(op *Op) bool {
	th := op.Thread
	return th.In != nil && th.In.In == nil && !f.endsTheProgram(th.In.Fn)
}

// ownsPlace reports whether an operation stands in the function of its goroutine, or in a
// literal that this defers.
func ownsPlace(op *Op) bool {
	return op.Direct() && op.Deferred == nil || InDeferredLiteral(op)
}

// InDeferredLiteral reports whether an operation stands in a literal that the function of its
// goroutine itself defers.
func InDeferredLiteral(op *Op) bool {
	return op.Deferred != nil && op.Anchor == ast.Node(op.Deferred) && ast.Unparen(op.Deferred.Call.Fun) == op.Fn
}

// endsTheProgram reports whether the program ends with the function, and all
// goroutines with it.
func (f *Facts) endsTheProgram(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if f.commandFunctions()[fn] {
		return true
	}
	if !ok || decl.Recv != nil {
		return false
	}
	return decl.Name.Name == "main" && f.pkg.Types.Name() == "main" || decl.Name.Name == "TestMain" || f.endsByExit(decl)
}

// mayBlock reports whether the buffer has no room for all that is sent, less
// what the home thread has surely received before it starts the goroutine of a
// send.
func (f *Facts) mayBlock(t *Trace, send *Op) bool {
	size, known := f.Capacity(t)
	if !known {
		return false
	}
	if size == 0 {
		return true
	}
	sends, known := f.sends(t)
	if !known {
		return f.scantRoom(t, send, size)
	}
	var all, later int64
	for _, n := range sends {
		all += n
	}
	for th, n := range sends {
		if th != send.Thread && (f.takenBefore(t, th) >= all-n || f.otherwise(t, th, send.Thread)) {
			later += n // it starts when all others have been received, or where this one does not
		}
	}
	return all-later-f.takenBefore(t, send.Thread) > size
}

// otherwise reports whether the home thread either comes to the sends of a goroutine, or starts it,
// or starts another one, and never both.
//
//	if known {
//		errs <- nil
//	} else {
//		go func() { errs <- find() }()
//	}
func (f *Facts) otherwise(t *Trace, th, other *Thread) bool {
	if other.In != t.Home {
		return false
	}
	flow := f.pkg.Flow(t.Fn)
	apart := func(n ast.Node) bool {
		behind, _ := flow.Follows(n, other.Anchor)
		before, _ := flow.Follows(other.Anchor, n)
		return n != other.Anchor && !behind && !before
	}
	if th != t.Home {
		return th.In == t.Home && apart(th.Anchor)
	}
	return !slices.ContainsFunc(In(th, t.Of(Send)), func(op *Op) bool { return !apart(op.Anchor) })
}

// scantRoom reports whether the goroutines that a loop starts, each of which sends, are more than the
// places of the buffer, which are few: as many as the loop has turns.
//
//	errs := make(chan error, 1)
//	for _, job := range jobs {
//		go func() { errs <- job() }()
//	}
func (f *Facts) scantRoom(t *Trace, send *Op, size int64) bool {
	taken := f.takenBefore(t, send.Thread) > 0 || f.takenBetween(t, send.Thread) // each turn takes one
	return size <= scant && send.Thread.Loop != nil && send.Thread.In == t.Home && !taken && f.sendsOnce(t, send) && f.turnsOf(send.Thread.Loop) > size
}

const scant = 2 // places: who makes more of them may know that they are enough

// takenBefore returns how many values are received on every path to the start
// of a goroutine.
func (f *Facts) takenBefore(t *Trace, th *Thread) (n int64) {
	if th.In != t.Home {
		return 0
	}
	for _, r := range In(t.Home, t.Of(Receive)) {
		if f.alwaysTakes(t, r, th) {
			n++
		}
	}
	return n
}

// alwaysTakes reports whether the home thread comes to a receive on every path to the start of a
// goroutine; where both are in one literal that it calls, on every path of that.
func (f *Facts) alwaysTakes(t *Trace, r *Op, th *Thread) bool {
	fn, taken, start := t.Fn, r.Anchor, th.Anchor
	if taken == start && contains(r.Fn, th.Start) {
		fn, taken, start = r.Fn, r.Node, th.Start
	}
	_, all := f.pkg.Flow(fn).Precedes(taken, start)
	return all
}

// takenBetween reports whether the home thread comes to a receive on every path from the start of a
// goroutine to that of the next.
//
//	for range tries {
//		go func() { res <- try() }()
//		select {
//		case err := <-res:
//		case <-ctx.Done():
//			return ctx.Err()
func (f *Facts) takenBetween(t *Trace, th *Thread) bool {
	takes := map[ast.Node]bool{}
	for _, r := range In(t.Home, t.Of(Receive)) {
		takes[r.Anchor] = true
	}
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: th.Anchor, inner: true,
		covered: func(n ast.Node) bool { return takes[n] },
		until:   func(n ast.Node) bool { return n == th.Anchor },
	}
	return s.out() == nil && !s.lost
}

// sends returns how many values each thread sends at most, if that is known.
func (f *Facts) sends(t *Trace) (most map[*Thread]int64, known bool) {
	most = map[*Thread]int64{}
	byThread := map[*Thread][]*Op{}
	for _, op := range t.Of(Send) {
		if op.Thread.Many() || !ownsPlace(op) && !op.handed() || f.repeats(op) {
			return nil, false
		}
		own := byThread[op.Thread]
		if len(own) > 0 && (own[0].Fn != op.Fn || op.handed()) {
			return nil, false
		}
		byThread[op.Thread] = append(own, op)
	}
	for th, ops := range byThread {
		most[th] = f.inARow(ops)
	}
	return most, true
}

// inARow returns how many of the operations of one function, each of which is
// done once at most, one path can do.
func (f *Facts) inARow(ops []*Op) (most int64) {
	if len(ops) == 0 {
		return 0
	}
	flow := f.pkg.Flow(ops[0].Fn)
	done := map[*Op]int64{}
	var from func(op *Op) int64
	from = func(op *Op) int64 {
		if n, ok := done[op]; ok {
			return n
		}
		done[op] = 1 // in the course of it: a path that comes back is not counted
		var after int64
		for _, next := range ops {
			if some, _ := flow.Follows(op.Node, next.Node); some && next != op {
				after = max(after, from(next))
			}
		}
		done[op] = after + 1
		return done[op]
	}
	for _, op := range ops {
		most = max(most, from(op))
	}
	return most
}

// repeats reports whether its function can do the operation twice, or defer it twice.
func (f *Facts) repeats(op *Op) bool {
	return f.comesBack(op.Fn, op.Node) || (InDeferredLiteral(op) || op.handed()) && f.comesBack(op.Thread.Fn, op.Anchor)
}

// comesBack reports whether a function can come to a node of it twice.
func (f *Facts) comesBack(fn, n ast.Node) bool {
	flow := f.pkg.Flow(fn)
	if flow == nil {
		return true
	}
	at, ok := flow.At(n)
	return !ok || flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, at, nil)
}

func (f *Facts) anyRepeats(ops []*Op) bool {
	return slices.ContainsFunc(ops, f.repeats)
}
