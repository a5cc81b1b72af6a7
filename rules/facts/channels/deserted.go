package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Deserted is a send to goroutines that may have left.
type Deserted struct {
	Receive ast.Node // one that would take it
	Exit    ast.Node // how its goroutine can have ended: see [facts.Block.Way]
	// Unstarted is set where Exit is the condition under which the goroutine is started at all.
	Unstarted bool
}

// Deserted says how a bare send, on a channel without room, can wait for ever:
// each goroutine that receives can end on its own account, and nothing tells
// the sender.
func (f *Facts) Deserted(fn ast.Node, send *ast.SendStmt) *Deserted {
	if t := f.Trace(f.Variable(send.Chan)); t != nil && t.Unknown == nil {
		return f.desertedLocal(t, send)
	}
	if c := f.Class(send.Chan); c != nil {
		if d := f.desertedField(c, fn, send); d != nil && !f.countsOut(c, send) && !f.takesTheRest(c) && !f.saidOver(fn) && !f.closesAtEnd(c, d) {
			return d
		}
	}
	return nil
}

// desertedLocal is about a channel of a local variable: the goroutines that
// receive are started by the function that made it, which sends itself or has
// another goroutine do so.
func (f *Facts) desertedLocal(t *Trace, send *ast.SendStmt) *Deserted {
	_, op := f.whole(t.Var, send)
	if op == nil || op.Thread != t.Home && op.Thread.In != t.Home || !op.Direct() || f.endsTheProgram(t.Fn) {
		return nil
	}
	if size, known := f.Capacity(t); !known || size > 0 {
		return nil
	}
	var found *Deserted
	for _, r := range t.Of(Receive, Range) {
		th := r.Thread
		if th.In != t.Home || th.Start == op.Thread.Start || !r.Direct() || r.Deferred != nil || f.hears(op.Fn, op, th.Fn) {
			return nil
		}
		own := In(th, t.Of(Receive, Range))
		exit := f.desertsAt(r.Fn, r.Node, own, t.Fn, f.inTest(send) && !f.inTest(r.Node))
		if exit != nil && !f.repeats(op) && f.decidedBy(r.Fn, exit, own) {
			return nil // he knows what he sends
		}
		if exit == nil {
			return nil
		}
		if found == nil {
			found = &Deserted{Receive: r.Node, Exit: exit}
		}
	}
	return found
}

// closesAtEnd reports whether the function of a receive closes the channel whenever it ends behind it:
// nobody waits there any more, a send panics.
//
//	for in != nil || out != nil { select { case size = <-c.resize: …; case out <- next: … } }
//	close(c.resize)
func (f *Facts) closesAtEnd(c *Class, d *Deserted) bool {
	fn := f.around(d.Receive)
	for _, op := range c.Of(Close) {
		if op.Fn != fn {
			continue
		}
		if op.Defer != nil {
			return true
		}
		s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: d.Receive, covered: func(n ast.Node) bool { return n == op.Node }}
		if s.out() == nil && !s.lost {
			return true
		}
	}
	return false
}

// UnderIf reports whether a way out stands under an if: runs on one world may never see it.
func (f *Facts) UnderIf(exit ast.Node) bool {
	fn := f.around(exit)
	return fn == nil || len(conditionsAround(fn, exit)) > 0
}

// decidedBy reports whether a way out stands under a condition on what was received.
func (f *Facts) decidedBy(fn, exit ast.Node, own []*Op) (decided bool) {
	values := map[types.Object]bool{}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Rhs) == 1 && slices.ContainsFunc(own, func(op *Op) bool { return op.Node == ast.Node(ast.Unparen(n.Rhs[0])) }) {
				values[f.field(n.Lhs[0])] = true
			}
		case *ast.RangeStmt:
			if n.Key != nil && slices.ContainsFunc(own, func(op *Op) bool { return op.Node == ast.Node(n) }) {
				values[f.field(n.Key)] = true
			}
		}
		return true
	})
	for _, cond := range conditionsAround(fn, exit) {
		for v := range values {
			decided = decided || v != nil && f.names(cond, v)
		}
	}
	return decided
}

