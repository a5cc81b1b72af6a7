package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// unclosedStream is about a range over what a function of the package returns: a channel
// on which a goroutine of that function sends, which can end, and that nobody closes.
//
//	func (s *scanner) lines() <-chan string { out := make(chan string); go func() { …; out <- l }(); return out }
//	for l := range s.lines() { … }
func (f *Facts) unclosedStream(loop *ast.RangeStmt) *Unserved {
	call, result := f.streamCall(loop.X)
	if call == nil || f.leavesRange(loop) || f.countsUp(loop) {
		return nil
	}
	decl := f.pkg.Body(call)
	if decl == nil {
		return nil
	}
	for _, made := range f.streamsOf(decl) {
		if made.result == result && made.left != nil && made.ctx == nil {
			return &Unserved{By: made.send.Thread, Exit: made.left}
		}
		if made.result == result && !made.closed && f.comesToEnd(made.send.Fn, made.send.Node) && made.send.Direct() {
			return &Unserved{By: made.send.Thread}
		}
	}
	return nil
}

// streamLeft returns a way out of the goroutine that sends on a stream, and alone closes it, on which
// it does not.
//
//	go func() {
//		for s.Scan() {
//			if s.Text() == "" { return } // whoever ranges over out waits for ever
//			out <- s.Text()
//		}
//		close(out)
//	}()
func (f *Facts) streamLeft(v *types.Var, send *Op) ast.Node {
	t := f.returnedTrace(v)
	closes := t.Of(Close)
	if len(closes) == 0 || send.Thread.Many() || !send.Direct() {
		return nil
	}
	anchors := map[ast.Node]bool{}
	for _, op := range closes {
		if op.Thread.Fn != send.Thread.Fn || op.Fn != send.Thread.Fn || !op.Direct() {
			return nil
		}
		anchors[op.Anchor] = true
	}
	s := &search{
		f: f, fn: send.Thread.Fn, flow: f.pkg.Flow(send.Thread.Fn),
		covered: func(n ast.Node) bool { return anchors[n] },
	}
	s.crossed = func(from *facts.Block, e facts.Edge) bool { return f.endsAbroad(send.Thread.Fn, from, e) }
	return s.out()
}

// streamCall returns the call that an expression is, or that a local variable has been set
// to once, and which of its results.
func (f *Facts) streamCall(x ast.Expr) (call *ast.CallExpr, result int) {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		return call, 0
	}
	v := f.Variable(x)
	if v == nil || v.IsField() || f.sets(v) != 1 || len(f.mentions(v)) != 2 {
		return nil, 0
	}
	for _, m := range f.mentions(v) {
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(st.Rhs) != 1 {
			continue
		}
		call, isCall := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
		for i, left := range st.Lhs {
			if isCall && left == ast.Expr(m.id) {
				return call, i
			}
		}
	}
	return nil, 0
}
