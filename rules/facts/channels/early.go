package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// leavesEarly returns a way out of the loop in which a partner serves many
// goroutines, other than by the loop's own condition; nil if there is none, or
// if a count decides it.
func (f *Facts) leavesEarly(t *Trace, op, partner *Op, partners []*Op) ast.Node {
	loops := f.loopsAround(t.Fn, partner.Anchor)
	if partner.Kind == Range {
		loops = append(loops, partner.Node.(*ast.RangeStmt))
	}
	if len(loops) == 0 || !partner.Direct() {
		return nil
	}
	loop := loops[len(loops)-1]
	start := op.Thread.Anchor
	if loop.Pos() <= start.Pos() && start.End() <= loop.End() || f.counts(loop) {
		return nil
	}
	if size, _ := f.Capacity(t); size > 0 && !op.Thread.Many() {
		return nil // room for some of them
	}
	joins := f.joins(t, op)
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: partner.Anchor,
		covered: func(n ast.Node) bool { return joins(n) || isOther(n, loop, partners) },
		crossed: func(_ *facts.Block, e facts.Edge) bool { return f.ends(e, loop) },
	}
	return s.out()
}

// isOther reports whether a node is a receive outside the loop: it may take
// what the loop has left.
func isOther(n ast.Node, loop ast.Stmt, partners []*Op) bool {
	for _, p := range partners {
		if p.Anchor == n && !(loop.Pos() <= n.Pos() && n.End() <= loop.End()) {
			return true
		}
	}
	return false
}

// counts reports whether the body of a loop decides something by a number.
func (f *Facts) counts(loop ast.Stmt) bool {
	body, _ := bodyOf(loop)
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok {
			return !found
		}
		switch b.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			t, ok := f.pkg.Info.TypeOf(b.X).Underlying().(*types.Basic)
			found = found || ok && t.Info()&types.IsInteger != 0
		}
		return !found
	})
	return found
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
