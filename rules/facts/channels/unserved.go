package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// An Unserved is a receive, by the function that made the channel, that can
// wait for ever: the goroutine that serves it can end without.
type Unserved struct {
	Op    *Op
	Trace *Trace
	By    *Thread  // the goroutine that alone sends or closes
	Exit  ast.Node // how it ends without; nil: nobody closes at all
}

// Unserved says how the bare receive, or the range, of a function that made the
// channel can wait for ever. Only one goroutine serves the channel, and it is
// started whenever the receive is reached, and reached whenever it is started.
func (f *Facts) Unserved(v *types.Var, n ast.Node) *Unserved {
	t, op := f.whole(v, n)
	if op == nil || op.Thread != t.Home || !op.Direct() || op.Kind != Receive && op.Kind != Range {
		return nil
	}
	by := f.soleServer(t, op)
	if by == nil || op.Kind == Range && f.leavesRange(op.Node.(*ast.RangeStmt)) {
		return nil
	}
	partners := t.Of(Close)
	if op.Kind == Receive {
		partners = t.Of(Close, Send)
	}
	if op.Kind == Range && len(partners) == 0 {
		return &Unserved{op, t, by, nil}
	}
	anchors := map[ast.Node]bool{}
	for _, p := range partners {
		anchors[p.Anchor] = true
	}
	s := &search{f: f, fn: by.Fn, flow: f.pkg.Flow(by.Fn), covered: func(n ast.Node) bool { return anchors[n] }}
	exit := s.out()
	if exit == nil || by.Many() {
		return nil
	}
	return &Unserved{op, t, by, exit}
}

// soleServer returns the thread that does all sends and closes, if it is one
// that the home function starts always before the operation, which then follows
// always; the operation must not repeat.
func (f *Facts) soleServer(t *Trace, op *Op) *Thread {
	served := t.Of(Send, Close)
	if len(served) == 0 || op.Kind == Receive && (f.repeats(op) || len(t.Of(Receive, Range)) > 1) {
		return nil
	}
	by := served[0].Thread
	for _, s := range served {
		if s.Thread != by {
			return nil
		}
	}
	if by == t.Home || by.In != t.Home || op.Kind == Receive && by.Many() {
		return nil
	}
	flow := f.pkg.Flow(t.Fn)
	at := op.Node
	if loop, ok := at.(*ast.RangeStmt); ok {
		at = loop.X
	}
	if by.Loop != nil {
		return by
	}
	_, before := flow.Precedes(by.Anchor, at)
	_, after := flow.Follows(by.Anchor, at)
	if !before || !after {
		return nil
	}
	return by
}

// leavesRange reports whether a loop can be left otherwise than at its end.
func (f *Facts) leavesRange(loop *ast.RangeStmt) (leaves bool) {
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Tok != token.CONTINUE
		case *ast.CallExpr:
			leaves = leaves || f.pkg.NoReturn(n) || f.endsByName(n)
		}
		return !leaves
	})
	return leaves
}
