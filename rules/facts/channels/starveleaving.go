package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// abandoned looks for a path of the home thread that starts the goroutine of an
// operation and ends without one of its partners.
func (f *Facts) abandoned(t *Trace, op *Op, partners []*Op) *Starved {
	if len(In(t.Home, partners)) != len(partners) {
		return nil // someone else may serve it
	}
	if f.alikeGuarded(t.Fn, partners) {
		return nil
	}
	s := f.beforeAll(f.leaving(t, op, partners), op)
	if exit := s.out(); exit != nil {
		return &Starved{Op: op, Trace: t, Exit: exit}
	}
	if op.Kind != Send {
		return nil
	}
	if exit := f.leftByHelper(t, op, partners); exit != nil {
		return &Starved{Op: op, Trace: t, Exit: exit}
	}
	if exit := f.outnumbered(t, op, partners); exit != nil {
		return &Starved{Op: op, Trace: t, Exit: exit, Early: true}
	}
	if f.mayOutnumber(t, op, partners) {
		if exit := (&search{f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: op.Thread.Anchor, covered: f.joins(t, op)}).out(); exit != nil {
			return &Starved{Op: op, Trace: t, Exit: exit, Early: true}
		}
	}
	var leaves func(*facts.Block) bool
	if !(op.Thread.Many() && f.eachSends(t, op)) && f.surelySent(t, op)-f.takenBefore(t, op.Thread) < 2 && !f.sendsOn(op) && !f.mayHaveSent(t, op) {
		if leaves = f.leavesInTheMiddle(t, op); leaves == nil {
			return nil
		}
	}
	for _, partner := range partners {
		if exit := f.leavesEarly(t, op, partner, partners, leaves); exit != nil {
			return &Starved{Op: op, Trace: t, Exit: exit, Early: true}
		}
	}
	return nil
}

// eachSends reports whether each goroutine of an operation's thread sends one value, if only
// because of an error of its own: any number of them can fail.
func (f *Facts) eachSends(t *Trace, op *Op) bool {
	return f.sendsOnce(t, op) || f.sendsOneOf(t, op) || f.AtMostOnce(t, op) && f.ownError(op) || f.allSendOnce(t)
}

// allSendOnce reports whether each goroutine sends one value, always, wherever the home thread
// starts it.
func (f *Facts) allSendOnce(t *Trace) bool {
	for _, send := range t.Of(Send) {
		th := send.Thread
		if th.In != t.Home || t.Home == nil || len(In(th, t.Of(Send))) > 1 || f.repeats(send) || !f.alwaysSends(t, th) {
			return false
		}
	}
	return true
}

// alikeGuarded reports whether two closes stand under conditions of one text:
// then the second asks whether the first has run, in its own way.
func (f *Facts) alikeGuarded(fn ast.Node, partners []*Op) bool {
	seen := map[string]*Op{}
	for _, p := range partners {
		if p.Kind != Close {
			continue
		}
		for _, cond := range conditionsAround(fn, p.Anchor) {
			text := types.ExprString(cond)
			if seen[text] != nil && seen[text] != p {
				return true
			}
			seen[text] = p
		}
	}
	return false
}

// conditionsAround returns the conditions of the ifs around a node.
func conditionsAround(fn, n ast.Node) (all []ast.Expr) {
	ast.Inspect(fn, func(m ast.Node) bool {
		if test, ok := m.(*ast.IfStmt); ok && test.Pos() <= n.Pos() && n.End() <= test.End() {
			all = append(all, test.Cond)
		}
		return true
	})
	return all
}

// leaving is the search for a way out without a partner.
func (f *Facts) leaving(t *Trace, op *Op, partners []*Op) *search {
	anchors := map[ast.Node]bool{}
	for _, p := range partners {
		anchors[p.Anchor] = true
		if p.Kind == Range && p.Direct() {
			anchors[ast.Unparen(p.Node.(*ast.RangeStmt).X)] = true
		}
	}
	joins := f.joins(t, op)
	gathering, last := f.gathering(t, op)
	return &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: op.Thread.Anchor,
		covered: func(n ast.Node) bool { return anchors[n] || joins(n) || slices.Contains(last, n) },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			return f.leavesServingLoop(from, e, t.Fn, op, partners) || f.noneStarted(e, op.Thread) ||
				slices.ContainsFunc(gathering, func(loop ast.Stmt) bool { return f.ends(from, e, loop) })
		},
	}
}

// leavesServingLoop reports whether an edge leaves a loop that holds a partner
// because of the loop's own condition: it is then believed to have served all,
// also those that it starts where it has taken one.
func (f *Facts) leavesServingLoop(from *facts.Block, e facts.Edge, fn ast.Node, op *Op, partners []*Op) bool {
	found := false
	for _, p := range partners {
		loops := f.loopsAround(fn, p.Anchor)
		if p.Kind == Range && p.Direct() {
			loops = append(loops, p.Node.(*ast.RangeStmt))
		}
		for _, loop := range loops {
			if loop.Pos() <= op.Thread.Anchor.Pos() && op.Thread.Anchor.End() <= loop.End() && !f.startsNext(fn, loop, p, op) {
				continue
			}
			found = found || f.ends(from, e, loop)
		}
	}
	return found
}

// startsNext reports whether a loop starts a goroutine only where it has taken what another one has
// sent: somebody has started as many as it serves.
//
//	for range jobs {
//		sum += <-out
//		if len(left) > 0 { start(left[0]); left = left[1:] }
//	}
func (f *Facts) startsNext(fn ast.Node, loop ast.Stmt, partner, op *Op) bool {
	if partner.Kind == Range && partner.Node == ast.Node(loop) {
		return true
	}
	first, ok := partner.Anchor, partner.Kind == Receive && partner.Alone()
	_, all := f.pkg.Flow(fn).Precedes(first, op.Thread.Anchor)
	return ok && all
}

// ends reports whether an edge goes from the head of a loop behind it, as no break does.
func (f *Facts) ends(from *facts.Block, e facts.Edge, loop ast.Stmt) bool {
	switch loop := loop.(type) {
	case *ast.ForStmt:
		if loop.Cond == nil || e.Cond == nil || e.Cond.Pos() < loop.Cond.Pos() || loop.Cond.End() < e.Cond.End() {
			return false
		}
		for _, n := range e.To.Nodes {
			if loop.Cond.Pos() <= n.Pos() && n.End() <= loop.Body.End() {
				return false
			}
		}
		return true
	case *ast.RangeStmt:
		if e.Case != nil || e.Turn != nil {
			return false
		}
		return slices.ContainsFunc(from.Succs, func(other facts.Edge) bool { return other.Case == ast.Node(loop) })
	}
	return false
}

// loopsAround returns the loops of fn around a node.
func (f *Facts) loopsAround(fn, n ast.Node) (loops []ast.Stmt) {
	f.pkg.PreorderStack(fn, nil, func(m ast.Node, stack []ast.Node) bool {
		if m != n {
			return m.Pos() <= n.Pos() && n.End() <= m.End()
		}
		for _, around := range stack {
			switch around := around.(type) {
			case *ast.FuncLit:
				if around != fn {
					loops = nil
				}
			case *ast.ForStmt:
				loops = append(loops, around)
			case *ast.RangeStmt:
				loops = append(loops, around)
			}
		}
		return false
	})
	return loops
}
