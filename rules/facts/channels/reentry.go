package channels

import (
	"go/ast"
	"go/types"
	"maps"
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
	if !ok || !carriesFunc(ch.Elem()) || c.Takes || c.Nil || c.Replaced {
		return
	}
	by, many := f.runsReceived(c)
	if by == nil {
		return
	}
	p := &posting{f: f, by: by, many: many, posts: f.postsTo(c)}
	if room, known := f.Room(c); !known || room > 0 {
		p.awaited = true // a post alone finds room
	}
	for _, decl := range inOrder(p.posts) {
		for _, call := range f.callsOf(decl) {
			if !f.inTest(call) {
				p.reentriesOf(call, p.posts[decl])
			}
		}
	}
}

// inOrder returns the functions that post as the text has them.
func inOrder(posts map[*ast.FuncDecl][]*types.Var) []*ast.FuncDecl {
	return slices.SortedFunc(maps.Keys(posts), func(a, b *ast.FuncDecl) int { return int(a.Pos() - b.Pos()) })
}

// A posting is what is known of a channel by which functions come to the goroutines that
// run them.
type posting struct {
	f       *Facts
	by      ast.Node                       // the receive
	many    bool                           // several goroutines take turns
	awaited bool                           // only who waits for the end of what he has posted waits
	posts   map[*ast.FuncDecl][]*types.Var // the methods that post, and the parameters that are run
}

// carriesFunc reports whether a value is a function, or a struct with one in a field.
func carriesFunc(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Struct:
		for field := range t.Fields() {
			if _, ok := field.Type().Underlying().(*types.Signature); ok {
				return true
			}
		}
	}
	return false
}

// runsReceived returns the receive from the channels of a class, if one function alone receives,
// runs as a goroutine, or as several, and calls there what it has received.
func (f *Facts) runsReceived(c *Class) (by ast.Node, many bool) {
	receives := c.Of(Receive, Range)
	if len(receives) != 1 {
		return nil, false
	}
	r := receives[0]
	starts := f.startedOnly(r.Fn)
	if r.Test || len(starts) != 1 || !f.inLoopOfOwn(receives) {
		return nil, false
	}
	v := f.receivedInto(r)
	if v == nil {
		return nil, false
	}
	for _, call := range f.callsIn(r.Fn) {
		if f.Variable(call.Fun) == v || f.funcOf(call.Fun) == v {
			return r.Node, len(loopsOf(starts[0].stack)) > 0
		}
	}
	return nil, false
}

// funcOf returns the variable of which an expression is a field that holds a function.
func (f *Facts) funcOf(x ast.Expr) *types.Var {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if v, isVar := f.pkg.ObjectOf(sel.Sel).(*types.Var); !isVar || !v.IsField() {
		return nil
	}
	return f.Variable(sel.X)
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
// receiver, or call one that does, and the parameters that so come to be called by the goroutine.
func (f *Facts) postsTo(c *Class) map[*ast.FuncDecl][]*types.Var {
	posts := map[*ast.FuncDecl][]*types.Var{}
	for _, op := range c.Of(Send) {
		decl, ok := op.Fn.(*ast.FuncDecl)
		if ok && op.Alone() && op.Defer == nil && !op.Test && f.ofReceiver(decl, op.Chan) {
			posts[decl] = append(posts[decl], f.runParams(decl, op.Node.(*ast.SendStmt).Value)...)
		}
	}
	for range deepest {
		f.postsThrough(posts)
	}
	return posts
}

// postsThrough adds the methods that hand a parameter of theirs, or a literal that calls one, to
// a method of the same receiver that posts it.
func (f *Facts) postsThrough(posts map[*ast.FuncDecl][]*types.Var) {
	w := &tracer{f: f}
	for _, post := range inOrder(posts) {
		for _, call := range f.callsOf(post) {
			decl, ok := f.around(call).(*ast.FuncDecl)
			if _, known := posts[decl]; !ok || known || f.inTest(call) || !f.onReceiver(decl, call) {
				continue
			}
			for _, arg := range call.Args {
				if param, _ := w.parameter(arg, call); param != nil && slices.Contains(posts[post], param) {
					if run := f.runParams(decl, arg); len(run) > 0 {
						posts[decl] = run
					}
				}
			}
		}
	}
}

// runParams returns the parameters of a function that come to be called where a value is: they
// are it, or a part of the struct that it is, or a literal calls them.
func (f *Facts) runParams(decl *ast.FuncDecl, value ast.Expr) (params []*types.Var) {
	value = ast.Unparen(value)
	if addr, ok := value.(*ast.UnaryExpr); ok {
		value = ast.Unparen(addr.X)
	}
	switch value := value.(type) {
	case *ast.Ident:
		v := f.Variable(value)
		if v != nil && v.Kind() == types.ParamVar {
			return []*types.Var{v}
		}
		if made := f.valueOf(v); made != nil && made != ast.Expr(value) {
			return f.runParams(decl, made)
		}
	case *ast.CompositeLit:
		for _, part := range value.Elts {
			if kv, ok := part.(*ast.KeyValueExpr); ok {
				part = kv.Value
			}
			if _, isFunc := f.pkg.TypeOf(part).Underlying().(*types.Signature); isFunc {
				params = append(params, f.runParams(decl, part)...)
			}
		}
	case *ast.FuncLit:
		for _, call := range f.callsIn(value) {
			if v := f.Variable(call.Fun); v != nil && v.Kind() == types.ParamVar {
				params = append(params, v)
			}
		}
	}
	return params
}

// valueOf returns the value of a local variable that is set once, nil for another.
func (f *Facts) valueOf(v *types.Var) ast.Expr {
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return nil
	}
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			return value
		}
	}
	return nil
}

