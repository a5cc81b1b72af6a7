package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A RangeWait is a Wait for goroutines that end only when a channel is closed, and
// that nobody closes, or who waits only afterwards.
type RangeWait struct {
	Range ast.Node // of a goroutine that the group counts; or its send
	Close ast.Node // that comes too late, or the receive; nil: there is none
}

// RangeWait says of the Wait of a field's WaitGroup how it can never end.
func (f *Facts) RangeWait(fn ast.Node, wait *ast.CallExpr) *RangeWait {
	of := f.groups().of[wait]
	if of == nil || of.Kind != Wait || of.Deferred != nil || fn == nil {
		return nil
	}
	group, ok := f.field(of.Group).(*types.Var)
	if !ok || !group.IsField() && group.Kind() != types.PackageVar {
		return nil
	}
	for _, done := range f.groups().all {
		if done.Kind != Done || f.field(done.Group) != types.Object(group) || f.inTest(done.Call) && !f.inTest(wait) || len(f.startedOnly(done.Fn)) == 0 {
			continue
		}
		if found := f.rangesUntil(fn, wait, done.Fn, func(op *ClassOp) bool {
			return done.Deferred == nil && eachTurn(op, done.Call) && f.comesBack(done.Fn, done.Call)
		}); found != nil {
			return found
		}
		if found := f.sendsUntil(fn, wait, done.Fn); found != nil {
			return found
		}
	}
	return nil
}

// rangesUntil looks for a range over a channel in the function of a goroutine that
// it cannot end without, and that ends only after a Wait. What counts turns does not count it.
func (f *Facts) rangesUntil(fn ast.Node, wait *ast.CallExpr, by ast.Node, turns func(*ClassOp) bool) *RangeWait {
	for _, c := range f.Classes() {
		for _, op := range c.Of(Range, Receive) {
			if op.Fn != by || c.Serves || c.Nil || len(c.Makes) == 0 || turns(op) || !f.endsOnlyByClose(by, op) {
				continue
			}
			if end, late := f.closedLate(fn, wait, c, f.inTest(wait)); late {
				return &RangeWait{op.Node, end}
			}
		}
	}
	return nil
}

// eachTurn reports whether a call stands in the loop that takes from a channel: it is made once for
// each value, and not at the end of the goroutine.
//
//	for job := range jobs {
//		do(job)
//		wg.Done()
//	}
func eachTurn(op *ClassOp, call *ast.CallExpr) bool {
	return slices.ContainsFunc(loopsOf(append(slices.Clone(op.Stack), op.Node)), func(loop ast.Stmt) bool {
		return loop.Pos() <= call.Pos() && call.End() <= loop.End()
	})
}

// sendsUntil looks for a bare send of a goroutine on a channel without room, or with room for
// the first of many, from which only the function of a Wait receives, behind it.
func (f *Facts) sendsUntil(fn ast.Node, wait *ast.CallExpr, by ast.Node) *RangeWait {
	for _, c := range f.Classes() {
		room, known := f.Room(c)
		receives := c.Of(Receive, Range)
		if c.Takes || c.Nil || !known || room > 1 || len(receives) == 0 {
			continue
		}
		late := true
		for _, r := range receives {
			_, behind := f.pkg.Flow(fn).Precedes(wait, flowNode(r.Kind, r.Node))
			late = late && r.Fn == fn && behind && r.Defer == nil
		}
		for _, op := range c.Of(Send) {
			if late && op.Fn == by && op.Alone() && op.Defer == nil && (room == 0 || f.startedMany(by)) {
				return &RangeWait{op.Node, receives[0].Node}
			}
		}
	}
	return nil
}

// startedMany reports whether a goroutine is started in a loop of who knows how many turns.
func (f *Facts) startedMany(fn ast.Node) bool {
	for _, start := range f.startedOnly(fn) {
		for _, loop := range loopsOf(start.stack) {
			if turns, known := f.knownTurns(loop); !known || turns > 1 {
				return true
			}
		}
	}
	return false
}

// endsOnlyByClose reports whether a function ends only when an operation has found its
// channel closed: behind a range, or where a receive says so.
func (f *Facts) endsOnlyByClose(fn ast.Node, op *ClassOp) bool {
	if loop, ok := op.Node.(*ast.RangeStmt); ok {
		return f.endsOnlyBehind(fn, loop)
	}
	asked := f.okOf(op)
	if asked == nil {
		return false
	}
	told := false
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(ast.Node) bool { return false },
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			closed := e.Cond != nil && (f.Variable(e.Cond) == asked && !e.Truth || f.isNot(e.Cond, asked) && e.Truth)
			told = told || closed
			return closed
		},
		leaves: func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil && !s.lost && told
}

// okOf returns the variable that says whether a receive got a value, if it is set by
// nothing else.
func (f *Facts) okOf(op *ClassOp) *types.Var {
	st, ok := op.Stack[len(op.Stack)-1].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 2 {
		return nil
	}
	v := f.Variable(st.Lhs[1])
	if v == nil || v.IsField() || f.sets(v) != 1 {
		return nil
	}
	return v
}

// endsOnlyBehind reports whether a function ends only by way of the end of a range.
func (f *Facts) endsOnlyBehind(fn ast.Node, loop *ast.RangeStmt) bool {
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil && !s.lost
}

// closedLate reports whether nobody closes the channels of a class, or only the
// function of a Wait does, behind it. What tests close does not count for others.
func (f *Facts) closedLate(fn ast.Node, wait *ast.CallExpr, c *Class, test bool) (end ast.Node, late bool) {
	for _, op := range c.Of(Close) {
		if op.Test && !test {
			return nil, false
		}
		if f.runs(op) != fn {
			return nil, false
		}
		at := op.Node
		if op.Defer == nil {
			if _, all := f.pkg.Flow(fn).Precedes(wait, at); !all {
				return nil, false
			}
		}
		end = at
	}
	return end, true
}
