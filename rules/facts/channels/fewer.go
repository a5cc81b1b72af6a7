package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// fewerSends says, of the one receive in each turn of a loop, that as many turns
// of an earlier loop can send fewer values: a turn starts no goroutine, or a
// goroutine ends without its one send.
//
//	for _, job := range jobs { go func() { …; if err != nil { return }; out <- v }() }
//	for range jobs { sum += <-out }
func (f *Facts) fewerSends(t *Trace, op *Op) *Unserved {
	sends := t.Of(Send)
	if op.Kind != Receive || len(t.Of(Receive, Range)) != 1 || len(t.Of(Close)) > 0 || len(sends) == 0 || f.inTest(op.Node) {
		return nil
	}
	by := sends[0].Thread
	if by.In != t.Home || by.Loop == nil || !f.AtMostOnce(t, sends[0]) {
		return nil
	}
	starts, receives := f.loopsAround(t.Fn, by.Anchor), f.loopsAround(t.Fn, op.Node)
	if len(starts) != 1 || len(receives) != 1 || starts[0].End() > receives[0].Pos() || !f.sameTurns(starts[0], receives[0]) {
		return nil
	}
	if f.mayPass(t.Fn, receives[0], op.Anchor) || f.leavesUnserved(t, by, op, receives[0]) {
		return nil
	}
	covers := map[ast.Node]bool{}
	for _, send := range sends {
		covers[send.Anchor] = true
	}
	s := &search{
		f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn),
		covered: func(n ast.Node) bool { return covers[n] },
		crossed: func(_ *facts.Block, e facts.Edge) bool { return f.toldByHome(t, op, e) },
	}
	if exit := s.out(); exit != nil {
		return &Unserved{Op: op, Trace: t, By: by, Exit: exit}
	}
	if f.leavesLoop(receives[0]) {
		return nil
	}
	if way := f.turnWithout(t.Fn, starts[0], map[ast.Node]bool{by.Anchor: true}); way != nil {
		return &Unserved{Op: op, Trace: t, By: by, Exit: way, Skips: true}
	}
	return nil
}

// leavesUnserved reports whether a way out leads past a loop, or out of it, before
// its first receive. What leaves it only after one does not help where nothing is
// sent at all.
func (f *Facts) leavesUnserved(t *Trace, by *Thread, op *Op, loop ast.Stmt) bool {
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: by.Anchor,
		covered: func(n ast.Node) bool { return n == op.Anchor },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) },
	}
	return s.out() != nil || s.lost
}

// mayPass reports whether a turn of a loop can end without a node.
func (f *Facts) mayPass(fn ast.Node, loop ast.Stmt, n ast.Node) bool {
	return f.turnWithout(fn, loop, map[ast.Node]bool{n: true}) != nil
}

// leavesLoop reports whether something in a loop leaves it.
func (f *Facts) leavesLoop(loop ast.Stmt) bool {
	body, ok := bodyOf(loop)
	return !ok || f.leavesRange(&ast.RangeStmt{Body: body})
}

// sameTurns reports whether two loops, one after the other, have the same number
// of turns: that of one variable or field, or of its length, which nothing in the
// function sets after the first has begun.
func (f *Facts) sameTurns(first, second ast.Stmt) bool {
	x, length := f.boundOf(first)
	y, also := f.boundOf(second)
	if x == nil || y == nil || length != also || !f.same(x, y) {
		return false
	}
	return f.steadyFrom(x, first)
}

// setsField reports whether a function sets a field, of whatever value.
func (f *Facts) setsField(fn ast.Node, field types.Object) (sets bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				sets = sets || f.field(x) == field
			}
		case *ast.IncDecStmt:
			sets = sets || f.field(n.X) == field
		case *ast.UnaryExpr:
			sets = sets || n.Op == token.AND && f.field(n.X) == field
		}
		return !sets
	})
	return sets
}

func isAddress(m mention) bool {
	x, ok := m.around(0).(*ast.UnaryExpr)
	return ok && x.Op == token.AND
}

// boundOf returns what is, or has as its length, the number of turns of a loop;
// nil if it is no variable or field.
func (f *Facts) boundOf(loop ast.Stmt) (x ast.Expr, length bool) {
	var bound ast.Expr
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		bound = loop.X
	case *ast.ForStmt:
		bound = upTo(loop)
	}
	if bound == nil {
		return nil, false
	}
	if call, ok := ast.Unparen(bound).(*ast.CallExpr); ok && len(call.Args) == 1 && f.isBuiltin(call, "len") {
		return f.place(call.Args[0]), true
	}
	switch t := f.pkg.TypeOf(bound).Underlying().(type) {
	case *types.Slice, *types.Map, *types.Array:
		return f.place(bound), true
	case *types.Basic:
		if t.Info()&types.IsInteger != 0 {
			return f.place(bound), false
		}
	}
	return nil, false
}

// place returns an expression that names a variable, or a field of one; nil of
// any other.
func (f *Facts) place(x ast.Expr) ast.Expr {
	if f.Root(x) == nil || f.Variable(f.Root(x)) == nil {
		return nil
	}
	return ast.Unparen(x)
}

// upTo returns n of a loop for i := 0; i < n; i++.
func upTo(loop *ast.ForStmt) ast.Expr {
	init, _ := loop.Init.(*ast.AssignStmt)
	cond, _ := loop.Cond.(*ast.BinaryExpr)
	post, _ := loop.Post.(*ast.IncDecStmt)
	if init == nil || cond == nil || post == nil || cond.Op != token.LSS || post.Tok != token.INC || len(init.Rhs) != 1 {
		return nil
	}
	i, zero := cond.X.(*ast.Ident)
	from, isLit := init.Rhs[0].(*ast.BasicLit)
	if !zero || !isLit || from.Value != "0" || types.ExprString(init.Lhs[0]) != i.Name || types.ExprString(post.X) != i.Name {
		return nil
	}
	return cond.Y
}
