package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A LostReply is a request that a function answers on some of its ways only.
type LostReply struct {
	Reply   ast.Node // an answer
	Exit    ast.Node // the way out without one
	Receive ast.Node // where the answer is waited for
}

// LostReply says how a function can be done with a request without an answer,
// which this send gives on another way: the channel is a field of the request
// that the function gets, and whoever asked waits for nothing else.
func (f *Facts) LostReply(fn ast.Node, send *ast.SendStmt) *LostReply {
	sel, ok := ast.Unparen(send.Chan).(*ast.SelectorExpr)
	if !ok || f.inTest(send) {
		return nil
	}
	request, c := f.Variable(sel.X), f.Class(send.Chan)
	if request == nil || c == nil || !c.Var.IsField() {
		return nil
	}
	if f.takesBack(c) {
		return nil
	}
	waits := f.waitsForReply(c)
	if waits == nil || f.closesLast(fn, c) || f.opensType(fn, send) || f.firstReply(fn, request, c) != ast.Node(send) {
		return nil
	}
	if exit := f.leavesRequest(fn, request, send); exit != nil {
		return &LostReply{send, exit, waits}
	}
	return nil
}

// takesBack reports whether a function receives what it has sent itself, or a goroutine of it: places of
// a semaphore are no answers.
func (f *Facts) takesBack(c *Class) bool {
	for _, send := range c.Of(Send) {
		for _, receive := range c.Of(Receive) {
			if f.isToken(send.Chan) && functionOf(send.Stack) == functionOf(receive.Stack) && send.Node.Pos() < receive.Node.Pos() {
				return true
			}
		}
	}
	return false
}

// closesLast reports whether a deferred call closes the channel of the request, or a local
// variable that may hold it, whichever way the function leaves.
func (f *Facts) closesLast(fn ast.Node, c *Class) bool {
	closes := false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && len(d.Call.Args) == 1 {
			id, named := ast.Unparen(d.Call.Fun).(*ast.Ident)
			closes = closes || named && f.pkg.Use(id) == types.Universe.Lookup("close") && f.mayHold(fn, d.Call.Args[0], c)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && !closes
	})
	return closes
}

// mayHold reports whether an expression, or the variable that it names, is the channel.
func (f *Facts) mayHold(fn ast.Node, e ast.Expr, c *Class) bool {
	if f.Class(e) == c {
		return true
	}
	v := f.Variable(e)
	if v == nil {
		return false
	}
	holds := false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok && len(assign.Lhs) == len(assign.Rhs) {
			for i, left := range assign.Lhs {
				holds = holds || f.Variable(left) == v && f.Class(assign.Rhs[i]) == c
			}
		}
		return !holds
	})
	return holds
}

// waitsForReply returns a receive from the channel that has no alternative,
// where each of them has none: from the field, or the variable put there.
func (f *Facts) waitsForReply(c *Class) (found ast.Node) {
	for _, op := range c.Of(Receive, Range) {
		if !op.Alone() || op.Kind == Range {
			return nil
		}
		if found == nil || !op.Test {
			found = op.Node
		}
	}
	for _, value := range c.Given {
		t := f.askedBy(f.Variable(value))
		if t == nil {
			return nil
		}
		for _, m := range t {
			if found == nil || !f.inTest(m) {
				found = m
			}
		}
	}
	return found
}

// askedBy returns the receives from a local channel that a request is given, nil
// if one has an alternative.
func (f *Facts) askedBy(v *types.Var) (all []ast.Node) {
	if v == nil || v.Kind() != types.LocalVar {
		return nil
	}
	for _, m := range f.mentions(v) {
		receive, ok := m.around(0).(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW {
			continue
		}
		if _, sel := caseOf(receive, m.stack[:len(m.stack)-1]); sel != nil && len(sel.Body.List) > 1 {
			return nil
		}
		all = append(all, receive)
	}
	return all
}

// firstReply returns the first send or close of a function on the channel of a
// request.
func (f *Facts) firstReply(fn ast.Node, request *types.Var, c *Class) ast.Node {
	for _, op := range c.Of(Send, Close) {
		sel, ok := ast.Unparen(op.Chan).(*ast.SelectorExpr)
		if ok && op.Fn == fn && f.Variable(sel.X) == request {
			return op.Node
		}
	}
	return nil
}

// leavesRequest returns a way out of a function, or of the turn of the loop that
// received the request, on which that is neither answered nor handed on. What
// the request itself decides is left alone: it may want no answer.
func (f *Facts) leavesRequest(fn ast.Node, request *types.Var, send *ast.SendStmt) ast.Node {
	if f.mentions(request) == nil {
		return nil
	}
	if request.Kind() != types.ParamVar {
		return f.nextRequest(fn, request)
	}
	if owner, _ := functionAt(f.mentions(request)[0].stack); owner != fn {
		return nil
	}
	uses := f.usesOfRequest(request)
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: f.clauseStart(fn, request, send),
		covered: func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			lit, isLit := n.(*ast.FuncLit)
			return ok && uses[id] || isLit && f.names(lit, request)
		},
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			return f.decidesAlone(e.Cond, request) || f.decidesAlone(e.Tag, request)
		},
	}
	return s.out()
}

