package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

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
	for _, made := range f.streamsOf(decl) {
		if !f.givenNoEnd(call, made.ctx) {
			continue
		}
		if exit := f.leavesStream(fn, call, made); exit != nil {
			return &Stream{call, made.send, exit}
		}
	}
	return nil
}

// A streamMade is a result of a function that is a stream.
type streamMade struct {
	result int
	send   *Op
	ctx    *types.Var // the parameter whose end alone ends the send, nil if nothing does
	closed bool       // the goroutine, or another, closes it
	trace  *Trace     // of the channel
	left   ast.Node   // how the goroutine, which alone closes it, can end without; nil: it can't
}

// streamsOf returns which results of a function are streams.
func (f *Facts) streamsOf(decl *ast.FuncDecl) []streamMade {
	if f.streams == nil {
		f.streams = map[*ast.FuncDecl][]streamMade{}
	}
	made, ok := f.streams[decl]
	if !ok {
		made = f.findStreams(decl)
		f.streams[decl] = made
	}
	return made
}

func (f *Facts) findStreams(decl *ast.FuncDecl) (made []streamMade) {
	if decl.Type.Results == nil {
		return nil
	}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		_, literal := n.(*ast.FuncLit)
		for i := 0; ok && i < len(ret.Results); i++ {
			known := slices.ContainsFunc(made, func(m streamMade) bool { return m.result == i })
			v := f.Variable(ret.Results[i])
			if send, ctx, closed := f.streamIn(v); send != nil && !known {
				made = append(made, streamMade{i, send, ctx, closed, f.returnedTrace(v), f.streamLeft(v, send)})
			}
		}
		return !literal
	})
	return made
}

// givenNoEnd reports whether nothing ends the context that a call gives for a parameter:
// it is the background.
func (f *Facts) givenNoEnd(call *ast.CallExpr, ctx *types.Var) bool {
	if ctx == nil {
		return true
	}
	w := &tracer{f: f}
	for _, arg := range call.Args {
		if param, _ := w.parameter(arg, call); param == ctx {
			return f.background(arg)
		}
	}
	return false
}

// background reports whether an expression is a context that never ends, or a local
// variable that holds nothing else.
func (f *Facts) background(x ast.Expr) bool {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		return f.isCallOf(call, "context.Background") || f.isCallOf(call, "context.TODO")
	}
	v := f.Variable(x)
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return false
	}
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			call, ok := ast.Unparen(value).(*ast.CallExpr)
			return ok && f.background(call)
		}
	}
	return false
}

// streamIn returns the send of the goroutine that a local channel is for, if the
// function around only returns it else: a bare one, or one that nothing but the end of
// a context ends, which the function gets.
func (f *Facts) streamIn(v *types.Var) (found *Op, ctx *types.Var, closed bool) {
	t := f.returnedTrace(v)
	if t == nil {
		return nil, nil, false
	}
	size, known := f.Capacity(t)
	if t.Unknown != nil || !known || len(t.Of(Receive, Range)) > 0 {
		return nil, nil, false
	}
	for _, op := range t.Of(Send) {
		if op.Thread.In != t.Home || op.Deferred != nil || size > 0 && !f.fillsUp(t, op) {
			return nil, nil, false
		}
		if !op.Alone() {
			if ctx = f.onlyEndedBy(op.Select, op.Case); ctx == nil {
				return nil, nil, false
			}
		}
		if found == nil || f.repeats(op) {
			found = op
		}
	}
	return found, ctx, len(t.Of(Close)) > 0
}

