package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// An Unended is a receive from a goroutine that may have ended without a word.
type Unended struct {
	By   ast.Node // the close or send that would end the wait
	Exit ast.Node // how the goroutine can end without: see [facts.Block.Way]
}

// Unended says how a bare receive, from a channel of a field, can wait for ever:
// one function alone sends on it or closes it, only ever runs as a goroutine of
// the package, and can end without having done so, or told of it by another
// channel. What this function itself receives is what it has sent: the place in a limit.
//
//	case r.limit <- struct{}{}:
//		defer func() { <-r.limit }()
func (f *Facts) Unended(fn, receive ast.Node, ch ast.Expr) *Unended {
	c := f.Class(ch)
	if c == nil || c.Serves || c.Nil || len(c.Makes) == 0 {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == receive })
	if i < 0 || !c.Ops[i].Alone() || c.Ops[i].Kind == Range || f.repeats(&Op{Fn: fn, Node: receive}) {
		return nil
	}
	served := c.Of(Send, Close)
	if len(served) == 0 {
		return nil
	}
	by := served[0]
	at := map[ast.Node]bool{}
	for _, op := range served {
		if f.runs(op) != f.runs(by) || op.Test != c.Ops[i].Test || op.Kind == Send && f.repeats(&Op{Fn: op.Fn, Node: op.Node}) {
			return nil
		}
		at[op.Node] = true
		if op.Defer != nil {
			at[op.Defer] = true
		}
	}
	home := f.runs(by)
	if home == fn || contains(home, receive) || len(f.startedOnly(home)) == 0 || f.asksBefore(fn, receive) || f.onceByFlag(home, by.Node) || renews(c, home, by.Node) {
		return nil
	}
	counts := f.lastOfMany(home, by.Node)
	if len(counts) > 0 && !slices.ContainsFunc(counts, f.flowsIn(home)) {
		return nil
	}
	second := f.leavesSecond(home, by.Node)
	s := &search{f: f, fn: home, flow: f.pkg.Flow(home), from: f.bornIn(home, by), covered: func(n ast.Node) bool {
		counted := slices.ContainsFunc(counts, func(count ast.Node) bool { return contains(n, count) })
		return at[n] || counted || f.signal(n) != nil || slices.ContainsFunc(second, func(body *ast.BlockStmt) bool { return contains(body, n) })
	}}
	s.crossed = func(_ *facts.Block, e facts.Edge) bool { return f.findsNil(c, e) }
	if exit := s.out(); exit != nil {
		return &Unended{by.Node, exit}
	}
	return nil
}

// findsNil reports whether an edge is only taken where there is no channel, if whatever makes one
// does so under no condition.
//
//	if d.done != nil { close(d.done) }
func (f *Facts) findsNil(c *Class, e facts.Edge) bool {
	b, ok := e.Cond.(*ast.BinaryExpr)
	if !ok || e.Tag != nil || !f.pkg.IsNil(b.Y) || f.Class(b.X) != c {
		return false
	}
	if e.Truth != (b.Op == token.EQL) || b.Op != token.EQL && b.Op != token.NEQ {
		return false
	}
	return !slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
		fn := f.around(made)
		return fn == nil || len(conditionsAround(fn, made)) > 0
	})
}

// onceByFlag reports whether a node stands under a test of a field that the same branch
// sets: the way around it is for who comes second, and finds it done.
//
//	if !s.closed { s.closed = true; close(s.done) }
func (f *Facts) onceByFlag(fn, n ast.Node) (once bool) {
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		if ok && test.Body.Pos() <= n.Pos() && n.End() <= test.Body.End() {
			asked := f.fieldsIn(test.Cond)
			once = once || slices.ContainsFunc(test.Body.List, func(st ast.Stmt) bool { return f.setsAny(st, asked) })
		}
		return !once
	})
	return once
}

// lastOfMany returns where a function takes one from a count that a condition around a node asks:
// the way from there around the node is for all but the last of those that are counted.
//
//	t.mu.Lock(); defer t.mu.Unlock()
//	t.alive--
//	if t.alive == 0 { close(t.dead) }
func (f *Facts) lastOfMany(fn, n ast.Node) (counts []ast.Node) {
	asked := map[types.Object]bool{}
	for _, cond := range conditionsAround(fn, n) {
		for _, counter := range f.countersOf(cond) {
			counts = append(counts, counter)
		}
		maps.Copy(asked, f.fieldsIn(cond))
	}
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		count, ok := m.(*ast.IncDecStmt)
		if ok && count.Tok == token.DEC && asked[f.field(count.X)] {
			counts = append(counts, count)
		}
		return true
	})
	return counts
}

