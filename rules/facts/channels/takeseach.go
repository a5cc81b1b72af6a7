package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// takesEach returns the loop in which the caller of a function that returns a stream receives
// once for each element of what it has given, where the goroutine sends once for each of them:
// where there are none, it sends nothing.
//
//	errs := stopAll(names) // go func() { for _, name := range names { errs <- stop(name) } }()
//	for _, name := range names { if err := <-errs; err != nil { … } }
func (f *Facts) takesEach(fn ast.Node, st *ast.AssignStmt, taken []*Op, made streamMade) *ast.RangeStmt {
	call, isCall := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
	if !isCall || len(taken) != 1 || !taken[0].Alone() || made.send.Thread.Many() || len(made.trace.Of(Send)) != 1 {
		return nil
	}
	loops := f.loopsAround(fn, taken[0].Node)
	if len(loops) != 1 || loops[0].Pos() < st.End() {
		return nil
	}
	loop, ok := loops[0].(*ast.RangeStmt)
	given := f.eachSent(call, made.send)
	if !ok || given == nil || f.leavesLoop(loop) || f.mayPass(fn, loop, taken[0].Anchor) {
		return nil
	}
	over, length := f.boundOf(loop)
	if over == nil || !length || !f.steadyFrom(over, st) || !f.same(given, over) {
		return nil
	}
	return loop
}

// eachSent returns the argument of a call for each element of which a goroutine sends once.
func (f *Facts) eachSent(call *ast.CallExpr, send *Op) ast.Expr {
	loops := f.loopsAround(send.Thread.Fn, send.Node)
	if len(loops) != 1 {
		return nil
	}
	over, length := f.boundOf(loops[0])
	if over == nil || !length || f.Variable(over) == nil || f.sets(f.Variable(over)) > 0 {
		return nil
	}
	w := &tracer{f: f}
	i := slices.IndexFunc(call.Args, func(arg ast.Expr) bool {
		param, _ := w.parameter(arg, call)
		return param != nil && param == f.Variable(over)
	})
	if i < 0 || f.place(call.Args[i]) == nil {
		return nil
	}
	return call.Args[i]
}

// steadyFrom reports whether a function sets a local variable, or a field of one, no more from
// a statement on.
func (f *Facts) steadyFrom(x ast.Expr, st ast.Stmt) bool {
	root := f.Root(x)
	v := f.Variable(root)
	if v == nil || v.IsField() || v.Kind() == types.PackageVar {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if _, bad := value.(*ast.BadExpr); sets && (m.id.Pos() > st.Pos() || bad && isAddress(m)) {
			return false
		}
		if _, ok := m.around(0).(*ast.IncDecStmt); ok {
			return false
		}
	}
	return f.Variable(x) == v || !f.setsField(f.declAround(root.Pos()), f.field(x))
}
