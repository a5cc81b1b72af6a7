package sharing

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// concurrent reports whether two accesses of one place, in one declared
// function and its literals, can be made at the same time; a and b may be the
// same.
func (f *Facts) concurrent(at place, a, b *Access) bool {
	return f.mayCoincide(at, a, b) && !f.sameToken(a, b) && !f.sameTurn(at, a, b)
}

func (f *Facts) mayCoincide(at place, a, b *Access) bool {
	in := innermostAround(a, b)
	if f.oneAtATime(at, a, b) || f.oneDoor(a, b) {
		return false
	}
	if (a.far != nil || b.far != nil) && f.inRounds(a.fn) {
		return false
	}
	if in == a.fn && in == b.fn && a != b {
		return f.selfConcurrent(at, in)
	}
	if a == b {
		return f.selfConcurrent(at, a.fn)
	}
	x, y := strandIn(in, a), strandIn(in, b)
	if f.heldOff(in, x, y, a) || f.heldOff(in, y, x, b) {
		return false
	}
	if !f.expectsNothing(a, x) && !f.expectsNothing(b, y) && (f.slept(in, at, x, y, a) || f.slept(in, at, y, x, b)) {
		return true
	}
	if x.served() || y.served() {
		return false // a test asks one request after the other, mostly
	}
	if (a.behindWait() || b.behindWait()) && !f.strangers(in, x, y, a, b) {
		return x.start != nil && x.start == y.start && f.selfConcurrent(at, a.fn)
	}
	if !x.known || !y.known || in.test && (f.talks(x.start, a) && !f.endsUnheard(in, x, y, a) || f.talks(y.start, b) && !f.endsUnheard(in, y, x, b)) && (!f.atOnce(in, at, x, y, a, b) || f.expectsNothing(a, x) || f.expectsNothing(b, y)) {
		return false
	}
	switch {
	case f.unserved(in, at, x, y) || f.unserved(in, at, y, x) || f.sameStart(a, b) || f.sameStart(b, a):
		return false
	case x.start == nil && y.start == nil:
		return f.selfConcurrent(at, in)
	case x.start != nil && y.start != nil && x.start == y.start:
		return f.selfConcurrent(at, in)
	case f.keptBack(in, x, y, a) || f.keptBack(in, y, x, b):
		return false
	case f.signalled(a, b, x, y) || f.signalled(b, a, y, x):
		return false
	case f.relayed(in, a, b, x, y) || f.relayed(in, b, a, y, x):
		return false
	case x.exit && !f.quiet(a.fn, a.Expr) || y.exit && !f.quiet(b.fn, b.Expr):
		return false // the end of a function, when it has waited for somebody
	case f.doubtAbroad(a, b):
		return false
	case x.start != nil && y.start != nil && x.at == y.at && x.start.abroad && y.start.abroad:
		return true // two that one call starts
	case x.start == nil:
		return f.meets(in, at, y, x, b) && f.meetsAbroad(in, at, y, x, a, b)
	case y.start == nil:
		return f.meets(in, at, x, y, a) && f.meetsAbroad(in, at, x, y, a, b)
	}
	return f.meets(in, at, x, y, nil) && f.meetsAbroad(in, at, x, y, a, b) || f.meets(in, at, y, x, nil) && f.meetsAbroad(in, at, y, x, a, b)
}

// meets reports whether a function, after it has started a goroutine, can come
// to another strand while that goroutine may still run, or, if an access is named, while that
// may still be ahead.
func (f *Facts) meets(in *function, at place, started, other strand, a *Access) bool {
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(started.at)
	if !ok || started.start.joined || f.joinedInside(in, started.start) || started.exit && (!other.exit || f.leavesBefore(in, other, started)) {
		return false
	}
	joins := f.joins(in, started.start)
	if f.isLastWord(started.start, a) {
		joins = func(ast.Node) bool { return false }
	}
	counted := f.countedJoins(in, started.at, joins)
	barrier := func(n ast.Node) bool {
		_, deferred := n.(*ast.DeferStmt) // that comes behind all other strands
		return (!deferred || other.exit) && joins(n) || counted[n] || declares(f.pkg.Info, n, at.root)
	}
	if other.exit {
		return !f.deferredJoin(in, joins) && f.leads(flow, from, nil, barrier) && f.possible(in, started.at, nil, barrier)
	}
	to, ok := flow.At(other.at)
	if !ok {
		return false
	}
	if f.freshEachTurn(in, started.at, at.root, other.at) || started.start.sound && f.behindSuccess(in, started.at, other.at) || started.start.succeeds && f.behindFailure(in, started.at, other.at) {
		return false
	}
	if to == from {
		st := from.Block.Nodes[from.Index]
		return keepsStart(st, started.at, other.at) && !f.setAfterwards(in, st) // operands are evaluated before
	}
	if joins(to.Block.Nodes[to.Index]) || f.rangedOver(in, started, other.at) {
		return false
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) && f.possible(in, started.at, other.at, barrier)
}

// leavesBefore reports whether what one deferred call does is done when another begins: of two that
// a function defers, the later one comes first.
//
//	defer c.closeSoon() // go …
//	defer func() { c.status = n }()
func (f *Facts) leavesBefore(in *function, first, then strand) bool {
	return then.at.End() <= first.at.Pos() && innermostLoop(in.body(), first.at) == nil && innermostLoop(in.body(), then.at) == nil
}

// joinedInside reports whether a goroutine has ended when a literal has that starts it, and which
// the function calls where it stands.
//
//	func() { var wg sync.WaitGroup; defer wg.Wait(); wg.Go(func() { n++ }) }()
func (f *Facts) joinedInside(in, goroutine *function) bool {
	starter := goroutine.around
	return starter != nil && starter != in && starter.around != nil && starter.runs == inPlace && f.endsWithin(starter, goroutine, goroutine.at)
}

// possible reports whether a path from a start to a node agrees with itself in
// the conditions that it meets.
func (f *Facts) possible(in *function, from, to ast.Node, barrier func(ast.Node) bool) bool {
	return channels.Of(f.pkg).Leads(in.node, from, to, barrier)
}
