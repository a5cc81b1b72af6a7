package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// closedByLoop returns the go statement by which a loop starts one method of one object again
// and again, each of which closes a channel of the object on every way.
//
//	for range workers {
//		go p.work() // defer close(p.results)
//	}
func (f *Facts) closedByLoop(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || c.Replaced || c.Nil || !f.closesAlways(op) {
		return nil
	}
	sel, ok := ast.Unparen(op.Chan).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if v := f.Variable(sel.X); v == nil || v.Kind() != types.RecvVar {
		return nil
	}
	for _, start := range f.startedOnly(decl) {
		loop := f.loopOfStart(start)
		if loop != nil && f.turnsOf(loop) > 1 {
			return start.stmt
		}
	}
	return nil
}

// closesAlways reports whether a function closes on every way through it.
func (f *Facts) closesAlways(op *ClassOp) bool {
	at := op.Node
	if op.Defer != nil {
		at = op.Defer
	}
	s := &search{
		f: f, fn: op.Fn, flow: f.pkg.Flow(op.Fn),
		covered: func(n ast.Node) bool { return n == at },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	if s.out() != nil || s.lost {
		return false
	}
	s.covered = func(ast.Node) bool { return false }
	return s.out() != nil // it ends, and what it defers runs
}

// loopOfStart returns the loop around a go statement of a method of one and the same object, that
// starts it in every turn.
func (f *Facts) loopOfStart(start starter) ast.Stmt {
	sel, ok := ast.Unparen(start.stmt.Call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v := f.Variable(sel.X)
	loops := f.loopsAround(start.in, start.stmt)
	if v == nil || len(loops) == 0 {
		return nil
	}
	loop := loops[len(loops)-1]
	if loop.Pos() <= v.Pos() && v.Pos() < loop.End() || f.setsAnywhere(loop, v) || !f.comesBack(start.in, start.stmt) {
		return nil
	}
	for _, n := range start.stack {
		switch n.(type) {
		case *ast.IfStmt, *ast.CaseClause, *ast.CommClause:
			if loop.Pos() <= n.Pos() {
				return nil
			}
		}
	}
	return loop
}

// setsAnywhere reports whether a statement sets a variable.
func (f *Facts) setsAnywhere(st ast.Node, v *types.Var) (sets bool) {
	f.pkg.Inspect(st, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		for i := 0; ok && i < len(assign.Lhs); i++ {
			sets = sets || f.Variable(assign.Lhs[i]) == v
		}
		return !sets
	})
	return sets
}
