package channels

import (
	"go/ast"
	"go/token"
	"go/types"
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
	if f.leavesLoop(receives[0]) || f.mayPass(t.Fn, receives[0], op.Anchor) {
		return nil
	}
	covers := map[ast.Node]bool{}
	for _, send := range sends {
		covers[send.Anchor] = true
	}
	s := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: func(n ast.Node) bool { return covers[n] }}
	if exit := s.out(); exit != nil {
		return &Unserved{Op: op, Trace: t, By: by, Exit: exit}
	}
	if way := f.turnWithout(t.Fn, starts[0], map[ast.Node]bool{by.Anchor: true}); way != nil {
		return &Unserved{Op: op, Trace: t, By: by, Exit: way, Skips: true}
	}
	return nil
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
// of turns: that of one variable, or of its length, which nothing sets after the
// first has begun.
func (f *Facts) sameTurns(first, second ast.Stmt) bool {
	v, length := f.boundOf(first)
	w, also := f.boundOf(second)
	if v == nil || v != w || length != also || v.IsField() || v.Kind() == types.PackageVar {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if _, bad := value.(*ast.BadExpr); sets && (m.id.Pos() > first.Pos() || bad && isAddress(m)) {
			return false
		}
		if _, ok := m.around(0).(*ast.IncDecStmt); ok {
			return false
		}
	}
	return true
}

func isAddress(m mention) bool {
	x, ok := m.around(0).(*ast.UnaryExpr)
	return ok && x.Op == token.AND
}

// boundOf returns the variable whose value, or length, is the number of turns of
// a loop; nil if it is not known as such.
func (f *Facts) boundOf(loop ast.Stmt) (v *types.Var, length bool) {
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
		return f.Variable(call.Args[0]), true
	}
	switch t := f.pkg.Info.TypeOf(bound).Underlying().(type) {
	case *types.Slice, *types.Map, *types.Array:
		return f.Variable(bound), true
	case *types.Basic:
		if t.Info()&types.IsInteger != 0 {
			return f.Variable(bound), false
		}
	}
	return nil, false
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
