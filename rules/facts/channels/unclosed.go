package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// unclosed is about a range over the channel of a field, by a function that gives back
// what it has gathered: it never gets there, since only goroutines of the package send,
// all of which can end, and nobody closes.
func (f *Facts) unclosed(loop *ast.RangeStmt) *Unserved {
	c, op := f.classOfOp(loop)
	if c == nil || op.Test || op.Defer != nil || c.Serves || c.Nil || len(c.Makes) == 0 || len(c.Of(Close)) > 0 {
		return nil
	}
	if f.runsAlone(op.Fn) || f.leavesRange(loop) || !f.gathers(op.Fn, loop) {
		return nil
	}
	var by *Unserved
	for _, send := range c.Of(Send) {
		th := f.endingThread(send.Fn, send.Node, 3)
		if send.Test || send.Defer != nil || th == nil {
			return nil
		}
		if by == nil {
			by = &Unserved{By: th}
		}
	}
	return by
}

// endingThread returns a goroutine that does what stands at a node of a function, itself or through
// so many calls, if nobody but such goroutines does, and each can come to its end behind.
//
//	func (p *pool) work() { defer p.wg.Done(); for j := range p.jobs { p.try(j) } } // and try sends
func (f *Facts) endingThread(fn, at ast.Node, depth int) *Thread {
	if !f.comesToEnd(fn, at) {
		return nil
	}
	if starts := f.startedOnly(fn); len(starts) > 0 {
		return &Thread{Start: starts[0].stmt, Fn: fn}
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || depth == 0 || !f.onlyCalled(decl) {
		return nil
	}
	var first *Thread
	for _, call := range f.callsOf(decl) {
		around := f.around(call)
		if around == nil || f.pkg.InTest(call.Pos()) {
			return nil
		}
		th := f.endingThread(around, call, depth-1)
		if th == nil {
			return nil
		}
		if first == nil {
			first = th
		}
	}
	return first
}

// unclosedOnPath is the same where the one goroutine that sends closes the channel, too, but
// can end without:
//
//	for { l, err := r.next(); if err == io.EOF { break }; if err != nil { r.err = err; return }; r.lines <- l }
//	close(r.lines)
func (f *Facts) unclosedOnPath(loop *ast.RangeStmt) *Unserved {
	c, op := f.classOfOp(loop)
	if c == nil || op.Test || op.Defer != nil || c.Serves || c.Nil || c.Replaced || len(c.Makes) == 0 || len(c.Of(Close)) == 0 || f.leavesRange(loop) {
		return nil
	}
	home := f.runs(c.Of(Close)[0])
	starts := f.startedOnly(home)
	if len(starts) != 1 || home == op.Fn {
		return nil
	}
	at := map[ast.Node]bool{}
	for _, end := range c.Of(Send, Close) {
		if f.runs(end) != home {
			return nil
		}
		if end.Kind == Close {
			at[end.Node] = true
		}
		if end.Kind == Close && end.Defer != nil {
			at[end.Defer] = true
		}
	}
	s := &search{
		f: f, fn: home, flow: f.pkg.Flow(home),
		covered: func(n ast.Node) bool { return at[n] },
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			clause, ok := e.Case.(*ast.CommClause)
			return ok && clause.Comm != nil && receiveOf(clause.Comm) != nil
		},
	}
	exit := s.out()
	if exit == nil || s.lost {
		return nil
	}
	return &Unserved{By: &Thread{Start: starts[0].stmt, Fn: home}, Exit: exit}
}

// classOfOp returns the operation at a node, and its class.
func (f *Facts) classOfOp(n ast.Node) (*Class, *ClassOp) {
	for _, c := range f.classes() {
		for _, op := range c.Ops {
			if op.Node == n {
				return c, op
			}
		}
	}
	return nil, nil
}

// gathers reports whether a function returns, behind a loop, what the loop sets, or a caller of
// it does: a function without results that is called by its name.
func (f *Facts) gathers(fn ast.Node, loop *ast.RangeStmt) bool {
	set := f.setByLoop(loop)
	if len(set) == 0 {
		return false
	}
	if f.returnsOneOf(fn, loop.End(), set) {
		return true
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Type.Results != nil {
		return false
	}
	calls := f.callsOf(decl)
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(call *ast.CallExpr) bool {
		around := f.around(call)
		return around == nil || !f.returnsOneOf(around, call.End(), set)
	})
}

// setByLoop returns the variables and fields that the body of a loop sets, or entries of which
// it sets; those of the loop's own aside.
func (f *Facts) setByLoop(loop *ast.RangeStmt) map[types.Object]bool {
	set := map[types.Object]bool{}
	note := func(x ast.Expr) {
		x = ast.Unparen(x)
		if index, ok := x.(*ast.IndexExpr); ok {
			x = ast.Unparen(index.X)
		}
		obj := f.namedBy(x)
		if v, ok := obj.(*types.Var); ok && v.Kind() != types.PackageVar && (v.Pos() < loop.Pos() || loop.End() <= v.Pos()) {
			set[obj] = true
		}
	}
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		eachSet(n, note)
		return true
	})
	return set
}

// namedBy returns the variable or field that an expression names.
func (f *Facts) namedBy(x ast.Expr) types.Object {
	switch x := x.(type) {
	case *ast.Ident:
		return f.pkg.Use(x)
	case *ast.SelectorExpr:
		return f.pkg.Use(x.Sel)
	}
	return nil
}

// returnsOneOf reports whether a return of a function behind a position has one of some
// variables and fields in it, or gives a result back that is one.
func (f *Facts) returnsOneOf(fn ast.Node, behind token.Pos, set map[types.Object]bool) (does bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || does {
			return false
		}
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || ret.Pos() < behind {
			return true
		}
		does = does || len(ret.Results) == 0 && f.resultOneOf(fn, set)
		for _, x := range ret.Results {
			f.pkg.Inspect(x, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				does = does || ok && set[f.namedBy(e)]
				return !does
			})
		}
		return !does
	})
	return does
}

// resultOneOf reports whether a result of a function has a name that is one of some variables.
func (f *Facts) resultOneOf(fn ast.Node, set map[types.Object]bool) bool {
	sig := f.signatureOf(fn)
	for i := 0; sig != nil && i < sig.Results().Len(); i++ {
		if set[sig.Results().At(i)] {
			return true
		}
	}
	return false
}

// signatureOf returns the signature of a function or literal.
func (f *Facts) signatureOf(fn ast.Node) *types.Signature {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		if obj, ok := f.pkg.Def(fn.Name).(*types.Func); ok {
			return obj.Signature()
		}
	case *ast.FuncLit:
		sig, _ := f.pkg.TypeOf(fn).(*types.Signature)
		return sig
	}
	return nil
}

// comesToEnd reports whether a function ends on some way behind one of its nodes.
func (f *Facts) comesToEnd(fn, at ast.Node) bool {
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: at,
		covered: func(ast.Node) bool { return false },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.flow != nil && s.out() != nil && !s.lost
}
