package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// leftAtError is about goroutines that each send one answer, and the one loop that gathers
// as many as there are, but leaves at the first that is an error: the others wait for ever.
//
//	func (g *group) start(f func() error) { g.n++; go func() { g.errs <- f() }() }
//	for range g.n { if err := <-g.errs; err != nil { return err } }
func (f *Facts) leftAtError(c *Class, send *ClassOp) *Deserted {
	receives := c.Of(Receive, Range)
	if send.Test || len(receives) != 1 || len(f.startedOnly(send.Fn)) == 0 || f.repeats(&Op{Fn: send.Fn, Node: send.Node}) {
		return nil
	}
	r := receives[0]
	v := f.receivedInto(r)
	loops := f.loopsAround(r.Fn, r.Node)
	if !r.Alone() || r.Kind == Range || r.Defer != nil || v == nil || len(loops) == 0 || !f.boundedByCount(loops[len(loops)-1]) {
		return nil
	}
	exit := f.leavesForError(loops[len(loops)-1], v)
	if exit == nil {
		return nil
	}
	return &Deserted{Receive: r.Node, Exit: exit}
}

// boundedByCount reports whether a loop is one that counts its turns.
func (f *Facts) boundedByCount(loop ast.Stmt) bool {
	switch loop := loop.(type) {
	case *ast.ForStmt:
		return loop.Init != nil && loop.Cond != nil && loop.Post != nil
	case *ast.RangeStmt:
		_, isChan := f.pkg.TypeOf(loop.X).Underlying().(*types.Chan)
		return !isChan
	}
	return false
}

// leavesForError returns a return in a loop because a received value is an error, or has one.
func (f *Facts) leavesForError(loop ast.Stmt, v *types.Var) (exit ast.Node) {
	body, _ := bodyOf(loop)
	f.pkg.Inspect(body, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || !f.asksError(test.Cond, v) {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		if len(test.Body.List) > 0 && exit == nil {
			if ret, ok := test.Body.List[len(test.Body.List)-1].(*ast.ReturnStmt); ok {
				exit = ret
			}
		}
		return exit == nil
	})
	return exit
}

// asksError reports whether a condition is that a variable, or a field of it, is an error.
func (f *Facts) asksError(cond ast.Expr, v *types.Var) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ || !f.pkg.IsNil(b.Y) {
		return false
	}
	root := f.Root(b.X)
	return root != nil && f.Variable(root) == v && types.Identical(f.pkg.TypeOf(b.X), types.Universe.Lookup("error").Type())
}
