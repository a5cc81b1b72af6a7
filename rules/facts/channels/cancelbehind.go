package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A CancelBehind is a Wait for a goroutine that only the end of a context ends, which comes behind
// the Wait.
type CancelBehind struct {
	Hears  ast.Node // in the goroutine: where it hears of the end
	Cancel *ast.DeferStmt
}

// CancelBehind says so of a Wait in the function that makes the context and starts the goroutine:
// the deferred cancel runs after it, since it is not deferred itself, or was deferred later.
//
//	ctx, cancel := context.WithCancel(parent)
//	defer cancel()
//	defer wg.Wait() // runs first
//
// Where the Wait is not deferred, the context must be one that nobody else ends: to wait until the
// caller has had enough is what many functions are for.
func (f *Facts) CancelBehind(fn ast.Node, wait *ast.CallExpr) *CancelBehind {
	g := f.groups().of[wait]
	if g == nil || g.Kind != Wait || g.Fn != fn || f.inTest(wait) || f.endsTheProgram(fn) {
		return nil
	}
	if v := f.Variable(g.Group); v == nil || v.Kind() != types.LocalVar {
		return nil
	}
	for _, done := range f.groups().all {
		if done.Kind != Done || f.field(done.Group) != f.field(g.Group) {
			continue
		}
		for _, start := range f.startedOnly(done.Fn) {
			if start.in != fn {
				continue
			}
			for _, ctx := range f.contextsIn(fn) {
				if behind := f.cancelledBehind(fn, ctx, g); behind != nil && f.endsOnlyBy(done.Fn, ctx, 0) {
					return &CancelBehind{done.Fn, behind}
				}
			}
		}
	}
	return nil
}

// contextsIn returns the local variables for contexts that a function makes with a cancel.
func (f *Facts) contextsIn(fn ast.Node) (all []*types.Var) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if ok && len(st.Lhs) == 2 && len(st.Rhs) == 1 {
			call, isCall := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
			if v := f.Variable(st.Lhs[0]); isCall && v != nil && f.isCallOf(call, "context.WithCancel") {
				all = append(all, v)
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return all
}

// cancelledBehind returns the defer by which alone a context is cancelled, if it runs after a Wait.
func (f *Facts) cancelledBehind(fn ast.Node, ctx *types.Var, wait *GroupCall) *ast.DeferStmt {
	made, result := f.onlySetting(ctx)
	if made == nil || result != 0 || len(made.call.Args) != 1 {
		return nil
	}
	cancel := f.Variable(made.st.Lhs[1])
	if cancel == nil || f.sets(cancel) != 1 || len(f.mentions(cancel)) != 2 {
		return nil
	}
	for _, m := range f.mentions(cancel) {
		d, ok := m.around(1).(*ast.DeferStmt)
		if owner, _ := functionAt(m.stack); !ok || owner != fn || d.Call.Fun != ast.Expr(m.id) {
			continue
		}
		if wait.Deferred == nil && f.background(made.call.Args[0]) {
			return d
		}
		if wait.Deferred != nil && !f.outlasts(fn, ctx, made.call.Args[0]) {
			if _, always := f.pkg.Flow(fn).Precedes(d, wait.Deferred); always {
				return d
			}
		}
	}
	return nil
}

// outlasts reports whether a function ends only when a context has ended, or the one that it is made
// of: then whoever listens to it has heard.
//
//	defer cancel()
//	defer wg.Wait()
//	<-parent.Done()
func (f *Facts) outlasts(fn ast.Node, ctx *types.Var, of ast.Expr) bool {
	parent := f.Variable(of)
	return f.endsOnlyBy(fn, ctx, 0) || parent != nil && f.endsOnlyBy(fn, parent, 0)
}

// endsOnlyBy reports whether a function never ends but when a context does: on every way out it
// has received that it is done, asked for its error, or come back from what does so.
func (f *Facts) endsOnlyBy(fn ast.Node, ctx *types.Var, depth int) bool {
	if !f.names(fn, ctx) || depth > 2 {
		return false
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: func(n ast.Node) bool {
			receive, ok := n.(*ast.UnaryExpr)
			call, isCall := n.(*ast.CallExpr)
			return ok && f.isDoneOf(receive, ctx) || isCall && f.passesTo(call, ctx, depth)
		},
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			clause, ok := e.Case.(*ast.CommClause)
			return ok && f.isDoneOf(receiveOf(clause.Comm), ctx) || e.Cond != nil && f.names(e.Cond, ctx)
		},
	}
	return s.out() == nil && !s.lost
}

// isDoneOf reports whether a receive is of ctx.Done(), of one context.
func (f *Facts) isDoneOf(receive *ast.UnaryExpr, ctx *types.Var) bool {
	if receive == nil || !isArrow(receive) {
		return false
	}
	call, ok := ast.Unparen(receive.X).(*ast.CallExpr)
	if !ok || !f.isOfContext(receive) {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && f.Variable(sel.X) == ctx
}

// passesTo reports whether a call gets a context, and ends only when this does.
func (f *Facts) passesTo(call *ast.CallExpr, ctx *types.Var, depth int) bool {
	decl := f.pkg.Body(call)
	if decl == nil {
		return false
	}
	w := &tracer{f: f}
	for _, arg := range call.Args {
		if f.Variable(arg) != ctx {
			continue
		}
		if param, _ := w.parameter(arg, call); param != nil && f.sets(param) == 0 && f.endsOnlyBy(decl, param, depth+1) {
			return true
		}
	}
	return false
}
