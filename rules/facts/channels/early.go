package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// leavesEarly returns a way out of the loop in which a partner serves many
// goroutines, other than by the loop's own condition; nil if there is none, or
// if a count decides it. Ways out that leaves does not hold for do not count.
func (f *Facts) leavesEarly(t *Trace, op, partner *Op, partners []*Op, leaves func(*facts.Block) bool) ast.Node {
	if !partner.Direct() {
		return f.leavesHelperEarly(t, op, partner, partners, leaves)
	}
	loops := f.loopsAround(t.Fn, partner.Anchor)
	if partner.Kind == Range {
		loops = append(loops, partner.Node.(*ast.RangeStmt))
	}
	if len(loops) == 0 {
		return nil
	}
	loop := loops[len(loops)-1]
	start := op.Thread.Anchor
	if loop.Pos() <= start.Pos() && start.End() <= loop.End() || f.counts(loop) && !f.turnsForEach(loop, op.Thread) {
		return nil
	}
	if size, _ := f.Capacity(t); size > 0 && (!op.Thread.Many() || op.Thread.Loop != nil && f.turnsOf(op.Thread.Loop) <= size+1) {
		return nil // room for some of them, for all but the one that is taken
	}
	joins := f.joins(t, op)
	if op.Thread.Many() {
		joins = f.joinsOutside(t, op, loop)
	}
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: partner.Anchor,
		covered: func(n ast.Node) bool { return joins(n) || isOther(n, loop, partner, partners) },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			return f.ends(from, e, loop) || !op.Thread.Many() && (f.saysLast(loop, e) || f.failsLast(t, op, loop, e))
		},
		leaves: leaves,
	}
	return s.out()
}

// saysLast reports whether an edge is one to which a field of what a loop has received leads, by
// which the one who sends says that it is the last.
//
//	if r := <-rows; r.last { return }
func (f *Facts) saysLast(loop ast.Stmt, e facts.Edge) bool {
	if e.Cond == nil || e.Tag != nil || !e.Truth {
		return false
	}
	sel, ok := ast.Unparen(e.Cond).(*ast.SelectorExpr)
	body, _ := bodyOf(loop)
	return ok && lastName.MatchString(sel.Sel.Name) && f.isReceived(body, sel)
}

var lastName = lazyregexp.New(`^(?i:(is)?(last|done|eof|end|final|finished|complete|completed))$`)

// joinsOutside is joins without what stands in a loop that serves many goroutines, and hears of
// one of them.
func (f *Facts) joinsOutside(t *Trace, op *Op, loop ast.Stmt) func(ast.Node) bool {
	joins, own := f.joins(t, op), map[ast.Node]bool{}
	for _, other := range f.channelsIn(op.Thread.Fn) {
		for _, r := range other.Of(Receive) {
			own[r.Anchor] = own[r.Anchor] || other != t && loop.Pos() <= r.Node.Pos() && r.Node.End() <= loop.End() && sentByOne(other, op)
		}
	}
	return func(n ast.Node) bool { return joins(n) && !own[n] }
}

// sentByOne reports whether each goroutine of an operation's thread sends to a channel for
// itself, and nobody else does, or closes it.
func sentByOne(t *Trace, op *Op) bool {
	return len(t.Of(Close)) == 0 && !slices.ContainsFunc(t.Of(Send), func(o *Op) bool { return o.Thread.Start != op.Thread.Start })
}

// ownFailure reports whether a way out is a return because of an error that something else
// than the channel has brought: whoever sends cannot know of it.
func (f *Facts) ownFailure(fn, way ast.Node) bool {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok || !f.becauseOfError(fn, ret) {
		return false
	}
	conds := conditionsAround(fn, ret)
	v := f.Variable(ast.Unparen(conds[len(conds)-1]).(*ast.BinaryExpr).X)
	for _, m := range f.mentions(v) {
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || !slices.Contains(st.Lhs, ast.Expr(m.id)) {
			continue
		}
		for _, x := range st.Rhs {
			if _, call := ast.Unparen(x).(*ast.CallExpr); !call {
				return false
			}
		}
	}
	return true
}

// isOther reports whether a node is a receive outside the loop of a partner, or a loop of its own
// in there: it may take what the loop has left.
func isOther(n ast.Node, loop ast.Stmt, partner *Op, partners []*Op) bool {
	for _, p := range partners {
		drains, ranges := p.Node.(*ast.RangeStmt)
		if ranges && p != partner && p.Direct() && n == ast.Unparen(drains.X) {
			return true
		}
		if p.Anchor == n && !(loop.Pos() <= n.Pos() && n.End() <= loop.End()) {
			return true
		}
	}
	return false
}

