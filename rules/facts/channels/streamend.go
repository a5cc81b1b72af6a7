package channels

import (
	"go/ast"
	"go/types"
)

// toldOfEnd returns the receives from another channel that the same call returns, on which
// the goroutine of a stream sends last of all: who has heard of that leaves nobody behind.
//
//	lines, failed := scan(r) // … lines <- text … ; failed <- err; return
//	for { select { case text := <-lines: use(text); case err := <-failed: return err } }
func (f *Facts) toldOfEnd(fn ast.Node, st *ast.AssignStmt, send *Op) (told []*Op) {
	decl := f.pkg.Body(ast.Unparen(st.Rhs[0]).(*ast.CallExpr))
	if decl == nil {
		return nil
	}
	for i, x := range st.Lhs {
		v := f.Variable(x)
		if v == nil || f.sets(v) != 1 || !f.sendsLast(decl, i, send) {
			continue
		}
		if received := f.receivedFrom(fn, v); received != nil {
			told = append(told, received.Of(Receive)...)
		}
	}
	return told
}

// sendsLast reports whether all that is ever sent on a result of a function comes from the
// goroutine of a stream, which sends no more on this then.
func (f *Facts) sendsLast(decl *ast.FuncDecl, result int, send *Op) bool {
	flow, any, last := f.pkg.Flow(send.Fn), false, true
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || result >= len(ret.Results) {
			return true
		}
		t := f.returnedTrace(f.Variable(ret.Results[result]))
		if t == nil || t.Unknown != nil {
			last = false
			return true
		}
		for _, op := range t.Of(Send) {
			again, _ := flow.Follows(op.Node, send.Node)
			any, last = true, last && op.Fn == send.Fn && op.Thread.Start == send.Thread.Start && op.Node != send.Node && !again
		}
		return true
	})
	return any && last
}

// receivedFrom returns what a function does with a channel that it has been given, nil if
// that is not all known.
func (f *Facts) receivedFrom(fn ast.Node, v *types.Var) *Trace {
	t := &Trace{Var: v, Fn: fn, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	if t.Unknown != nil {
		return nil
	}
	return t
}
