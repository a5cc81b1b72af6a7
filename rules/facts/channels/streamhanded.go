package channels

import "go/ast"

// leavesHanded is about a stream that is handed at once to a function of the package, which
// ranges over it and does nothing else with it, itself or on a goroutine of its own.
//
//	func decode(in <-chan entry) error { for e := range in { if e.bad { return errBad } }; return nil }
//	return decode(walk(root))
func (f *Facts) leavesHanded(to, call *ast.CallExpr, made streamMade) ast.Node {
	send := made.send
	v, fn := (&tracer{f: f}).parameter(call, to)
	if v == nil || f.sets(v) > 0 || !f.repeats(send) && !send.Thread.Many() {
		return nil
	}
	t := f.receivedFrom(fn, v)
	if t == nil || len(t.Of(Send, Close)) > 0 {
		return nil
	}
	taken := t.Of(Receive, Range)
	if len(taken) != 1 {
		return nil
	}
	return f.breaksOffThere(taken[0], made)
}

// breaksOffThere returns a way out of the function of a range over a stream, from within it.
func (f *Facts) breaksOffThere(op *Op, of streamMade) ast.Node {
	loop, ok := op.Node.(*ast.RangeStmt)
	if !ok || op.Deferred != nil || len(f.loopsAround(op.Fn, loop)) > 0 || f.endsTheProgram(op.Fn) {
		return nil
	}
	return f.breaksOff(op.Fn, loop, of)
}
