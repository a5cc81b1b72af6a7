package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// desertedField is about a channel of a field: every receiver is a goroutine of
// the package that can end without having received.
func (f *Facts) desertedField(c *Class, fn ast.Node, send *ast.SendStmt) *Deserted {
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	if size, known := f.Room(c); i < 0 || !known || size > 0 || c.Takes || c.Nil || !c.Ops[i].Alone() || f.outlasted(fn, send) {
		return nil
	}
	found := f.leftBySomebody(c, fn, c.Ops[i])
	if found != nil {
		return found
	}
	if f.asksState(fn, send) || f.assertsState(fn, send, 0) {
		return nil
	}
	if found = f.unstarted(c, fn); found != nil {
		return found
	}
	for _, r := range c.Of(Receive, Range) {
		if r.Fn == fn || r.Defer != nil || r.Test != c.Ops[i].Test {
			return nil
		}
		var exit ast.Node
		if f.runsAside(r.Fn) {
			if exit = f.leavesWithout(r.Fn, c); exit != nil && r.Test && (f.chosenByReceived(r) || f.stoppedAtEnd(r, exit)) {
				return nil
			}
			if exit == nil {
				exit = f.failsAfter(r, c)
			}
		} else if !r.Test && f.leavesForGood(r, c) {
			exit = f.leavesWithout(r.Fn, c)
		}
		if exit == nil || f.closedLater(c, c.Ops[i], r, exit) {
			return nil
		}
		if found == nil {
			found = &Deserted{Receive: r.Node, Exit: exit}
		}
	}
	return found
}

// leftBySomebody asks one after the other who may have left a sender.
func (f *Facts) leftBySomebody(c *Class, fn ast.Node, send *ClassOp) (found *Deserted) {
	if !send.Test || len(f.startedOnly(fn)) > 0 { // in a test whoever sends knows who is there
		if found = f.gaveUp(c, fn, send.Test); found != nil {
			return found
		}
	}
	for _, who := range []func(*Class, ast.Node, *ClassOp) *Deserted{f.leftBehind, f.leftByStarter, f.leftInTime, f.leftByReader} {
		if found = who(c, fn, send); found != nil {
			return found
		}
	}
	for _, who := range []func(*Class, *ClassOp) *Deserted{f.leftByCaller, f.leftAtError, f.oneOfMany} {
		if found = who(c, send); found != nil {
			return found
		}
	}
	return nil
}

// unstarted returns the condition under which alone the goroutine is started that receives: a
// parameter's, of which the sender knows nothing.
//
//	func New(every time.Duration) *T { …; if every > 0 { go t.loop(every) }; return t }
//	func (t *T) Close()               { t.stop <- true }
func (f *Facts) unstarted(c *Class, sender ast.Node) (found *Deserted) {
	decl, ok := sender.(*ast.FuncDecl)
	if !ok || !decl.Name.IsExported() {
		return nil
	}
	for _, r := range c.Of(Receive, Range) {
		if r.Test || r.Fn == sender {
			return nil
		}
		starts := f.startedOnly(r.Fn)
		if len(starts) != 1 {
			return nil
		}
		home, isDecl := starts[0].in.(*ast.FuncDecl)
		if !isDecl || !slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return f.around(made) == ast.Node(home) }) {
			return nil
		}
		test := f.onlyUnder(home, starts[0].stmt)
		if test == nil || !f.mentionsParam(test.Cond) {
			return nil
		}
		if found == nil {
			found = &Deserted{Receive: r.Node, Exit: test.Cond, Unstarted: true}
		}
	}
	return found
}

// onlyUnder returns the one if around a statement, if it has no else, does not leave, and is
// no test of an error.
func (f *Facts) onlyUnder(fn ast.Node, st ast.Stmt) (found *ast.IfStmt) {
	n := 0
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		if ok && test.Pos() <= st.Pos() && st.End() <= test.End() {
			found, n = test, n+1
		}
		return true
	})
	if n != 1 || found.Else != nil || leavesAtEnd(found.Body) {
		return nil
	}
	return found
}

