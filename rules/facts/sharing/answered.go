package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// answered reports whether a method has asked a goroutine to end before an access, by the channel from
// which that takes its orders, and has waited for the answer; where there is no such channel, there is
// no goroutine.
//
//	if quit := w.quit; quit != nil {
//		answer := make(chan error)
//		quit <- answer
//		err = <-answer
//	}
//	w.quit = nil
func (f *Facts) answered(m *function, a *Access, goroutine *function) (yes bool) {
	if a.fn != m {
		return false
	}
	f.pkg.Inspect(m.body(), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || yes {
			return false
		}
		test, ok := n.(*ast.IfStmt)
		if ok && test.End() <= a.Expr.Pos() && test.Else == nil {
			orders := f.notNil(m, test.Cond)
			yes = orders != nil && len(f.allSignals(goroutine).waits[orders]) > 0 && f.asksAndHears(m, test.Body, orders)
		}
		return !yes
	})
	return yes
}

// notNil returns the field of which a condition says that it holds a channel.
func (f *Facts) notNil(m *function, cond ast.Expr) types.Object {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || test.Op != token.NEQ || !f.pkg.IsNil(test.Y) {
		return nil
	}
	return f.orders(m, test.X)
}

// orders returns the field in which a channel is kept that an expression names, itself or by a local
// variable; nil of others.
func (f *Facts) orders(m *function, e ast.Expr) types.Object {
	if _, isChan := f.typeOf(e).(*types.Chan); !isChan {
		return nil
	}
	if v := f.localNamed(e); v != nil {
		e = f.onlyValue(m, v)
	}
	if e == nil {
		return nil
	}
	if v, ok := f.holder(e).(*types.Var); ok && v.IsField() {
		return v
	}
	return nil
}

// asksAndHears reports whether a block sends on the channel of a field, and then receives.
func (f *Facts) asksAndHears(m *function, block *ast.BlockStmt, orders types.Object) (hears bool) {
	asked := false
	f.pkg.Inspect(block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.SelectStmt:
			return false // it may go on without
		case *ast.SendStmt:
			asked = asked || f.orders(m, n.Chan) == orders
		case *ast.UnaryExpr:
			hears = hears || asked && n.Op == token.ARROW
		}
		return true
	})
	return hears
}
