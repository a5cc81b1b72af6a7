package channels

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// A HalfClosed is a receive from a channel that the function which makes it closes on
// some ways out only: whoever has got hold of it meanwhile waits for ever on the others.
//
//	c := &call{done: make(chan struct{})}
//	calls[key] = c
//	if c.err = fn(); c.err != nil { return c.err } // others wait for c.done
//	close(c.done)
type HalfClosed struct {
	Make, Close, Exit ast.Node
	Ran               bool // by a goroutine that is given it
	Handed            bool // by who has got it from the function that makes it
}

// HalfClosed says so of a bare receive from the channel of a field; nil if every way out
// closes it, or somebody else may.
func (f *Facts) HalfClosed(receive ast.Node, ch ast.Expr) *HalfClosed {
	c := f.Class(ch)
	if c == nil || c.Serves || c.Nil || len(c.Makes) != 1 || len(c.Of(Send)) > 0 {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == receive })
	closes := c.Of(Close)
	if i < 0 || !c.Ops[i].Alone() || len(closes) == 0 || c.Ops[i].Test != closes[0].Test {
		return nil
	}
	if half := f.closedByRunner(c); half != nil {
		return half
	}
	made := c.Makes[0]
	home := f.around(made)
	v, published := f.ownerMade(home, made)
	if c.Replaced {
		v, published = f.ownField(home, made, closes)
	}
	if v == nil || published == nil {
		return nil
	}
	var theirs func(ast.Node) bool
	if !c.Replaced && !slices.ContainsFunc(closes, func(end *ClassOp) bool { return end.Fn == home || f.runs(end) == home }) {
		if got := f.gotOwner(home, v); got != nil {
			home, v, published, theirs = got.by, got.owner, got.set, got.theirs
		}
	}
	at := map[ast.Node]bool{}
	for _, end := range closes {
		if calls := f.closedThrough(end, home, v); calls != nil {
			maps.Copy(at, calls)
			continue
		}
		sel, ok := ast.Unparen(end.Chan).(*ast.SelectorExpr)
		if !ok || end.Fn != home && f.runs(end) != home || f.Variable(sel.X) != v {
			return nil
		}
		at[end.Node] = true
		if end.Defer != nil {
			at[end.Defer] = true
		}
	}
	s := &search{f: f, fn: home, flow: f.pkg.Flow(home), from: published, covered: func(n ast.Node) bool { return at[n] || !c.Replaced && f.goesOn(n, v) || theirs != nil && theirs(n) }}
	if exit := s.out(); exit != nil {
		return &HalfClosed{Make: made, Close: closes[0].Node, Exit: exit, Handed: home != f.around(made)}
	}
	return nil
}

// closedThrough returns the calls, and what defers them, by which a function has a helper close the channel
// of an owner, if that does so always, and for nobody else.
//
//	func (g *group) finish(key string, c *call) { g.mu.Lock(); delete(g.calls, key); g.mu.Unlock(); close(c.done) }
func (f *Facts) closedThrough(end *ClassOp, home ast.Node, owner *types.Var) map[ast.Node]bool {
	decl, ok := end.Fn.(*ast.FuncDecl)
	if !ok || end.Fn == home || !f.onlyCalled(decl) || len(conditionsAround(decl, end.Node)) > 0 || !f.surelyDoes(decl, end.Node) {
		return nil
	}
	i := f.parameterIndex(decl, f.Variable(f.Root(end.Chan)))
	at := map[ast.Node]bool{}
	for _, call := range f.callsOf(decl) {
		if i < 0 || i >= len(call.Args) || f.around(call) != home || f.Variable(call.Args[i]) != owner {
			return nil
		}
		at[call] = true
		if stack := f.stackOf(home, call); len(stack) > 0 {
			if d, deferred := stack[len(stack)-1].(*ast.DeferStmt); deferred {
				at[d] = true
			}
		}
	}
	return at
}

// ownerMade returns the variable that holds the new struct whose field a make fills, and
// the statement that puts it where others can see it: into a map or a field.
func (f *Facts) ownerMade(home ast.Node, made *ast.CallExpr) (v *types.Var, published ast.Node) {
	if home == nil {
		return nil, nil
	}
	for _, around := range f.stackOf(home, made) {
		if st, ok := around.(*ast.AssignStmt); ok && len(st.Lhs) == 1 && len(st.Rhs) == 1 {
			v = f.Variable(st.Lhs[0])
		}
	}
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return nil, nil
	}
	for _, m := range f.mentions(v) {
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(st.Lhs) != 1 || len(st.Rhs) != 1 || ast.Unparen(st.Rhs[0]) != ast.Expr(m.id) {
			continue
		}
		if published == nil {
			published = st
		}
	}
	return v, published
}

// ownField returns the receiver whose field a method fills with a new channel, and the
// assignment by which it does, if a close comes after that, and no loop comes back.
//
//	o.ready = make(chan struct{})
//	if o.val, err = f(); err != nil { return err } // others wait for o.ready
//	close(o.ready)
func (f *Facts) ownField(home ast.Node, made *ast.CallExpr, closes []*ClassOp) (v *types.Var, published ast.Node) {
	if home == nil || len(f.loopsAround(home, made)) > 0 {
		return nil, nil
	}
	stack := f.stackOf(home, made)
	if len(stack) == 0 {
		return nil, nil
	}
	st, ok := stack[len(stack)-1].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 {
		return nil, nil
	}
	sel, ok := ast.Unparen(st.Lhs[0]).(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	if v = f.Variable(sel.X); v == nil || v.Kind() != types.RecvVar {
		return nil, nil
	}
	for _, end := range closes {
		at := end.Node
		if end.Defer != nil {
			at = end.Defer
		}
		if after, _ := f.pkg.Flow(home).Follows(st, at); !after {
			return nil, nil
		}
	}
	return v, st
}

// goesOn reports whether a node hands a variable to another call, or starts a literal
// that has it: who gets it may close what it holds.
func (f *Facts) goesOn(n ast.Node, v *types.Var) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if _, builtin := f.pkg.Callee(n).(*types.Builtin); builtin {
			return false
		}
		return slices.ContainsFunc(n.Args, func(arg ast.Expr) bool { return f.Variable(arg) == v }) || f.onVariable(n, v)
	case *ast.FuncLit:
		return f.names(n, v)
	case *ast.ReturnStmt:
		return slices.ContainsFunc(n.Results, func(x ast.Expr) bool { return f.Variable(x) == v })
	case *ast.SendStmt:
		return f.Variable(n.Value) == v
	}
	return false
}

// onVariable reports whether a call is of a method of a variable.
func (f *Facts) onVariable(call *ast.CallExpr, v *types.Var) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && f.Variable(sel.X) == v
}
