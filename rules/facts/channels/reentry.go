package channels

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// findReentries looks at functions that are sent to one goroutine, which runs them: one that
// sends there itself waits for the goroutine that is just running it.
//
//	func (a *Actor) Do(f func()) { a.inbox <- f } // run: for f := range a.inbox { f() }
//	a.Do(func() { a.Do(g) })
func (f *Facts) findReentries(c *Class) {
	ch, ok := c.Var.Type().Underlying().(*types.Chan)
	if !ok {
		return
	}
	if _, isFunc := ch.Elem().Underlying().(*types.Signature); !isFunc || c.Takes || c.Nil || c.Replaced {
		return
	}
	if room, known := f.Room(c); !known || room > 0 {
		return
	}
	by := f.runsReceived(c)
	if by == nil {
		return
	}
	posts := f.postsTo(c)
	for decl, params := range posts {
		for _, call := range f.callsOf(decl) {
			if !f.inTest(call) {
				f.reentriesOf(call, params, posts, by)
			}
		}
	}
}

// runsReceived returns the receive from the channels of a class, if one function alone receives,
// runs as one goroutine for each, and calls there what it has received.
func (f *Facts) runsReceived(c *Class) ast.Node {
	receives := c.Of(Receive, Range)
	if len(receives) != 1 {
		return nil
	}
	r := receives[0]
	starts := f.startedOnly(r.Fn)
	if r.Test || len(starts) != 1 || len(loopsOf(starts[0].stack)) > 0 || !f.inLoopOfOwn(receives) {
		return nil
	}
	v := f.receivedInto(r)
	if v == nil {
		return nil
	}
	for _, call := range f.callsIn(r.Fn) {
		if f.Variable(call.Fun) == v {
			return r.Node
		}
	}
	return nil
}

// receivedInto returns the local variable that takes what is received.
func (f *Facts) receivedInto(r *ClassOp) *types.Var {
	if loop, ok := r.Node.(*ast.RangeStmt); ok {
		if loop.Key == nil {
			return nil
		}
		return f.Variable(loop.Key)
	}
	if len(r.Stack) == 0 {
		return nil
	}
	st, ok := r.Stack[len(r.Stack)-1].(*ast.AssignStmt)
	if !ok {
		return nil
	}
	return f.Variable(st.Lhs[0])
}

// postsTo returns the methods that send, with no alternative, a function on the channel of their
// receiver, and the parameters that so come to be called by the goroutine.
func (f *Facts) postsTo(c *Class) map[*ast.FuncDecl][]*types.Var {
	posts := map[*ast.FuncDecl][]*types.Var{}
	for _, op := range c.Of(Send) {
		decl, ok := op.Fn.(*ast.FuncDecl)
		if !ok || !op.Alone() || op.Defer != nil || op.Test || !f.ofReceiver(decl, op.Chan) {
			continue
		}
		value := op.Node.(*ast.SendStmt).Value
		if v := f.Variable(value); v != nil && v.Kind() == types.ParamVar {
			posts[decl] = append(posts[decl], v)
		}
		if lit, ok := ast.Unparen(value).(*ast.FuncLit); ok {
			for _, call := range f.callsIn(lit) {
				if v := f.Variable(call.Fun); v != nil && v.Kind() == types.ParamVar {
					posts[decl] = append(posts[decl], v)
				}
			}
		}
	}
	return posts
}

// reentriesOf notes the calls, in the literals that a call posts, that post to the same object.
func (f *Facts) reentriesOf(call *ast.CallExpr, params []*types.Var, posts map[*ast.FuncDecl][]*types.Var, by ast.Node) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	to, ok := f.nameOf(sel.X)
	if !ok {
		return
	}
	w := &tracer{f: f}
	for _, arg := range call.Args {
		lit, isLit := ast.Unparen(arg).(*ast.FuncLit)
		param, _ := w.parameter(arg, call)
		if !isLit || param == nil || !slices.Contains(params, param) {
			continue
		}
		for _, inner := range f.callsIn(lit) {
			if send := f.postsAgain(inner, to, posts, 0); send != nil && f.selfWaits[inner] == nil {
				f.selfWaits[inner] = &SelfWait{inner, send, by}
			}
		}
	}
}

// postsAgain returns the call by which another one comes to post to an object.
func (f *Facts) postsAgain(call *ast.CallExpr, to onceName, posts map[*ast.FuncDecl][]*types.Var, depth int) ast.Node {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	decl := f.pkg.Body(call)
	if !ok || decl == nil || depth > deepest {
		return nil
	}
	at, named := f.nameOf(sel.X)
	if !named || at.root != to.root {
		return nil
	}
	if _, post := posts[decl]; post && at == to {
		return call
	}
	rest, ok := strings.CutPrefix(to.path, at.path)
	if owner := f.ownerIn(decl); ok && owner != nil {
		for _, inner := range f.callsIn(decl) {
			if found := f.postsAgain(inner, onceName{owner, rest}, posts, depth+1); found != nil {
				return found
			}
		}
	}
	return nil
}
