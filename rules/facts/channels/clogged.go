package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// A Clogged is a send in a loop that comes to wait for ever once there are more
// values than the goroutines that receive can hold: each of them hands on one value
// before it takes the next, and who sends takes what they hand on only when it has
// sent everything.
//
//	for _, job := range jobs { in <- job }
//	for range jobs { use(<-out) }
//
//	for job := range in { out <- work(job) } // each of the goroutines
type Clogged struct {
	Receive ast.Node // of the goroutines
	HandOn  ast.Node // their send
	Taken   ast.Node // where that is received, after the loop
}

// Clogged says how a bare send in a loop can do so; nil if it cannot, or not all
// operations on both channels are known.
func (f *Facts) Clogged(fn ast.Node, send *ast.SendStmt) *Clogged {
	loops := f.loopsAround(fn, send)
	if len(loops) == 0 {
		return nil
	}
	x := f.lineOf(send.Chan, f.inTest(send))
	if x == nil || !x.sends(fn, send) {
		return nil
	}
	var found *Clogged
	var y *line
	for _, r := range x.of(Receive, Range) {
		next := f.handsOn(r, fn)
		if next == nil {
			return nil
		}
		if y = f.lineOf(next.Chan, f.inTest(send)); y == nil || y.v == x.v || !y.sends(r.fn, next) {
			return nil
		}
		taken := takenBehind(fn, loops[0], y)
		if taken == nil {
			return nil
		}
		if found == nil {
			found = &Clogged{r.node, next, taken}
		}
	}
	if found == nil || !f.overflows(loops, x, y) {
		return nil
	}
	return found
}

// A line is a channel of which every operation is known: that of a local variable,
// or the class of a field.
type line struct {
	v    types.Object
	room int64
	ops  []lineOp
}

type lineOp struct {
	kind   Kind
	node   ast.Node
	fn     ast.Node
	bare   bool      // it has no alternative, and stands in its function's own flow
	starts []starter // of its function, if that only runs as a goroutine
}

func (l *line) of(kinds ...Kind) (ops []lineOp) {
	for _, op := range l.ops {
		if slices.Contains(kinds, op.kind) {
			ops = append(ops, op)
		}
	}
	return ops
}

// sends reports whether a function does a send itself, with no alternative.
func (l *line) sends(fn, send ast.Node) bool {
	return slices.ContainsFunc(l.ops, func(op lineOp) bool { return op.node == send && op.fn == fn && op.bare })
}

// lineOf returns the line of a channel; nil where somebody unknown uses it. What
// tests do to the channels of others does not count.
func (f *Facts) lineOf(ch ast.Expr, test bool) *line {
	t := f.Trace(f.Variable(ch))
	if t == nil {
		t = f.traceOfParameter(f.Variable(ch))
	}
	if t != nil && t.Unknown == nil {
		return f.lineOfTrace(t)
	}
	c := f.Class(ch)
	if c == nil || c.Serves || c.Takes || c.Nil || c.Replaced {
		return nil
	}
	room, known := f.Room(c)
	if !known {
		return nil
	}
	l := &line{v: c.Var, room: room}
	for _, op := range c.Ops {
		if !op.Test || test {
			l.ops = append(l.ops, lineOp{op.Kind, op.Node, op.Fn, op.Alone() && op.Defer == nil, f.startedOnly(op.Fn)})
		}
	}
	return l
}

func (f *Facts) lineOfTrace(t *Trace) *line {
	room, known := f.Capacity(t)
	if !known {
		return nil
	}
	l := &line{v: t.Var, room: room}
	for _, op := range t.Ops {
		bare := op.Alone() && op.Direct() && op.Deferred == nil
		l.ops = append(l.ops, lineOp{op.Kind, op.Node, op.Fn, bare, f.startedOnly(op.Fn)})
	}
	return l
}

// handsOn returns a bare send that a goroutine comes to between any two receives, if
// it is not of the function other.
func (f *Facts) handsOn(r lineOp, other ast.Node) (found *ast.SendStmt) {
	if !r.bare || len(r.starts) == 0 || r.fn == other {
		return nil
	}
	f.pkg.Inspect(bodyOfFunc(r.fn), func(n ast.Node) bool {
		send, ok := n.(*ast.SendStmt)
		_, literal := n.(*ast.FuncLit)
		if ok && found == nil && f.alwaysBetween(r, send) {
			found = send
		}
		return !literal
	})
	return found
}

// alwaysBetween reports whether a function cannot receive twice without a send in
// between.
func (f *Facts) alwaysBetween(r lineOp, send *ast.SendStmt) bool {
	if loop, ok := r.node.(*ast.RangeStmt); ok {
		inside := loop.Body.Pos() <= send.Pos() && send.End() <= loop.Body.End()
		return inside && f.turnWithout(r.fn, loop, map[ast.Node]bool{send: true}) == nil
	}
	if !f.repeats(&Op{Fn: r.fn, Node: r.node}) {
		return false
	}
	s := &search{
		f: f, fn: r.fn, flow: f.pkg.Flow(r.fn), from: r.node,
		until:   func(n ast.Node) bool { return n == r.node },
		covered: func(n ast.Node) bool { return n == ast.Node(send) },
	}
	return s.out() == nil && !s.lost
}

// takenBehind returns the first of all receives from a channel, if they stand in one
// function, behind a loop.
func takenBehind(fn ast.Node, loop ast.Stmt, y *line) (first ast.Node) {
	for _, r := range y.of(Receive, Range) {
		if r.fn != fn || !r.bare || r.node.Pos() < loop.End() {
			return nil
		}
		if first == nil || r.node.Pos() < first.Pos() {
			first = r.node
		}
	}
	return first
}

// overflows reports whether loops send more values than there is room for, with one
// in the hands of each goroutine that receives; or nobody knows how many, and there is
// hardly any room.
func (f *Facts) overflows(loops []ast.Stmt, x, y *line) bool {
	room, hands := x.room+y.room, int64(0)
	for _, r := range x.of(Receive, Range) {
		for _, s := range r.starts {
			around := loopsOf(s.stack)
			if len(around) == 0 {
				hands++
				continue
			}
			if len(around) > 1 || around[0] == loops[0] || f.sameTurns(around[0], loops[0]) {
				return false
			}
			turns, known := f.knownTurns(around[0])
			if !known || turns == 0 {
				hands = several
				continue
			}
			hands += turns
		}
	}
	sent := int64(1)
	for _, loop := range loops {
		turns, known := f.knownTurns(loop)
		if !known || turns == 0 {
			return room <= 1
		}
		sent *= turns
	}
	return hands < several && sent > room+hands
}

// loopsOf returns the loops of a stack in its innermost function.
func loopsOf(stack []ast.Node) (loops []ast.Stmt) {
	for _, n := range stack {
		switch n := n.(type) {
		case *ast.ForStmt:
			loops = append(loops, n)
		case *ast.RangeStmt:
			loops = append(loops, n)
		case *ast.FuncLit, *ast.FuncDecl:
			loops = nil
		}
	}
	return loops
}
