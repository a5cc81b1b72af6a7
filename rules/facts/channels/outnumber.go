package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// outnumbered returns a way out of the home function if more goroutines are
// sure to send than it can receive from: they are started in a loop, or one
// after the other, and no receive repeats.
func (f *Facts) outnumbered(t *Trace, op *Op, receives []*Op) ast.Node {
	if len(receives) == 0 {
		return nil
	}
	for _, r := range receives {
		if r.Kind == Range || !r.Direct() || f.repeats(r) || !f.alwaysBefore(op.Thread.Anchor, r) {
			return nil
		}
	}
	size, _ := f.Capacity(t)
	if max(f.surelySent(t, op), f.inTurn(t, op)) <= f.inARow(receives)+size {
		return nil
	}
	joins := f.joins(t, op)
	s := &search{f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: op.Thread.Anchor, covered: joins}
	return s.out()
}

// alwaysBefore reports whether a goroutine is started on every path to a
// receive, if only by a loop that may have no turn.
func (f *Facts) alwaysBefore(start ast.Node, r *Op) bool {
	flow := f.pkg.Flow(r.Fn)
	if loops := f.loopsAround(r.Fn, start); len(loops) > 0 {
		loop := loops[0]
		return loop.End() <= r.Node.Pos() && len(f.loopsAround(r.Fn, r.Node)) == 0
	}
	_, all := flow.Precedes(start, r.Node)
	return all
}

const several = 1 << 30 // goroutines: a loop starts them, nobody knows how many

// surelySent returns how many values are sent at least, by the goroutines up to
// the one of op in the order of the text.
func (f *Facts) surelySent(t *Trace, op *Op) (least int64) {
	if op.Thread.Loop != nil {
		return f.startedBy(t, op)
	}
	if op.Thread.Many() {
		return 0
	}
	var seen []*Thread
	for _, other := range t.Of(Send) {
		th := other.Thread
		if slices.Contains(seen, th) || th.Start == nil || th.Many() || th.In != t.Home || th.Start.Pos() > op.Thread.Start.Pos() {
			continue
		}
		seen = append(seen, th)
		_, before := f.pkg.Flow(t.Fn).Precedes(th.Anchor, op.Thread.Anchor)
		if (th == op.Thread || before) && f.alwaysSends(t, th) {
			least++
		}
	}
	if !slices.Contains(seen, op.Thread) || !f.alwaysSends(t, op.Thread) {
		return 0
	}
	return least
}

// inTurn returns how many values a goroutine sends at least, up to an operation, where it does so
// once: each of the sends before leads to the next on every path.
//
//	if err != nil {
//		done <- err // a return is missing
//	}
//	done <- nil
func (f *Facts) inTurn(t *Trace, op *Op) (most int64) {
	if op.Thread.Many() || f.repeats(op) || op.Deferred != nil {
		return 0
	}
	for _, first := range In(op.Thread, t.Of(Send)) {
		if first.Alone() && first.ownPlace() && op.ownPlace() && first.Anchor.Pos() < op.Anchor.Pos() && f.leadsTo(first, op) {
			most = max(most, f.inTurn(t, first))
		}
	}
	return most + 1
}

// leadsTo reports whether a goroutine comes from one operation to another on every path.
func (f *Facts) leadsTo(first, op *Op) bool {
	fn := op.Thread.Fn
	flow := f.pkg.Flow(fn)
	s := &search{
		f: f, fn: fn, flow: flow, from: first.Anchor,
		covered: func(n ast.Node) bool { return n == op.Anchor },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	some, _ := flow.Follows(first.Anchor, op.Anchor) // and does not end the program before
	return some && s.out() == nil
}

// startedBy returns how many goroutines the loop starts that starts op's.
func (f *Facts) startedBy(t *Trace, op *Op) int64 {
	if !f.sendsOnce(t, op) || op.Thread.In != t.Home {
		return 0
	}
	return f.turnsOf(op.Thread.Loop)
}

// turnsOf returns how many turns a loop has, several where nobody knows.
func (f *Facts) turnsOf(loop ast.Stmt) int64 {
	n, known := f.knownTurns(loop)
	switch {
	case known && n > 0:
		return n
	case leavesAtOnce(loop):
		return 1
	case known:
		return 0
	}
	return several
}

// leavesAtOnce reports whether a loop ends in its first turn, by the last statement of
// its body: for range m { …; break }
func leavesAtOnce(loop ast.Stmt) bool {
	var body *ast.BlockStmt
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		body = loop.Body
	case *ast.ForStmt:
		body = loop.Body
	}
	if body == nil || len(body.List) == 0 {
		return false
	}
	switch last := body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt:
	case *ast.BranchStmt:
		if last.Tok != token.BREAK {
			return false
		}
	default:
		return false
	}
	return !goesOn(body, true)
}

