package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"

	"github.com/lockfix/lockfix/rules/models"
)

// Blocks reports whether executing a piece of code may wait or take long, and
// why, as the end of a sentence ("receives from a channel", "calls f, of which
// nothing is known"). It may: channel operations outside a select with a
// default, Lock, Wait, Sleep, I/O, a loop without a bound, and a call of which
// nothing is known. The first reason in source order is given.
//
// Code that does not run there and then does not count: the bodies of function
// literals, unless they are called or handed to a call that runs them now, what
// a go statement starts, what a defer puts off.
func (p *Package) Blocks(n ast.Node) (because string, ok bool) {
	b := blocking{p: p, seen: map[*types.Func]bool{}}
	b.walk(n)
	b.keep()
	return b.because, b.because != ""
}

// Waits is Blocks for code whose author may not have meant to hold a lock: it
// leaves out what people do under locks without a second thought. Writing a log
// does not count, nor do the methods that formatting calls (Error, String).
func (p *Package) Waits(n ast.Node) (because string, ok bool) {
	b := blocking{p: p, lenient: true, seen: map[*types.Func]bool{}}
	b.walk(n)
	return b.because, b.because != ""
}

// A blocking looks for the first reason why code may wait.
type blocking struct {
	p       *Package
	because string
	lenient bool                 // see Waits
	polls   map[ast.Node]bool    // channel operations that a default keeps from waiting
	seen    map[*types.Func]bool // functions of this package that were entered
}

// keep remembers the functions that were found harmless. As long as a reason
// may still turn up, one that calls back into a function being walked is not
// known to be.
func (b *blocking) keep() {
	if b.because != "" {
		return
	}
	if b.p.harmless == nil {
		b.p.harmless = map[*types.Func]bool{}
	}
	maps.Copy(b.p.harmless, b.seen)
}

func (b *blocking) walk(n ast.Node) {
	if n == nil {
		return
	}
	b.p.inspectOwn(n, func(m ast.Node) bool {
		if b.because != "" {
			return false
		}
		return b.visit(m)
	})
}

// visit looks at one node; it reports whether its parts are to be looked at.
func (b *blocking) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SendStmt:
		b.channel(n, "sends on a channel")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			b.channel(n, "receives from a channel")
		}
	case *ast.SelectStmt:
		b.selects(n)
	case *ast.RangeStmt:
		b.ranges(n)
	case *ast.ForStmt:
		if n.Cond == nil || n.Post == nil {
			b.because = "loops without a bound"
		}
	case *ast.GoStmt:
		b.operands(n.Call)
		return false
	case *ast.DeferStmt:
		b.operands(n.Call)
		return false
	case *ast.CallExpr:
		b.call(n)
	}
	return b.because == ""
}

func (b *blocking) channel(op ast.Node, because string) {
	if !b.polls[op] {
		b.because = because
	}
}

// selects: with a default none of the cases' operations waits.
func (b *blocking) selects(s *ast.SelectStmt) {
	for _, c := range s.Body.List {
		if c.(*ast.CommClause).Comm == nil {
			b.poll(s)
			return
		}
	}
	b.because = "waits in a select"
}

func (b *blocking) poll(s *ast.SelectStmt) {
	if b.polls == nil {
		b.polls = map[ast.Node]bool{}
	}
	for _, c := range s.Body.List {
		switch comm := c.(*ast.CommClause).Comm.(type) {
		case *ast.SendStmt:
			b.polls[comm] = true
		case *ast.ExprStmt:
			b.polls[ast.Unparen(comm.X)] = true
		case *ast.AssignStmt:
			b.polls[ast.Unparen(comm.Rhs[0])] = true
		}
	}
}

func (b *blocking) ranges(s *ast.RangeStmt) {
	switch b.p.typeOf(s.X).Underlying().(type) {
	case *types.Chan:
		b.because = "receives from a channel"
	case *types.Signature:
		b.because = "ranges over a function"
	case *types.Interface: // a type parameter
		b.because = "ranges over a value of unknown type"
	}
}

// operands looks at what a go or defer statement evaluates at once.
func (b *blocking) operands(call *ast.CallExpr) {
	b.walk(call.Fun)
	for _, arg := range call.Args {
		b.walk(arg)
	}
}

// call looks at what a call does, its operands aside.
func (b *blocking) call(call *ast.CallExpr) {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		b.walk(lit.Body)
		return
	}
	if b.p.IsType(call.Fun) {
		return
	}
	fn := b.p.Callee(call)
	if _, ok := fn.(*types.Builtin); ok {
		return // close, append, copy, delete …: none waits
	}
	if m := b.p.Model(call); m != nil {
		b.modelled(call, m)
		return
	}
	if decl := b.p.Body(call); decl != nil {
		b.enter(fn.(*types.Func).Origin(), decl, call)
		return
	}
	b.unknown(call)
}

func (b *blocking) unknown(call *ast.CallExpr) {
	b.because = fmt.Sprintf("calls %s, of which nothing is known", types.ExprString(call.Fun))
}

// modelled looks at a call that a model describes.
func (b *blocking) modelled(call *ast.CallExpr, m *models.Model) {
	switch {
	case m.NoReturn && !m.Panics:
		return // what would wait for it?
	case b.lenient && (m.Logs || m.Pure):
		return
	case m.Blocks != nil && *m.Blocks:
		b.because = fmt.Sprintf("calls %s, which %s", types.ExprString(call.Fun), m.Why)
	case m.Blocks == nil && !m.Pure:
		b.unknown(call)
	case !m.Opaque && b.p.handsOut(call):
		b.because = fmt.Sprintf("calls %s, which may call methods of its arguments", types.ExprString(call.Fun))
	}
	for _, run := range m.Runs {
		if b.because == "" && (run.How == models.Now || run.How == models.Once) {
			b.runs(call, run.Arg)
		}
	}
}

// runs looks at a function argument that the call runs.
func (b *blocking) runs(call *ast.CallExpr, arg int) {
	if arg >= len(call.Args) {
		b.unknown(call)
		return
	}
	lit, ok := ast.Unparen(call.Args[arg]).(*ast.FuncLit)
	if !ok && b.p.iterator(call.Args[arg]) {
		return // its operands are walked with those of the call
	}
	if !ok {
		b.because = fmt.Sprintf("calls %s, which runs %s", types.ExprString(call.Fun), types.ExprString(call.Args[arg]))
		return
	}
	b.walk(lit.Body)
}

// enter looks at a function of this package that is called, its deferred calls
// included: they run before it returns. A recursive call adds nothing.
func (b *blocking) enter(fn *types.Func, decl *ast.FuncDecl, call *ast.CallExpr) {
	if b.seen[fn] || b.p.harmless[fn] {
		return
	}
	b.seen[fn] = true
	b.walk(decl.Body)
	b.p.inspectOwn(decl.Body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && b.because == "" {
			b.call(d.Call)
		}
		return b.because == ""
	})
	if b.because != "" {
		b.because = fmt.Sprintf("calls %s, which %s", types.ExprString(call.Fun), b.because)
	}
}
