package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// overflows reports whether a send with a lock held can come to wait although the
// channel has a buffer: it stands in a loop that begins with the lock held and whose
// turns nothing bounds, so that it fills any buffer that was not measured for it.
func (f *Facts) overflows(w *op, h facts.Holding) bool {
	if w.class.measured || w.class.counted && w.at.Path == "" {
		return false // who sizes a channel of the same function knows what goes in
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch around := w.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			if h.By[0].Pos() < around.Pos() && !f.bounded(around) && !f.suspends(around) {
				return true
			}
		}
	}
	return false
}

// suspends reports whether a loop waits at a Cond, which releases a lock in each turn.
func (f *Facts) suspends(loop ast.Node) bool {
	return slices.ContainsFunc(f.order, func(o *op) bool {
		return o.kind == Suspended && loop.Pos() <= o.node.Pos() && o.node.End() <= loop.End()
	})
}

// bounded reports whether the number of turns of a loop is a constant.
func (f *Facts) bounded(loop ast.Node) bool {
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		tv := f.pkg.Info.Types[loop.X]
		if tv.Value != nil {
			return true
		}
		_, array := pointee(tv.Type).Underlying().(*types.Array)
		return array
	case *ast.ForStmt:
		cond, ok := loop.Cond.(*ast.BinaryExpr)
		if !ok {
			return false
		}
		counts := cond.Op == token.LSS || cond.Op == token.LEQ || cond.Op == token.GTR || cond.Op == token.GEQ || cond.Op == token.NEQ
		return counts && (f.pkg.Info.Types[cond.X].Value != nil || f.pkg.Info.Types[cond.Y].Value != nil)
	}
	return true
}

// plain reports whether an expression is a name: no count of anything.
func plain(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return plain(e.X)
	}
	return false
}