// reentriesOf notes the calls, in the literals that a call posts, that post to the same object.
func (p *posting) reentriesOf(call *ast.CallExpr, params []*types.Var) {
	f := p.f
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
		if param, _ := w.parameter(arg, call); param == nil || !slices.Contains(params, param) {
			continue
		}
		fn, as := p.posted(arg, to)
		if fn == nil {
			continue
		}
		for _, inner := range f.callsIn(fn) {
			if again := p.postsAgain(inner, as, false, 0); again != nil {
				p.note(call, inner, again)
			}
		}
	}
}

// posted returns the function that an argument is, a literal or the method of a value, and
// the name that it has for the object to which it is posted.
func (p *posting) posted(arg ast.Expr, to onceName) (ast.Node, onceName) {
	switch arg := ast.Unparen(arg).(type) {
	case *ast.FuncLit:
		return arg, to
	case *ast.SelectorExpr:
		decl := p.f.pkg.Body(&ast.CallExpr{Fun: arg})
		at, named := p.f.nameOf(arg.X)
		if decl == nil || !named || at.root != to.root {
			return nil, to
		}
		rest, ok := strings.CutPrefix(to.path, at.path)
		if owner := p.f.ownerIn(decl); ok && owner != nil {
			return decl, onceName{owner, rest}
		}
	}
	return nil, to
}

// note keeps what was found: one goroutine waits for itself; of several, all can wait for
// one that is free.
func (p *posting) note(call, inner *ast.CallExpr, again ast.Node) {
	switch {
	case !p.many && p.f.selfWaits[inner] == nil:
		p.f.selfWaits[inner] = &SelfWait{inner, again, p.by}
	case p.many && p.f.nestedPosts[call] == nil:
		p.f.nestedPosts[call] = &NestedLimit{inner, again}
	}
}

// postsAgain returns the call by which another one comes to post to an object; waits is set
// where somebody on the way waits for what is posted.
func (p *posting) postsAgain(call *ast.CallExpr, to onceName, waits bool, depth int) ast.Node {
	f := p.f
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	decl := f.pkg.Body(call)
	if !ok || decl == nil || depth > deepest {
		return nil
	}
	at, named := f.nameOf(sel.X)
	if !named || at.root != to.root {
		return nil
	}
	waits = waits || f.awaitsPosted(decl)
	if _, post := p.posts[decl]; post && at == to && (waits || !p.awaited) {
		return call
	}
	rest, ok := strings.CutPrefix(to.path, at.path)
	if owner := f.ownerIn(decl); ok && owner != nil {
		for _, inner := range f.callsIn(decl) {
			if found := p.postsAgain(inner, onceName{owner, rest}, waits, depth+1); found != nil {
				return found
			}
		}
	}
	return nil
}

// awaitsPosted reports whether a function waits, with no alternative, for a word that only a
// literal gives which it hands on: what it has posted runs to its end meanwhile.
func (f *Facts) awaitsPosted(decl *ast.FuncDecl) (waits bool) {
	given := map[*types.Var]bool{}
	f.pkg.PreorderStack(decl.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		fn, at := functionAt(stack)
		_, inLit := fn.(*ast.FuncLit)
		switch n := n.(type) {
		case *ast.CallExpr:
			if inLit && at > 0 && f.isBuiltin(n, "close") && isArgument(stack, at) {
				given[f.Variable(n.Args[0])] = true
			}
		case *ast.SendStmt:
			if inLit && at > 0 && isArgument(stack, at) {
				given[f.Variable(n.Chan)] = true
			}
		case *ast.UnaryExpr:
			_, clause := stack[len(stack)-1].(*ast.CommClause)
			v := f.Variable(n.X)
			waits = waits || !inLit && isArrow(n) && v != nil && v.Kind() == types.LocalVar && given[v] && !clause && !inSelect(stack)
		}
		return true
	})
	return waits
}

// isArgument reports whether the literal at stack[at] is handed to a call.
func isArgument(stack []ast.Node, at int) bool {
	call, ok := stack[at-1].(*ast.CallExpr)
	return ok && call.Fun != stack[at]
}

// inSelect reports whether a select stands around a node.
func inSelect(stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.SelectStmt); return ok })
}