// goesOn reports whether a continue in a loop's body, or one with a label or a goto in
// what it nests, may begin another turn.
func goesOn(body *ast.BlockStmt, outer bool) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			found = found || goesOn(n.Body, false)
			return false
		case *ast.RangeStmt:
			found = found || goesOn(n.Body, false)
			return false
		case *ast.BranchStmt:
			found = found || n.Tok == token.GOTO || n.Tok == token.CONTINUE && (outer || n.Label != nil)
		}
		return !found
	})
	return found
}

// knownTurns returns how many turns a loop has, by its text; 0 for one that
// only what is in it ends.
func (f *Facts) knownTurns(loop ast.Stmt) (n int64, known bool) {
	var bound ast.Expr
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		bound = loop.X
	case *ast.ForStmt:
		cond, ok := loop.Cond.(*ast.BinaryExpr)
		if !ok {
			return 0, true
		}
		bound = cond.Y
	}
	if lit, ok := ast.Unparen(bound).(*ast.CompositeLit); ok {
		return int64(len(lit.Elts)), true
	}
	if array, ok := f.pkg.TypeOf(bound).Underlying().(*types.Array); ok {
		return array.Len(), true
	}
	return f.number(bound)
}

// number returns what a number is: of a constant, of a variable that is set to one
// once, or of the room of a channel.
func (f *Facts) number(x ast.Expr) (n int64, known bool) {
	if v := f.pkg.Info.Types[x].Value; v != nil && v.Kind() == constant.Int {
		return constant.Int64Val(v)
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if value := f.valueOf(f.Variable(x)); value != nil && f.pkg.Info.Types[value].Value != nil {
			return f.number(value)
		}
	case *ast.CallExpr:
		if !f.isBuiltin(x, "cap") {
			break
		}
		if made, ok := f.channelMade(f.Variable(x.Args[0])); ok && made != nil && len(made.Args) == 2 {
			return f.number(made.Args[1])
		}
	}
	return 0, false
}

// FewTurns reports whether the loops of a function around a node come to it a
// few times only, by their text.
func (f *Facts) FewTurns(fn, n ast.Node) bool {
	all, known := f.turnsAround(fn, n)
	return known && all <= few
}

// few is how many timers are no pile.
const few = 32

// sendsOnce reports whether each goroutine of an operation's thread sends one
// value, always, and no other thread sends.
func (f *Facts) sendsOnce(t *Trace, op *Op) bool {
	return f.AtMostOnce(t, op) && f.alwaysSends(t, op.Thread)
}

// AtMostOnce reports whether no goroutine of an operation's thread sends two
// values, and no other thread sends.
func (f *Facts) AtMostOnce(t *Trace, op *Op) bool {
	for _, other := range t.Of(Send) {
		again := other != op && other.handed()
		if other.Thread != op.Thread || other.Fn != op.Fn || again || f.repeats(other) {
			return false
		}
	}
	return f.inARow(t.Of(Send)) == 1
}

// alwaysSends reports whether a goroutine sends on every path, before anything
// that does not return.
func (f *Facts) alwaysSends(t *Trace, th *Thread) bool {
	return f.alwaysDoes(th.Fn, In(th, t.Of(Send)))
}

