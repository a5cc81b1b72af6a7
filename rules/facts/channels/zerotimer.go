package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// A ZeroTimer is a timer of zero that is replaced on some ways only.
type ZeroTimer struct {
	Made     ast.Node // NewTimer(0)
	Replaced ast.Node // NewTimer(d), under a condition
}

// ZeroTimerAt is about a receive, among other cases of a select, from the channel of a timer
// that goes off at once where no timeout is set:
//
//	timer := time.NewTimer(0)
//	if d > 0 {
//		timer = time.NewTimer(d)
//	}
//	select {
//	case <-timer.C:
//
// Who resets the timer, drains it, or comes back in a loop, may have meant it.
func (f *Facts) ZeroTimerAt(receive *ast.UnaryExpr) *ZeroTimer {
	sel, ok := ast.Unparen(receive.X).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "C" {
		return nil
	}
	v := f.Variable(sel.X)
	if v == nil || v.IsField() || v.Kind() != types.LocalVar || len(f.loopsAround(f.around(receive), receive)) > 0 {
		return nil
	}
	t := &ZeroTimer{}
	for _, m := range f.mentions(v) {
		if !f.zeroTimerUse(t, m, receive) {
			return nil
		}
	}
	if t.Made == nil || t.Replaced == nil || t.Replaced.Pos() > receive.Pos() {
		return nil
	}
	return t
}

// zeroTimerUse notes one mention of the variable; false if the timer is used otherwise.
func (f *Facts) zeroTimerUse(t *ZeroTimer, m mention, receive *ast.UnaryExpr) bool {
	value, sets := f.setBy(m)
	if !sets {
		around, ok := m.around(0).(*ast.SelectorExpr)
		return ok && (around == ast.Unparen(receive.X) || around.Sel.Name == "Stop" && m.id.Pos() > receive.Pos() || f.deferred(m))
	}
	call, ok := value.(*ast.CallExpr)
	if !ok || !f.isNewTimer(call) {
		return false
	}
	if n := f.pkg.Info.Types[call.Args[0]].Value; n != nil {
		if t.Made != nil || n.Kind() != constant.Int || constant.Sign(n) != 0 {
			return false
		}
		t.Made = call
		return true
	}
	t.Replaced = call
	return f.underCondition(m)
}

// deferred reports whether a mention is that of a deferred method.
func (f *Facts) deferred(m mention) bool {
	_, ok := m.around(2).(*ast.DeferStmt)
	return ok
}

func (f *Facts) isNewTimer(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.FullName() == "time.NewTimer" && len(call.Args) == 1
}

// underCondition reports whether an assignment is all that an if without an else decides.
func (f *Facts) underCondition(m mention) bool {
	set, ok := m.around(0).(*ast.AssignStmt)
	if !ok || set.Tok != token.ASSIGN {
		return false
	}
	test, ok := m.around(2).(*ast.IfStmt)
	return ok && test.Else == nil
}
