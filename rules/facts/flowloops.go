package facts

import (
	"go/ast"
	"go/types"
)

// forLoop lays out
//
//	init → head → body → post → head
//	         ↘ done      (without condition only break leads there)
func (b *flowBuilder) forLoop(s *ast.ForStmt, label string) {
	b.stmt(s.Init)
	head, body, done := b.block(), b.block(), b.block()
	post := head
	if s.Post != nil {
		post = b.block()
	}
	b.enter(head)
	if s.Cond == nil {
		b.edge(Edge{To: body})
	} else {
		b.cond(s.Cond, body, done)
	}
	b.cur = body
	b.within(&enclosing{label: label, brk: done, cont: post}, s.Body.List)
	b.edge(Edge{To: post, Turn: s.Body})
	if s.Post != nil {
		b.cur = post
		b.stmt(s.Post)
		b.edge(Edge{To: head})
	}
	b.cur = done
}

// rangeLoop lays out the loop over a slice, map, string, channel, integer or
// iterator function. The operand is evaluated once; the statement itself is the
// node of the body's first block: the assignment to key and value.
func (b *flowBuilder) rangeLoop(s *ast.RangeStmt, label string) {
	b.add(s.X)
	head, body, done := b.block(), b.block(), b.block()
	b.enter(head)
	b.edge(Edge{To: body, Case: s})
	if !b.endless(s) {
		b.edge(Edge{To: done})
	}
	b.cur = body
	b.add(s)
	b.within(&enclosing{label: label, brk: done, cont: head}, s.Body.List)
	b.edge(Edge{To: head, Turn: s.Body})
	b.cur = done
}

// endlessRange reports whether a loop ranges over what package time ticks on, or over what
// package os/signal alone has: nobody ever closes such a channel, so only what the body
// does leaves the loop.
func (p *Package) endlessRange(s *ast.RangeStmt) bool {
	switch x := ast.Unparen(s.X).(type) {
	case *ast.SelectorExpr:
		v, ok := p.Use(x.Sel).(*types.Var)
		return ok && v.IsField() && v.Name() == "C" && v.Pkg() != nil && v.Pkg().Path() == "time"
	case *ast.CallExpr:
		fn, ok := p.Callee(x).(*types.Func)
		return ok && (fn.FullName() == "time.Tick" || fn.FullName() == "time.After")
	case *ast.Ident:
		v, ok := p.Use(x).(*types.Var)
		return ok && p.onlySignalled(v)
	}
	return false
}

// within builds the statements of a body inside e.
func (b *flowBuilder) within(e *enclosing, stmts []ast.Stmt) {
	e.outer = b.around
	b.around = e
	b.list(stmts)
	b.around = e.outer
}
