package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// valueWoken returns the Signal behind a change that each who waits compares with a value of his
// own, a parameter: it wakes who has waited longest, and that may be somebody who has to wait on.
//
//	for t.commit < index { t.cond.Wait() } // index is a parameter
//	t.commit = n; t.cond.Signal()
func (f *Facts) valueWoken(c *condClass, w *condCall) ast.Node {
	cond := f.conditionOf(w)
	if cond == nil || !f.severalWait(w) || f.inTest(w.call) {
		return nil
	}
	field := f.comparedWithParam(cond, w.fn)
	if field == nil || f.wakesBefore(c, w) {
		return nil
	}
	for _, s := range c.signals {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Signal" || f.inTest(s.call) || !f.setsField(s.fn, field) && !f.changesElements(s.fn, field) {
			continue
		}
		if len(loopsOf(s.stack)) > 0 || f.wakesAll(c, s, field) {
			return nil
		}
		return s.call
	}
	return nil
}

// wakesBefore reports whether who is woken and has to wait on wakes the next first: it signals in
// the loop around its Wait, or calls what does. What it signals behind the loop comes only when its
// own turn has come.
//
//	for a.next != n { a.cond.Wait(); a.cond.Signal() }
func (f *Facts) wakesBefore(c *condClass, w *condCall) bool {
	loop := loopAroundWait(w)
	if loop == nil {
		return f.wakesNext(c, w)
	}
	for _, s := range c.signals {
		if contains(loop, s.call) {
			return true
		}
	}
	return slices.ContainsFunc(f.callsIn(w.fn), func(call *ast.CallExpr) bool {
		body := f.pkg.Body(call)
		return contains(loop, call) && body != nil && f.signals(body, c, 0)
	})
}

// wakesAll reports whether a function that changes a field and signals may signal for it in another
// way, too: by what it calls, or behind the same change.
func (f *Facts) wakesAll(c *condClass, one *condCall, field types.Object) bool {
	for _, call := range f.callsIn(one.fn) {
		if body := f.pkg.Body(call); body != nil && f.signals(body, c, 0) {
			return true
		}
	}
	flow := f.pkg.Flow(one.fn)
	return slices.ContainsFunc(c.signals, func(s *condCall) bool {
		if s == one || s.fn != one.fn || flow == nil {
			return false
		}
		behind, _ := flow.Follows(one.call, s.call)
		before, _ := flow.Follows(s.call, one.call)
		return behind || before
	})
}

// comparedWithParam returns a field that a condition compares with a parameter of a declared function.
func (f *Facts) comparedWithParam(cond ast.Expr, fn ast.Node) types.Object {
	_, ok := fn.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	for _, x := range conjuncts(cond) {
		if field := f.elementOfParam(x); field != nil {
			return field
		}
		b, ok := comparison(x)
		if not, isNot := ast.Unparen(x).(*ast.BinaryExpr); !ok && isNot && not.Op == token.NEQ {
			b, ok = not, true
		}
		if !ok {
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

// elementOfParam returns the field of a map of which a condition asks for the element that a
// parameter names, and nothing else.
//
//	len(d.byZone[zone]) == 0
func (f *Facts) elementOfParam(cond ast.Expr) (field types.Object) {
	b, ok := comparison(cond)
	if !ok || f.mentionsParam(b.Y) {
		return nil
	}
	x := ast.Unparen(b.X)
	if call, isCall := x.(*ast.CallExpr); isCall && f.isBuiltin(call, "len") {
		x = ast.Unparen(call.Args[0])
	}
	index, ok := x.(*ast.IndexExpr)
	if !ok || !f.mentionsParam(index.Index) || f.lastField(index.X) == nil {
		return nil
	}
	if _, isMap := f.pkg.TypeOf(index.X).Underlying().(*types.Map); !isMap {
		return nil
	}
	return f.lastField(index.X)
}