// leavesForGood reports whether a receive is a case of a select of which another
// is ready for ever from some time on, by a channel that the package closes: who
// comes later leaves, too.
func (f *Facts) leavesForGood(r *ClassOp, c *Class) bool {
	if r.Alone() {
		return false
	}
	for _, other := range r.Select.Body.List {
		clause := other.(*ast.CommClause)
		if clause == r.Case || clause.Comm == nil || !f.returns(clause) {
			continue
		}
		receive := f.signalReceive(clause.Comm)
		if receive == nil {
			continue
		}
		if quit := f.Class(receive.X); quit != nil && quit != c && !quit.Nil && !quit.Replaced && len(quit.Of(Close)) > 0 && len(quit.Of(Send)) == 0 {
			return true
		}
	}
	return false
}

// gaveUp returns a receive of somebody who has made the channel for one answer,
// and may leave without it: when a context or a timer is quicker. Who answers
// then waits for nobody.
func (f *Facts) gaveUp(c *Class, sender ast.Node, test bool) *Deserted {
	for _, made := range c.Makes {
		asker := f.around(made)
		var found *Deserted
		for _, r := range c.Of(Receive, Range) {
			if r.Fn != asker && !f.gets(r, asker) {
				continue
			}
			if r.Test && !test {
				return nil // what a test asks is its own affair
			}
			if found = f.leavesInTime(r); found == nil {
				break
			}
		}
		if found != nil && asker != sender {
			return found
		}
	}
	return nil
}

// gets reports whether the function of a receive has the channel from another one that
// makes it, for itself: in a local variable.
func (f *Facts) gets(r *ClassOp, maker ast.Node) bool {
	decl, ok := maker.(*ast.FuncDecl)
	v := f.Variable(r.Chan)
	if !ok || v == nil || v.Kind() != types.LocalVar {
		return false
	}
	return slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool { return f.around(call) == r.Fn })
}

// leftBehind is the same of a goroutine that sends once, and of who starts it and
// alone receives: when he has left, because a context or a timer was quicker,
// nobody is there for what the goroutine has.
func (f *Facts) leftBehind(c *Class, sender ast.Node, send *ClassOp) (found *Deserted) {
	starts, receives := f.startedOnly(sender), c.Of(Receive, Range)
	if len(starts) == 0 || send.Test || f.repeats(&Op{Fn: sender, Node: send.Node}) {
		return nil
	}
	for _, r := range receives {
		by := slices.ContainsFunc(starts, func(s starter) bool { return s.in == r.Fn })
		left := f.leavesInTime(r)
		if !by || left == nil {
			return nil
		}
		if found == nil {
			found = left
		}
	}
	return found
}

// leftByStarter is the same of a goroutine that sends again and again, and of who starts it: he
// alone receives, in a loop, until a context ends, and the goroutine listens to nothing when it sends.
//
//	for _, k := range keys { go c.follow(ctx, k) }
//	for { select { case u := <-c.updates: …; case <-ctx.Done(): return } }
func (f *Facts) leftByStarter(c *Class, sender ast.Node, send *ClassOp) (found *Deserted) {
	starts, receives := f.startedOnly(sender), c.Of(Receive, Range)
	if len(starts) == 0 || send.Test || !f.repeats(&Op{Fn: sender, Node: send.Node}) {
		return nil
	}
	home := starts[0].in
	if decl, ok := home.(*ast.FuncDecl); !ok || !f.calledOnce(decl) || f.endsTheProgram(decl) {
		return nil
	}
	for _, st := range starts {
		if st.in != home {
			return nil
		}
	}
	for _, r := range receives {
		way := f.leavesByContext(r)
		if r.Test || r.Fn != home && !f.runsFor(r.Fn, home) || way == nil {
			return nil
		}
		if found == nil {
			found = &Deserted{Receive: r.Node, Exit: way}
		}
	}
	return found
}

// runsFor reports whether all that is done with a function is that another one calls it, once.
//
//	go s.pump(ctx)
//	s.consume(ctx)
func (f *Facts) runsFor(fn, home ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	calls := f.callsOf(decl)
	return ok && len(calls) == 1 && f.onlyCalled(decl) && f.around(calls[0]) == home && len(f.loopsAround(home, calls[0])) == 0
}

// leavesByContext returns the return of another case of the select of a receive, which hears of the
// end of a context.
func (f *Facts) leavesByContext(r *ClassOp) ast.Node {
	if r.Alone() {
		return nil
	}
	for _, other := range r.Select.Body.List {
		clause := other.(*ast.CommClause)
		receive := receiveOf(clause.Comm)
		if clause != r.Case && receive != nil && f.isOfContext(receive) && f.returns(clause) {
			return clause.Body[len(clause.Body)-1]
		}
	}
	return nil
}

