package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// An UnheardCancel is a send of a goroutine that does not look at the context with
// which it is started, and which its starter cancels.
type UnheardCancel struct {
	Ctx    *types.Var // the parameter that is the context
	Start  ast.Node   // where the goroutine is started
	Cancel ast.Node   // the call that made the context, with its CancelFunc
}

// UnheardCancel says of a bare send in a loop, on a channel without room, that its
// goroutine is to end by a context which its function gets, and never asks.
func (f *Facts) UnheardCancel(fn ast.Node, send *ast.SendStmt) *UnheardCancel {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || f.isCase(fn, send) || f.inTest(send) || !f.repeats(&Op{Fn: fn, Node: send}) {
		return nil
	}
	ctx := f.contextParam(decl)
	if ctx == nil || f.looksAtContext(decl, ctx) || !f.mayBeLeft(decl, send.Chan) {
		return nil
	}
	for _, s := range f.startedOnly(fn) {
		if made := f.cancelledHere(s, decl, ctx); made != nil {
			return &UnheardCancel{ctx, s.stmt, made}
		}
	}
	return nil
}

// contextParam returns the parameter of a function that is a context.
func (f *Facts) contextParam(decl *ast.FuncDecl) *types.Var {
	for _, field := range decl.Type.Params.List {
		if !facts.TypeIs(f.pkg.TypeOf(field.Type), "context.Context") {
			continue
		}
		for _, name := range field.Names {
			if v, ok := f.pkg.Def(name).(*types.Var); ok && name.Name != "_" {
				return v
			}
		}
	}
	return nil
}

// looksAtContext reports whether a function asks a context whether it is done, or makes
// another of it, which it may ask.
func (f *Facts) looksAtContext(decl *ast.FuncDecl, ctx *types.Var) (looks bool) {
	for _, m := range f.mentions(ctx) {
		switch around := m.around(0).(type) {
		case *ast.SelectorExpr:
			looks = looks || around.Sel.Name == "Done" || around.Sel.Name == "Err"
		case *ast.CallExpr:
			fn, ok := f.pkg.Callee(around).(*types.Func)
			looks = looks || ok && fn.Pkg() != nil && fn.Pkg().Path() == "context" || f.pkg.Body(around) != nil
		case *ast.AssignStmt, *ast.KeyValueExpr, *ast.CompositeLit:
			looks = true
		}
	}
	return looks
}

// mayBeLeft reports whether a channel has no room, and whoever receives from it can
// stop: an exported function receives once, or the one that starts the goroutine does.
func (f *Facts) mayBeLeft(decl *ast.FuncDecl, ch ast.Expr) bool {
	c := f.Class(ch)
	if c == nil || !f.ofReceiver(decl, ch) {
		return false
	}
	room, known := f.Room(c)
	receives := c.Of(Receive, Range)
	if !known || room > 0 || len(receives) == 0 && !c.Takes {
		return false
	}
	for _, r := range receives {
		by, ok := r.Fn.(*ast.FuncDecl)
		starts := ok && f.starts(by, decl)
		if r.Test {
			continue
		}
		if left := f.leavesWhenDone(r); left {
			continue
		}
		if r.Kind == Range || !ok || !by.Name.IsExported() && !starts || len(f.loopsAround(r.Fn, r.Node)) > 0 {
			return false
		}
	}
	return true
}

// leavesWhenDone reports whether another case of the select of a receive returns when a
// context is done.
func (f *Facts) leavesWhenDone(r *ClassOp) bool {
	if r.Alone() {
		return false
	}
	for _, other := range r.Select.Body.List {
		clause := other.(*ast.CommClause)
		if receive := f.signalReceive(clause.Comm); receive != nil && f.isOfContext(receive) && f.returns(clause) {
			return true
		}
	}
	return false
}

// starts reports whether a function starts another as a goroutine.
func (f *Facts) starts(by, fn *ast.FuncDecl) bool {
	for _, s := range f.startedOnly(fn) {
		if s.in == ast.Node(by) {
			return true
		}
	}
	return false
}

// cancelledHere returns the call that made the context of a goroutine, if its CancelFunc
// is for something: it is deferred, called, or kept.
func (f *Facts) cancelledHere(s starter, decl *ast.FuncDecl, ctx *types.Var) (made ast.Node) {
	w := &tracer{f: f}
	for _, arg := range s.stmt.Call.Args {
		if param, _ := w.parameter(arg, s.stmt.Call); param != ctx {
			continue
		}
		v := f.Variable(arg)
		if v == nil {
			return nil
		}
		for _, m := range f.mentions(v) {
			st, ok := m.around(0).(*ast.AssignStmt)
			if !ok || len(st.Lhs) != 2 || len(st.Rhs) != 1 || f.Variable(st.Lhs[0]) != v {
				continue
			}
			call, isCall := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
			name, named := st.Lhs[1].(*ast.Ident)
			if isCall && f.makesCancel(call) && (!named || name.Name != "_") {
				made = call
			}
		}
	}
	return made
}

// makesCancel reports whether a call makes a context with a CancelFunc.
func (f *Facts) makesCancel(call *ast.CallExpr) bool {
	return f.isCallOf(call, "context.WithCancel") || f.isCallOf(call, "context.WithTimeout") || f.isCallOf(call, "context.WithDeadline")
}