// counts reports whether the body of a loop decides something by a number, of which one that it
// has received and holds against a constant is none.
func (f *Facts) counts(loop ast.Stmt) bool {
	body, _ := bodyOf(loop)
	found := false
	f.pkg.Inspect(body, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			return !found
		}
		switch b.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			t, ok := f.pkg.TypeOf(b.X).Underlying().(*types.Basic)
			found = found || ok && t.Info()&types.IsInteger != 0 && !(f.pkg.Info.Types[b.Y].Value != nil && (f.isReceived(body, b.X) || f.isRanged(loop, b.X)))
		}
		return !found
	})
	return found
}

// turnsForEach reports whether a loop has one turn for each goroutine that another loop has started,
// over the same list, and counts up to what a field says: what leaves it before is for those who
// have had enough.
//
//	for _, p := range g.peers { go p.ask(answers) }
//	for range g.peers { if <-answers { if ok++; ok == g.need { return true } } }
func (f *Facts) turnsForEach(loop ast.Stmt, th *Thread) bool {
	serves, ok := loop.(*ast.RangeStmt)
	starts, ok2 := th.Loop.(*ast.RangeStmt)
	if !ok || !ok2 {
		return false
	}
	list := f.namedBy(ast.Unparen(serves.X))
	if list == nil || list != f.namedBy(ast.Unparen(starts.X)) {
		return false
	}
	quorum := true
	f.pkg.Inspect(serves.Body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op != token.ADD && b.Op != token.SUB && f.isInteger(b.X) {
			quorum = quorum && (f.isQuorum(b.X) || f.isQuorum(b.Y))
			return false
		}
		return quorum
	})
	return quorum
}

func (f *Facts) isInteger(e ast.Expr) bool {
	t, ok := f.pkg.TypeOf(e).Underlying().(*types.Basic)
	return ok && t.Info()&types.IsInteger != 0
}

// isQuorum reports whether a number rests on a field that the package never sets to a length, or is a
// majority of one.
func (f *Facts) isQuorum(e ast.Expr) (is bool) {
	if f.isMajority(e) {
		return true
	}
	f.pkg.Inspect(e, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			v, _ := f.pkg.Use(sel.Sel).(*types.Var)
			is = is || v != nil && v.IsField() && f.isInteger(sel) && !f.keepsLength(v)
		}
		return !is
	})
	return is
}

// isMajority reports whether a number is made of a part of a length, itself or as what a local variable
// is set to: some are left when it is reached.
//
//	if granted > len(e.nodes)/2 { return true }
func (f *Facts) isMajority(e ast.Expr) (is bool) {
	if value := f.valueOf(f.Variable(e)); value != nil {
		e = value
	}
	f.pkg.Inspect(e, func(n ast.Node) bool {
		part, ok := n.(*ast.BinaryExpr)
		if ok && part.Op == token.QUO && f.pkg.Info.Types[part.Y].Value != nil {
			call, isCall := ast.Unparen(part.X).(*ast.CallExpr)
			is = is || isCall && f.isBuiltin(call, "len")
		}
		return !is
	})
	return is
}

// keepsLength reports whether the package sets a field to a length.
func (f *Facts) keepsLength(field *types.Var) (is bool) {
	length := func(to, value ast.Expr) {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		is = is || ok && f.pkg.Callee(call) == types.Universe.Lookup("len") && f.namedBy(ast.Unparen(to)) == types.Object(field)
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				length(n.Key, n.Value)
			case *ast.AssignStmt:
				for i := range n.Lhs {
					if len(n.Lhs) == len(n.Rhs) {
						length(n.Lhs[i], n.Rhs[i])
					}
				}
			}
			return !is
		})
	}
	return is
}

// isReceived reports whether an expression names a variable that a receive in a block alone
// sets, or a field of one.
func (f *Facts) isReceived(body *ast.BlockStmt, e ast.Expr) (is bool) {
	v := f.Variable(f.Root(e))
	if v == nil || v.Pos() < body.Pos() || body.End() <= v.Pos() {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if !sets {
			continue
		}
		receive, ok := ast.Unparen(value).(*ast.UnaryExpr)
		if is = ok && isArrow(receive); !is {
			return false
		}
	}
	return is
}

// isRanged reports whether an expression names the variable of a loop over a channel, or a field of it.
func (f *Facts) isRanged(loop ast.Stmt, e ast.Expr) bool {
	over, ok := loop.(*ast.RangeStmt)
	if !ok || over.Key == nil {
		return false
	}
	if _, isChan := f.pkg.TypeOf(over.X).Underlying().(*types.Chan); !isChan {
		return false
	}
	v := f.Variable(f.Root(e))
	return v != nil && v == f.Variable(over.Key)
}

func bodyOf(loop ast.Stmt) (*ast.BlockStmt, bool) {
	switch loop := loop.(type) {
	case *ast.ForStmt:
		return loop.Body, true
	case *ast.RangeStmt:
		return loop.Body, true
	}
	return nil, false
}