// alwaysDoes reports whether a function does one of the operations on every path, itself or in
// a literal that it defers.
func (f *Facts) alwaysDoes(fn ast.Node, ops []*Op) bool {
	anchors := map[ast.Node]bool{}
	for _, op := range ops {
		itself := !InDeferredLiteral(op) && !op.handed() || op.Fn == fn
		anchors[op.Anchor] = anchors[op.Anchor] || itself || f.alwaysDoes(op.Fn, here(op.Fn, ops))
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(n ast.Node) bool { return anchors[n] },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil
}

// here returns the operations that stand in a function, as if it were that of their goroutine.
func here(fn ast.Node, ops []*Op) (all []*Op) {
	for _, op := range ops {
		if op.Fn == fn {
			own := *op
			own.Anchor, own.Deferred, own.calls = op.Node, nil, 0
			all = append(all, &own)
		}
	}
	return all
}

// sendsOneOf reports whether each goroutine of an operation's thread sends one value, to this
// channel or to another that the home thread receives from beside it:
//
//	select {
//	case v := <-values:
//	case err := <-errs:
//		return err
//	}
func (f *Facts) sendsOneOf(t *Trace, op *Op) bool {
	if !f.AtMostOnce(t, op) {
		return false
	}
	ops := In(op.Thread, t.Of(Send))
	for _, other := range f.channelsOf(t, op) {
		if other == t || other.Fn != t.Fn || !besides(t, other) {
			continue
		}
		for _, o := range other.Of(Send) {
			if o.Thread.Start == op.Thread.Start {
				ops = append(ops, o)
			}
		}
	}
	return f.alwaysDoes(op.Thread.Fn, ops)
}

// besides reports whether the home thread receives from two channels in one select.
func besides(t, other *Trace) bool {
	for _, r := range In(t.Home, t.Of(Receive)) {
		for _, o := range In(other.Home, other.Of(Receive)) {
			if r.Select != nil && r.Select == o.Select {
				return true
			}
		}
	}
	return false
}

// mayOutnumber reports whether more goroutines can send than there is room and
// receives for: a loop starts them, each sends once at most, on a condition that
// is its own affair (an error of its own), and no receive repeats.
func (f *Facts) mayOutnumber(t *Trace, op *Op, receives []*Op) bool {
	size, known := f.Capacity(t)
	if op.Thread.Loop == nil || op.Thread.In != t.Home || !known || !f.AtMostOnce(t, op) || !f.ownError(op) && !(size == 1 && f.sendsAnyway(op)) {
		return false
	}
	for _, r := range receives {
		if r.Kind == Range || !r.Direct() || f.repeats(r) {
			return false
		}
	}
	return f.turnsOf(op.Thread.Loop) > f.inARow(receives)+size
}

// ownError reports whether a send depends on an error that the goroutine has for itself, and
// on no other condition: it stands under a test of the error, or behind one that leaves.
//
//	if err != nil { errs <- err }
//
//	v, err := get(url)
//	if err != nil {
//		return
//	}
//	values <- v
func (f *Facts) ownError(op *Op) bool {
	switch conds := conditionsAround(op.Fn, op.Node); len(conds) {
	case 0:
		return f.leavesOnError(op)
	case 1:
		return f.testsOwnError(op.Fn, conds[0], token.NEQ) || f.testsOwnError(op.Fn, conds[0], token.EQL)
	}
	return false
}

// sendsAnyway reports whether a goroutine comes to a send under no condition, and leaves nowhere
// before: each that a loop starts gives one value, and one place in the buffer is for the first.
func (f *Facts) sendsAnyway(op *Op) bool {
	returns := false
	f.pkg.Inspect(bodyOfFunc(op.Fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			returns = returns || n.Pos() < op.Node.Pos()
		}
		return !returns
	})
	return !returns && len(conditionsAround(op.Fn, op.Node)) == 0
}

// leavesOnError reports whether a goroutine leaves before a send by returns that stand each
// under a test of an error of its own, and by nothing else.
func (f *Facts) leavesOnError(op *Op) bool {
	returns, own := 0, 0
	f.pkg.Inspect(bodyOfFunc(op.Fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if conds := conditionsAround(op.Fn, n); n.Pos() < op.Node.Pos() {
				returns++
				if len(conds) == 1 && f.testsOwnError(op.Fn, conds[0], token.NEQ) {
					own++
				}
			}
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if contains(n, op.Node) {
				returns++ // one that is not its own
			}
		}
		return true
	})
	return returns > 0 && own == returns
}

// testsOwnError reports whether a condition compares an error, which a function declares, with nil.
func (f *Facts) testsOwnError(fn ast.Node, cond ast.Expr, op token.Token) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != op || !f.pkg.IsNil(b.Y) {
		return false
	}
	v := f.Variable(b.X)
	return v != nil && fn.Pos() <= v.Pos() && v.Pos() < fn.End() && facts.TypeIs(v.Type(), "error")
}
