package channels

import (
	"go/ast"
	"go/types"

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
		starts := f.startedOnly(send.Fn)
		if send.Test || send.Defer != nil || len(starts) == 0 || !f.comesToEnd(send) {
			return nil
		}
		if by == nil {
			by = &Unserved{By: &Thread{Start: starts[0].stmt, Fn: send.Fn}}
		}
	}
	return by
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

// gathers reports whether a function returns, behind a loop, a variable that the loop
// sets.
func (f *Facts) gathers(fn ast.Node, loop *ast.RangeStmt) (does bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || does {
			return false
		}
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || ret.Pos() < loop.End() {
			return true
		}
		for _, x := range ret.Results {
			v := f.Variable(x)
			does = does || v != nil && !v.IsField() && v.Kind() != types.PackageVar && f.setsIn(loop.Body, v)
		}
		return !does
	})
	return does
}

// setsIn reports whether a block sets a variable.
func (f *Facts) setsIn(body *ast.BlockStmt, v *types.Var) (sets bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				sets = sets || f.Variable(x) == v
			}
		case *ast.IncDecStmt:
			sets = sets || f.Variable(n.X) == v
		}
		return !sets
	})
	return sets
}

// comesToEnd reports whether the function of a send ends on some way behind it.
func (f *Facts) comesToEnd(op *ClassOp) bool {
	s := &search{
		f: f, fn: op.Fn, flow: f.pkg.Flow(op.Fn), from: op.Node,
		covered: func(ast.Node) bool { return false },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.flow != nil && s.out() != nil && !s.lost
}