// flowsIn says of nodes whether a function comes to them itself.
func (f *Facts) flowsIn(fn ast.Node) func(ast.Node) bool {
	flow := f.pkg.Flow(fn)
	return func(n ast.Node) bool {
		_, ok := flow.At(n)
		return ok
	}
}

// leavesSecond returns the bodies in which a function leaves because of a flag that it sets
// further on, before a node: who leaves there is not the first, who goes on to the node.
//
//	if s.closed { return }
//	s.closed = true
//	close(s.done)
func (f *Facts) leavesSecond(fn, n ast.Node) (all []*ast.BlockStmt) {
	body := bodyOfFunc(fn).List
	for _, st := range body {
		test, ok := st.(*ast.IfStmt)
		if !ok || n.Pos() < test.End() || !leavesAtEnd(test.Body) {
			continue
		}
		asked := f.fieldsIn(test.Cond)
		if f.swaps(test.Cond) || slices.ContainsFunc(body, func(st ast.Stmt) bool {
			return test.End() <= st.Pos() && st.Pos() < n.Pos() && f.setsAny(st, asked)
		}) {
			all = append(all, test.Body)
		}
	}
	return all
}

// swaps reports whether a condition changes an atomic flag that it asks.
func (f *Facts) swaps(cond ast.Expr) (swaps bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			fn, ok := f.pkg.Callee(call).(*types.Func)
			swaps = swaps || ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" && strings.Contains(fn.Name(), "Swap")
		}
		return !swaps
	})
	return swaps
}

// renews reports whether a function makes the channel anew behind the close: rounds follow each
// other, which end by whoever comes last.
//
//	if len(s.subs) == 0 { close(s.done); s.done = make(chan struct{}) }
func renews(c *Class, fn, by ast.Node) bool {
	return slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return by.End() <= made.Pos() && made.End() <= fn.End() })
}

// bornIn returns the node of a function that sets the local variable by which it reaches
// the channel of an operation, nil if it has it from the start: what a message brings,
// for r := range s.requests { …; close(r.done) }, is not owed before the message is there.
func (f *Facts) bornIn(home ast.Node, op *ClassOp) (born ast.Node) {
	root := f.Root(op.Chan)
	if root == nil || op.Defer != nil {
		return nil
	}
	v := f.pkg.Use(root)
	for _, b := range f.pkg.Flow(home).Blocks {
		for _, n := range b.Nodes {
			f.pkg.Evaluated(n, func(m ast.Node) bool {
				if id, ok := m.(*ast.Ident); ok && v != nil && f.pkg.Def(id) == v {
					born = n
				}
				return true
			})
		}
	}
	return born
}

// runs returns the function that an operation is part of: that of the defer
// statement that puts it off.
func (f *Facts) runs(op *ClassOp) ast.Node {
	if op.Defer != nil {
		return f.around(op.Defer)
	}
	return op.Fn
}

// asksBefore reports whether a function looks at a field, or at another channel
// by a select, before one of its nodes: it may know whether there is something
// to wait for.
func (f *Facts) asksBefore(fn, n ast.Node) (asks bool) {
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.FuncLit:
			return ast.Node(m) == fn
		case *ast.IfStmt:
			asks = asks || m.Pos() < n.Pos() && (f.asksField(m.Cond) || f.asksCopy(m.Cond, n))
		case *ast.SelectStmt, *ast.SwitchStmt:
			asks = asks || m.Pos() < n.Pos()
		}
		return !asks
	})
	return asks
}

// asksCopy reports whether a condition compares with nil the local variable from which a receive
// has its channel: a copy of the field.
//
//	done := s.done
//	if done == nil { return }
//	<-done
func (f *Facts) asksCopy(cond ast.Expr, receive ast.Node) (asks bool) {
	r, ok := receive.(*ast.UnaryExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(r.X).(*ast.Ident)
	if !ok {
		return false
	}
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		asks = asks || ok && f.pkg.IsNil(b.Y) && f.same(b.X, id)
		return !asks
	})
	return asks
}
