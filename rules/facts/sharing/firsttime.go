package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A field that is set where it is found nil, before a goroutine starts that reads it,
// is set once: who comes again finds it set.
//
//	if q.timer == nil {
//		q.timer = time.NewTimer(q.min)
//		go func() { <-q.timer.C; … }()
//	}

// firstTime reports whether a write is such, and a read is made by a goroutine that
// starts behind it.
func (f *Facts) firstTime(write, read *Access) bool {
	if !write.Write || !f.underNilCheck(write) || f.setElsewhere(write) {
		return false
	}
	for fn := read.fn; fn != nil && fn != write.fn; fn = fn.around {
		around, runs, start := fn.out()
		if around == write.fn && runs == started {
			return start.Pos() > write.Expr.Pos() && f.before(write.fn, write.Expr, start)
		}
	}
	return false
}

// underNilCheck reports whether a write stands in the body of an if that has found the
// same place nil.
func (f *Facts) underNilCheck(a *Access) bool {
	found := false
	ast.Inspect(a.fn.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if !ok || !within(check.Body, a.Expr) {
			return !found
		}
		cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
		found = found || ok && cond.Op == token.EQL && f.pkg.Info.Types[cond.Y].IsNil() && types.ExprString(cond.X) == types.ExprString(a.Expr)
		return !found
	})
	return found
}

// setElsewhere reports whether a field is written at another place, once its object is
// in use.
func (f *Facts) setElsewhere(a *Access) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b != a && b.Write && !b.fn.initialises() && !b.fn.test && f.ownerOf(b) != Own
	})
}
