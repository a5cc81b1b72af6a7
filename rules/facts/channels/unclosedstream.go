package channels

import (
	"go/ast"
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
		if made.result == result && !made.closed && f.comesToEnd(&ClassOp{Fn: made.send.Fn, Node: made.send.Node}) && made.send.Direct() {
			return &Unserved{By: made.send.Thread}
		}
	}
	return nil
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
