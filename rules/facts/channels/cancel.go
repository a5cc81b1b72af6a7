package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A cancelled is a context that only calls of one local variable end: one made
// by context.WithCancel from a context that never ends.
type cancelled struct {
	ctx   *types.Var
	calls []partner // of the cancel function
}

// contexts finds such contexts, those of which every call of cancel is known.
func (f *Facts) contexts() (all []*cancelled) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			if st, ok := n.(*ast.AssignStmt); ok {
				if c := f.contextOf(st); c != nil {
					all = append(all, c)
				}
			}
			return true
		})
	}
	return all
}

// contextOf reads ctx, cancel := context.WithCancel(context.Background()).
func (f *Facts) contextOf(st *ast.AssignStmt) *cancelled {
	if len(st.Lhs) != 2 || len(st.Rhs) != 1 {
		return nil
	}
	call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
	ctx, cancel := f.Variable(st.Lhs[0]), f.Variable(st.Lhs[1])
	if !ok || !f.isCallOf(call, "context.WithCancel") || ctx == nil || cancel == nil || ctx.Kind() != types.LocalVar || cancel.Kind() != types.LocalVar {
		return nil
	}
	parent, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	if !ok || !f.isCallOf(parent, "context.Background") && !f.isCallOf(parent, "context.TODO") || f.sets(ctx) != 1 {
		return nil
	}
	c := &cancelled{ctx: ctx}
	for _, m := range f.mentions(cancel) {
		if m.id == st.Lhs[1] {
			continue
		}
		call, ok := m.around(0).(*ast.CallExpr)
		if !ok || ast.Unparen(call.Fun) != ast.Expr(m.id) {
			return nil
		}
		fn, at := functionAt(m.stack)
		c.calls = append(c.calls, partner{call, fn, deferredAt(m.stack[:len(m.stack)-1], at)})
	}
	return c
}

// isCallOf reports whether a call is of a function of another package.
func (f *Facts) isCallOf(call *ast.CallExpr, name string) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && facts.IsFunc(fn, name)
}

// stopsOf returns the receives from the Done of a context.
func (f *Facts) stopsOf(c *cancelled) (all []*stop) {
	if len(c.calls) == 0 {
		return nil
	}
	for _, m := range f.mentions(c.ctx) {
		sel, ok := m.around(0).(*ast.SelectorExpr)
		receive, ok2 := m.around(2).(*ast.UnaryExpr)
		if !ok || !ok2 || sel.Sel.Name != "Done" || f.signalReceive(&ast.ExprStmt{X: receive}) == nil {
			continue
		}
		fn, _ := functionAt(m.stack)
		s := &stop{node: receive, at: receive, fn: fn, ends: c.calls}
		if _, sel := caseOf(receive, m.stack); sel != nil && len(sel.Body.List) > 1 {
			s.sel = sel
		}
		all = append(all, s)
	}
	return all
}
