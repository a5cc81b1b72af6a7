package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// valueWoken returns the Signal behind a change that each who waits compares with a value of his
// own, a parameter: it wakes who has waited longest, and that may be somebody who has to wait on.
//
//	for t.commit < index { t.cond.Wait() } // index is a parameter
//	t.commit = n; t.cond.Signal()
func (f *Facts) valueWoken(c *condClass, w *condCall) ast.Node {
	cond := f.conditionOf(w)
	if cond == nil || !f.severalWait(w) || f.inTest(w.call) || f.wakesNext(c, w) {
		return nil
	}
	field := f.comparedWithParam(cond, w.fn)
	if field == nil {
		return nil
	}
	for _, s := range c.signals {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Signal" || f.inTest(s.call) || !f.setsField(s.fn, field) {
			continue
		}
		if len(loopsOf(s.stack)) > 0 || f.broadcasts(c, s.fn) {
			return nil
		}
		return s.call
	}
	return nil
}

// comparedWithParam returns a field that a condition compares with a parameter of a declared function.
func (f *Facts) comparedWithParam(cond ast.Expr, fn ast.Node) types.Object {
	_, ok := fn.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	for _, x := range conjuncts(cond) {
		b, ok := x.(*ast.BinaryExpr)
		if !ok || b.Op == token.LOR {
			continue
		}
		for _, sides := range [][2]ast.Expr{{b.X, b.Y}, {b.Y, b.X}} {
			field, isVar := f.field(sides[0]).(*types.Var)
			if isVar && field.IsField() && f.mentionsParam(sides[1]) {
				return field
			}
		}
	}
	return nil
}