// onlyEndedBy returns the parameter of a declared function that is the context whose end
// alone can end a select in place of one of its cases.
func (f *Facts) onlyEndedBy(s *ast.SelectStmt, but *ast.CommClause) (ctx *types.Var) {
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause == but {
			continue
		}
		receive := receiveOf(clause.Comm)
		if receive == nil || ctx != nil || !f.isOfContext(receive) {
			return nil
		}
		sel, ok := ast.Unparen(ast.Unparen(receive.X).(*ast.CallExpr).Fun).(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		v := f.Variable(sel.X)
		decl, isDecl := f.declAround(s.Pos()).(*ast.FuncDecl)
		if v == nil || v.Kind() != types.ParamVar || !isDecl || f.contextParam(decl) != v || f.sets(v) > 0 {
			return nil
		}
		ctx = v
	}
	return ctx
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
func (f *Facts) leavesStream(fn ast.Node, call *ast.CallExpr, made streamMade) ast.Node {
	result := made.result
	stack := f.stackOf(fn, call)
	if len(stack) == 0 {
		return nil
	}
	switch around := stack[len(stack)-1].(type) {
	case *ast.RangeStmt:
		if around.X == ast.Expr(call) {
			return f.breaksOff(fn, around, made)
		}
	case *ast.UnaryExpr:
		if around.Op == token.ARROW && result == 0 {
			return otherCase(stack[:len(stack)-1], around)
		}
	case *ast.CallExpr:
		if result == 0 {
			return f.leavesHanded(around, call, made)
		}
	case *ast.AssignStmt:
		if len(around.Rhs) == 1 && result < len(around.Lhs) {
			if id, ok := around.Lhs[result].(*ast.Ident); ok && id.Name == "_" {
				return around // nobody ever receives
			}
		}
		if len(around.Rhs) == 1 && around.Tok == token.DEFINE && result < len(around.Lhs) {
			return f.leavesVariable(fn, around, f.Variable(around.Lhs[result]), made)
		}
	}
	return nil
}

// otherCase returns a case that a select can choose in place of a receive: nobody else has
// the channel that is received from.
func otherCase(stack []ast.Node, receive *ast.UnaryExpr) ast.Node {
	_, s := caseOf(receive, stack)
	if s == nil {
		return nil
	}
	for _, c := range s.Body.List {
		if c.Pos() > receive.Pos() || c.End() <= receive.Pos() {
			return c
		}
	}
	return nil
}

// stackOf returns the nodes around a node of a function.
func (f *Facts) stackOf(fn, n ast.Node) (found []ast.Node) {
	f.pkg.PreorderStack(fn, nil, func(m ast.Node, stack []ast.Node) bool {
		if m == n {
			found = append(found, stack...)
		}
		return found == nil && m.Pos() <= n.Pos() && n.End() <= m.End()
	})
	return found
}

// saysAll reports whether an edge is one to which the error leads that comes last in a stream.
func (made streamMade) saysAll(f *Facts, loop ast.Stmt, e facts.Edge) bool {
	if made.trace == nil || made.send.Thread.Many() {
		return false
	}
	i := slices.IndexFunc(made.trace.Ops, func(op *Op) bool { return op.Node == made.send.Node })
	return i >= 0 && f.failsLast(made.trace, made.trace.Ops[i], loop, e)
}

// breaksOff returns a way out of a function from within a range over a channel
// that does not wait for its end.
func (f *Facts) breaksOff(fn ast.Node, loop *ast.RangeStmt, of streamMade) ast.Node {
	if f.countsUp(loop) {
		return nil // who counts may know how many there are
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: loop,
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			return f.ends(from, e, loop) || of.saysAll(f, loop, e)
		},
	}
	return s.out()
}

// leavesVariable is about a stream that a local variable holds, and that is used
// for nothing but to receive from it in this function.
func (f *Facts) leavesVariable(fn ast.Node, st *ast.AssignStmt, v *types.Var, made streamMade) ast.Node {
	send := made.send
	if v == nil || f.sets(v) != 1 {
		return nil
	}
	t := f.receivedFrom(fn, v)
	if t == nil {
		return nil
	}
	taken := t.Of(Receive, Range)
	if len(In(t.Home, taken)) != len(taken) || len(t.Of(Send, Close)) > 0 || len(taken) == 0 {
		return nil
	}
	if exit := f.leavesBefore(fn, st, append(f.toldOfEnd(fn, st, send), taken...), f.takesEach(fn, st, taken, made)); exit != nil {
		return exit
	}
	if len(taken) != 1 || !f.repeats(send) && !send.Thread.Many() {
		return nil
	}
	if !taken[0].Direct() {
		return f.breaksOffThere(taken[0], made)
	}
	if loop, ok := taken[0].Node.(*ast.RangeStmt); ok {
		return f.breaksOff(fn, loop, made)
	}
	if taken[0].Alone() && !f.repeats(taken[0]) {
		s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: taken[0].Node, covered: func(ast.Node) bool { return false }}
		return s.out()
	}
	return nil
}

// leavesBefore returns a way out of a function after a call that has returned a
// stream, on which nothing is received: no error tells that there is none, and no loop that
// takes each value is on it.
func (f *Facts) leavesBefore(fn ast.Node, st *ast.AssignStmt, taken []*Op, each *ast.RangeStmt) ast.Node {
	at := map[ast.Node]bool{}
	if each != nil {
		at[each.X] = true
	}
	for _, op := range taken {
		at[op.Anchor], at[flowNode(op.Kind, op.Node)] = true, true
	}
	maps.Copy(at, f.closedUnasked(fn, st))
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
	f.pkg.Inspect(body, func(n ast.Node) bool {
		if step, ok := n.(*ast.IncDecStmt); ok {
			stepped[f.Variable(step.X)] = true
		}
		return true
	})
	f.pkg.Inspect(body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok {
			for _, v := range []*types.Var{f.Variable(b.X), f.Variable(b.Y)} {
				counts = counts || v != nil && stepped[v]
			}
		}
		return !counts
	})
	return counts
}