// nextRequest returns what begins the next turn of the loop that takes one request after
// the other from a channel, on a way on which the last is neither answered nor handed on.
func (f *Facts) nextRequest(fn ast.Node, request *types.Var) ast.Node {
	body, first := f.takesRequests(fn, request)
	if first == nil {
		return nil
	}
	uses := f.usesOfRequest(request)
	var way ast.Node
	head := f.headOf(fn, body)
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: first,
		covered: func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			lit, isLit := n.(*ast.FuncLit)
			return ok && uses[id] || isLit && f.names(lit, request)
		},
		crossed: func(from *facts.Block, e facts.Edge) bool {
			if f.decidesAlone(e.Cond, request) || f.decidesAlone(e.Tag, request) {
				return true
			}
			if !f.beginsTurn(e, body) && e.To != head {
				return false
			}
			if way == nil {
				way = lastOf(from, body)
			}
			return true
		},
		leaves: func(*facts.Block) bool { return false },
	}
	if s.from == nil || uses[s.from] {
		return nil
	}
	s.out()
	return way
}

// headOf returns the block in which a turn of a loop without a condition begins.
func (f *Facts) headOf(fn ast.Node, body *ast.BlockStmt) *facts.Block {
	first := f.firstNodeOf(fn, body.List[0])
	if first == nil {
		return nil
	}
	at, ok := f.pkg.Flow(fn).At(first)
	if !ok || at.Index > 0 {
		return nil
	}
	return at.Block
}

// takesRequests returns the body of the loop that takes one request after the other from a
// channel, and what it does first with one: a range over the channel, or a case of a select.
//
//	for { select { case r := <-s.requests: …; case <-s.stop: return } }
func (f *Facts) takesRequests(fn ast.Node, request *types.Var) (body *ast.BlockStmt, first ast.Node) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			if isChan && n.Key != nil && f.Variable(n.Key) == request && len(n.Body.List) > 0 {
				body, first = n.Body, f.firstNodeOf(fn, n.Body.List[0])
			}
		case *ast.CommClause:
			if loops := f.loopsAround(fn, n); f.receivesInto(n, request) && len(loops) > 0 && len(n.Body) > 0 {
				body, _ = bodyOf(loops[len(loops)-1])
				first = n.Comm
			}
		}
		return first == nil
	})
	return body, first
}

// receivesInto reports whether a case of a select receives into a new variable.
func (f *Facts) receivesInto(clause *ast.CommClause, v *types.Var) bool {
	st, ok := clause.Comm.(*ast.AssignStmt)
	return ok && st.Tok == token.DEFINE && receiveOf(st) != nil && f.Variable(st.Lhs[0]) == v
}

// usesOfRequest returns the mentions of a request by which it is answered or handed on.
func (f *Facts) usesOfRequest(request *types.Var) map[ast.Node]bool {
	uses := map[ast.Node]bool{}
	for _, m := range f.mentions(request) {
		sel, ok := m.around(0).(*ast.SelectorExpr)
		if _, isChan := f.pkg.TypeOf(m.id).Underlying().(*types.Chan); !ok || isChan || f.isReplyField(sel) {
			uses[m.id] = true
		}
	}
	return uses
}

// isReplyField reports whether a selector names a channel, or a method.
func (f *Facts) isReplyField(sel *ast.SelectorExpr) bool {
	t := f.pkg.TypeOf(sel)
	if t == nil {
		return true
	}
	switch t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return true
	}
	return false
}

// clauseStart returns the first node of the clause around an answer, of a switch
// that asks the request, or tells kinds of messages apart by their types; nil if there
// is none.
func (f *Facts) clauseStart(fn ast.Node, request *types.Var, send *ast.SendStmt) (start ast.Node) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		var body *ast.BlockStmt
		switch s := n.(type) {
		case *ast.SwitchStmt:
			if s.Tag != nil && f.names(s.Tag, request) {
				body = s.Body
			}
		case *ast.TypeSwitchStmt:
			body = s.Body
		}
		if body == nil {
			return true
		}
		for _, c := range body.List {
			clause := c.(*ast.CaseClause)
			if clause.Pos() <= send.Pos() && send.End() <= clause.End() && clause.Body[0] != ast.Stmt(send) {
				start = f.firstNodeOf(fn, clause.Body[0])
			}
		}
		return true
	})
	return start
}

// opensType reports whether an answer is the first that a clause of a type switch does:
// that kind of message is always answered.
func (f *Facts) opensType(fn ast.Node, send *ast.SendStmt) (opens bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSwitchStmt); ok {
			for _, c := range s.Body.List {
				clause := c.(*ast.CaseClause)
				opens = opens || len(clause.Body) > 0 && clause.Body[0] == ast.Stmt(send)
			}
		}
		return !opens
	})
	return opens
}

// firstNodeOf returns the first node of the flow that a statement evaluates.
func (f *Facts) firstNodeOf(fn ast.Node, st ast.Stmt) ast.Node {
	s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: st}
	f.startsAt(s)
	return s.from
}

// decidesAlone reports whether a condition is about nothing but the request.
func (f *Facts) decidesAlone(cond ast.Expr, request *types.Var) bool {
	if cond == nil || !f.names(cond, request) {
		return false
	}
	vars := map[types.Object]bool{}
	f.variablesIn(cond, vars)
	for v := range vars {
		if field, ok := v.(*types.Var); v != types.Object(request) && !(ok && field.IsField()) {
			return false
		}
	}
	return true
}