// leftByCaller is the same of who answers in a loop, and of exported functions that alone
// wait for the answer: a caller whose context is over leaves, and may never come again.
func (f *Facts) leftByCaller(c *Class, send *ClassOp) (found *Deserted) {
	if send.Test || len(f.startedOnly(send.Fn)) == 0 || len(f.loopsAround(send.Fn, send.Node)) == 0 {
		return nil
	}
	for _, r := range c.Of(Receive, Range) {
		if r.Test {
			continue
		}
		decl, ok := r.Fn.(*ast.FuncDecl)
		left := f.leavesInTime(r)
		if !ok || !decl.Name.IsExported() || left == nil || f.ofReceiver(decl, r.Chan) && f.ownsSender(c, send, decl) {
			return nil
		}
		if found == nil {
			found = left
		}
	}
	return found
}

// ownsSender reports whether the goroutine of a send sends on a channel of its own
// receiver: then one caller after the other is served, and whoever comes next takes what
// was left.
func (f *Facts) ownsSender(c *Class, send *ClassOp, by *ast.FuncDecl) bool {
	decl, ok := send.Fn.(*ast.FuncDecl)
	return ok && f.ofReceiver(decl, send.Chan)
}

// leavesInTime says whether another case of the select that a receive is a case
// of returns when a context is done, or time has passed.
func (f *Facts) leavesInTime(r *ClassOp) *Deserted {
	if r.Alone() || f.repeats(&Op{Fn: r.Fn, Node: r.Node}) {
		return nil
	}
	for _, other := range r.Select.Body.List {
		clause := other.(*ast.CommClause)
		if clause == r.Case || clause.Comm == nil || !f.returns(clause) {
			continue
		}
		receive := receiveOf(clause.Comm)
		if receive == nil {
			continue
		}
		ch, ok := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan)
		call, isCall := ast.Unparen(receive.X).(*ast.CallExpr)
		if ok && facts.TypeIs(ch.Elem(), "time.Time") || isCall && f.isCallOf(call, "(context.Context).Done") {
			return &Deserted{Receive: r.Node, Exit: clause.Body[len(clause.Body)-1]}
		}
	}
	return nil
}

// leavesWithout returns a way out of a function on which it has received
// nothing from the channels of a class.
func (f *Facts) leavesWithout(fn ast.Node, c *Class) ast.Node {
	at := map[ast.Node]bool{}
	var counted []ast.Stmt
	for _, op := range c.Of(Receive, Range) {
		at[op.Node], at[flowNode(op.Kind, op.Node)] = true, true
		if op.Fn == fn && op.Kind == Receive {
			counted = append(counted, f.countedAround(fn, op.Node)...)
		}
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(n ast.Node) bool { return at[n] },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			return f.poisoned(fn, e, at) || f.endsAbroad(fn, from, e) && !f.closesAbroad(fn, from, e) || slices.ContainsFunc(counted, func(loop ast.Stmt) bool { return f.ends(from, e, loop) })
		},
	}
	return s.out()
}

// countedAround returns the loops around a node of a function that range over something else
// than a channel: as often as there is something, as whoever wrote them has counted.
func (f *Facts) countedAround(fn, n ast.Node) (all []ast.Stmt) {
	for _, loop := range f.loopsAround(fn, n) {
		r, ok := loop.(*ast.RangeStmt)
		if !ok {
			continue
		}
		if _, isChan := f.pkg.TypeOf(r.X).Underlying().(*types.Chan); !isChan {
			all = append(all, loop)
		}
	}
	return all
}

// asksState reports whether the function of a send asks anything before it: a
// flag, another channel, somebody else.
func (f *Facts) asksState(fn ast.Node, send *ast.SendStmt) (asks bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return ast.Node(n) == fn
		case *ast.UnaryExpr:
			asks = asks || n.Op == token.ARROW && n.Pos() < send.Pos()
		case *ast.IfStmt:
			asks = asks || n.Pos() < send.Pos() && f.asksField(n.Cond)
		case *ast.SwitchStmt, *ast.SelectStmt:
			asks = asks || n.Pos() < send.Pos()
		}
		return !asks
	})
	return asks
}

// asksField reports whether a condition looks at a field, or calls something.
func (f *Facts) asksField(cond ast.Expr) (asks bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.SelectorExpr, *ast.CallExpr:
			asks = true
		}
		return !asks
	})
	return asks
}
