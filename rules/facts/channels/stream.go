package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Stream is a channel that a function makes, has a goroutine send on, and
// returns: whoever called it alone receives.
type Stream struct {
	Call *ast.CallExpr
	Send *Op      // in the goroutine, with no alternative
	Exit ast.Node // how the caller leaves it before its end
}

// Abandoned says how the caller of a function that returns a stream can leave
// before the stream has ended, so that the goroutine waits for ever to send.
func (f *Facts) Abandoned(fn ast.Node, call *ast.CallExpr) *Stream {
	decl := f.pkg.Body(call)
	if decl == nil || f.inTest(call) || f.endsTheProgram(fn) {
		return nil
	}
	result, send := f.streamOf(decl)
	if send == nil {
		return nil
	}
	if exit := f.leavesStream(fn, call, result, send); exit != nil {
		return &Stream{call, send, exit}
	}
	return nil
}

// A streamMade is which result of a function is a stream.
type streamMade struct {
	result int
	send   *Op
}

// streamOf returns which result of a function is a stream, and the bare send of
// its goroutine.
func (f *Facts) streamOf(decl *ast.FuncDecl) (result int, send *Op) {
	if f.streams == nil {
		f.streams = map[*ast.FuncDecl]streamMade{}
	}
	made, ok := f.streams[decl]
	if !ok {
		made = f.findStream(decl)
		f.streams[decl] = made
	}
	return made.result, made.send
}

func (f *Facts) findStream(decl *ast.FuncDecl) (made streamMade) {
	if decl.Type.Results == nil {
		return made
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		_, literal := n.(*ast.FuncLit)
		for i := 0; ok && i < len(ret.Results) && made.send == nil; i++ {
			if send := f.streamIn(f.Variable(ret.Results[i])); send != nil {
				made = streamMade{i, send}
			}
		}
		return !literal
	})
	return made
}

// streamIn returns the bare send of the goroutine that a local channel is for,
// if the function around only returns it else.
func (f *Facts) streamIn(v *types.Var) *Op {
	made, ok := f.channelMade(v)
	if !ok {
		return nil
	}
	all := f.mentions(v)
	fn, _ := functionAt(all[0].stack)
	t := &Trace{Var: v, Fn: fn, Make: made, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}, returned: true}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	if size, known := f.Capacity(t); t.Unknown != nil || !known || size > 0 || len(t.Of(Receive, Range)) > 0 {
		return nil
	}
	var found *Op
	for _, op := range t.Of(Send) {
		if op.Thread.In != t.Home || op.Thread.Many() || !op.Alone() || op.Deferred != nil {
			return nil
		}
		if found == nil || f.repeats(op) {
			found = op
		}
	}
	return found
}

// channelMade returns the make of a local channel variable.
func (f *Facts) channelMade(v *types.Var) (*ast.CallExpr, bool) {
	if v == nil || v.IsField() || v.Kind() != types.LocalVar && v.Kind() != types.ResultVar || isWaitGroup(v.Type()) || len(f.mentions(v)) == 0 {
		return nil, false
	}
	return f.madeBy(v)
}

// leavesStream returns a way out of the caller on which it has not received to
// the end.
func (f *Facts) leavesStream(fn ast.Node, call *ast.CallExpr, result int, send *Op) ast.Node {
	stack := f.stackOf(fn, call)
	if len(stack) == 0 {
		return nil
	}
	switch around := stack[len(stack)-1].(type) {
	case *ast.RangeStmt:
		if around.X == ast.Expr(call) {
			return f.breaksOff(fn, around)
		}
	case *ast.AssignStmt:
		if len(around.Rhs) == 1 && around.Tok == token.DEFINE && result < len(around.Lhs) {
			return f.leavesVariable(fn, around, f.Variable(around.Lhs[result]), send)
		}
	}
	return nil
}

// stackOf returns the nodes around a node of a function.
func (f *Facts) stackOf(fn, n ast.Node) (found []ast.Node) {
	ast.PreorderStack(fn, nil, func(m ast.Node, stack []ast.Node) bool {
		if m == n {
			found = append(found, stack...)
		}
		return found == nil && m.Pos() <= n.Pos() && n.End() <= m.End()
	})
	return found
}

// breaksOff returns a way out of a function from within a range over a channel
// that does not wait for its end.
func (f *Facts) breaksOff(fn ast.Node, loop *ast.RangeStmt) ast.Node {
	if f.countsUp(loop) {
		return nil // who counts may know how many there are
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: loop,
		covered: func(ast.Node) bool { return false },
		crossed: func(_ *facts.Block, e facts.Edge) bool { return f.ends(e, loop) },
	}
	return s.out()
}

// leavesVariable is about a stream that a local variable holds, and that is used
// for nothing but to receive from it in this function.
func (f *Facts) leavesVariable(fn ast.Node, st *ast.AssignStmt, v *types.Var, send *Op) ast.Node {
	if v == nil || f.sets(v) != 1 {
		return nil
	}
	t := &Trace{Var: v, Fn: fn, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	taken := t.Of(Receive, Range)
	if t.Unknown != nil || len(In(t.Home, taken)) != len(taken) || len(t.Of(Send, Close)) > 0 || len(taken) == 0 {
		return nil
	}
	if exit := f.leavesBefore(fn, st, taken); exit != nil {
		return exit
	}
	if len(taken) != 1 || !taken[0].Direct() || !f.repeats(send) {
		return nil
	}
	if loop, ok := taken[0].Node.(*ast.RangeStmt); ok {
		return f.breaksOff(fn, loop)
	}
	if taken[0].Alone() && !f.repeats(taken[0]) {
		s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: taken[0].Node, covered: func(ast.Node) bool { return false }}
		return s.out()
	}
	return nil
}

// leavesBefore returns a way out of a function after a call that has returned a
// stream, on which nothing is received: no error tells that there is none.
func (f *Facts) leavesBefore(fn ast.Node, st *ast.AssignStmt, taken []*Op) ast.Node {
	at := map[ast.Node]bool{}
	for _, op := range taken {
		at[op.Anchor], at[flowNode(op.Kind, op.Node)] = true, true
	}
	failed := map[*types.Var]bool{}
	for _, x := range st.Lhs {
		failed[f.Variable(x)] = true
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: st,
		covered: func(n ast.Node) bool { return at[n] },
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			b, ok := e.Cond.(*ast.BinaryExpr)
			return ok && (failed[f.Variable(b.X)] && f.Variable(b.X) != nil || failed[f.Variable(b.Y)] && f.Variable(b.Y) != nil)
		},
	}
	return s.out()
}

// countsUp reports whether the body of a loop steps a variable and compares it.
func (f *Facts) countsUp(loop ast.Stmt) (counts bool) {
	body, _ := bodyOf(loop)
	stepped := map[*types.Var]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		if step, ok := n.(*ast.IncDecStmt); ok {
			stepped[f.Variable(step.X)] = true
		}
		return true
	})
	ast.Inspect(body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok {
			for _, v := range []*types.Var{f.Variable(b.X), f.Variable(b.Y)} {
				counts = counts || v != nil && stepped[v]
			}
		}
		return !counts
	})
	return counts
}