// desertsAt returns a way out of the function of a goroutine that it can take
// without receiving, or instead of receiving again. One that tries the code out sends in time:
// the timeout is not for him.
func (f *Facts) desertsAt(fn, receive ast.Node, own []*Op, home ast.Node, triesOut bool) ast.Node {
	at := map[ast.Node]bool{}
	for _, op := range own {
		at[op.Node], at[flowNode(op.Kind, op.Node)] = true, true
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(n ast.Node) bool { return at[n] },
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			return f.knownEnd(e, home) || f.asksClosed(fn, e, at) || triesOut && f.timesOut(e)
		},
	}
	if exit := s.out(); exit != nil {
		return exit
	}
	loops := f.loopsAround(fn, receive)
	if r, ok := receive.(*ast.RangeStmt); ok {
		loops = append(loops, r)
	}
	if len(loops) == 0 || !f.repeats(&Op{Fn: fn, Node: receive}) || f.counts(loops[len(loops)-1]) {
		return nil
	}
	loop := loops[len(loops)-1]
	s.from = receive
	s.crossed = func(from *facts.Block, e facts.Edge) bool {
		return f.knownEnd(e, home) || f.asksClosed(fn, e, at) || triesOut && f.timesOut(e) || f.ends(from, e, loop)
	}
	return s.out()
}

// asksClosed reports whether an edge is taken because of the ok of one of some receives:
// who leaves then has seen the close, after which nobody sends.
func (f *Facts) asksClosed(fn ast.Node, e facts.Edge, receives map[ast.Node]bool) bool {
	if e.Cond == nil {
		return false
	}
	asks := false
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		st, isAssign := n.(*ast.AssignStmt)
		if isAssign && len(st.Lhs) == 2 && len(st.Rhs) == 1 && receives[ast.Unparen(st.Rhs[0])] {
			ok := f.field(st.Lhs[1])
			asks = asks || ok != nil && f.names(e.Cond, ok)
		}
		return !asks
	})
	return asks
}

// knownEnd reports whether an edge chooses a case of a select by which the
// sender itself may tell of the end: a channel or context that a local variable
// of its function holds, or that the goroutine's function is given.
func (f *Facts) knownEnd(e facts.Edge, home ast.Node) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	known := false
	f.pkg.Inspect(clause.Comm, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, isVar := f.pkg.ObjectOf(id).(*types.Var); isVar {
			known = known || v.Kind() == types.ParamVar && !(home.Pos() <= v.Pos() && v.Pos() < home.End()) ||
				v.Kind() == types.LocalVar && home.Pos() <= v.Pos() && v.Pos() < home.End()
		}
		return true
	})
	return known
}

// timesOut reports whether an edge chooses a case of a select that receives from a timer.
func (f *Facts) timesOut(e facts.Edge) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	times := false
	f.pkg.Inspect(clause.Comm, func(n ast.Node) bool {
		receive, ok := n.(*ast.UnaryExpr)
		times = times || ok && receive.Op == token.ARROW && types.TypeString(f.pkg.TypeOf(receive.X), nil) == "<-chan time.Time"
		return !times
	})
	return times
}

// hears reports whether the sender may come to know that a goroutine has left:
// it receives or waits where it sends, or looks at what the goroutine sets.
func (f *Facts) hears(fn ast.Node, op *Op, other ast.Node) bool {
	around := fn
	if loops := f.loopsAround(fn, op.Node); len(loops) > 0 {
		around = loops[0]
	}
	heard := false
	f.pkg.Inspect(around, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return ast.Node(n) == around
		case *ast.UnaryExpr:
			heard = heard || n.Op == token.ARROW
		case *ast.SelectStmt:
			heard = true
		case *ast.IfStmt:
			heard = heard || f.sharesState(n.Cond, other)
		case *ast.ForStmt:
			heard = heard || n.Cond != nil && f.sharesState(n.Cond, other)
		}
		return !heard
	})
	return heard
}

// sharesState reports whether a condition names a variable that another
// function names too, or calls something.
func (f *Facts) sharesState(cond ast.Expr, other ast.Node) (shares bool) {
	vars := map[types.Object]bool{}
	f.variablesIn(cond, vars)
	for v := range vars {
		shares = shares || f.names(other, v)
	}
	return shares
}
