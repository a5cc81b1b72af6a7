package channels

import (
	"go/ast"
	"go/constant"
	"slices"
)

// leftInTime is the same of a goroutine that sends one value at its end, and of those who wait for it,
// but no longer than a timeout or a context lets them: whoever gives up once does not come again,
// unless others have the function, and ask when they like.
//
//	func (c *copier) run()                           { …; c.done <- err }
//	func (c *copier) Wait(ctx context.Context) error { select { case err := <-c.done: return err; case <-ctx.Done(): return ctx.Err() } }
func (f *Facts) leftInTime(c *Class, sender ast.Node, send *ClassOp) (found *Deserted) {
	starts := f.startedOnly(sender)
	if send.Test || send.Defer != nil || len(starts) == 0 || f.repeats(&Op{Fn: sender, Node: send.Node}) {
		return nil
	}
	for _, r := range c.Beside(send, Receive, Range) {
		decl, ok := f.around(r.Node).(*ast.FuncDecl)
		left := f.leavesInTime(r)
		if !ok || left == nil || r.Defer != nil || f.saysNotYet(left.Exit) || !f.onlyCalled(decl) || slices.ContainsFunc(f.callsOf(decl), f.comesAgain) {
			return nil
		}
		if found == nil {
			found = left
		}
	}
	return found
}

// saysNotYet reports whether a return says no more than that it was not yet time: who hears that may
// ask again.
//
//	return false, nil
func (f *Facts) saysNotYet(exit ast.Node) bool {
	ret, ok := exit.(*ast.ReturnStmt)
	return ok && slices.ContainsFunc(ret.Results, func(x ast.Expr) bool {
		value := f.pkg.Info.Types[x].Value
		return value != nil && value.Kind() == constant.Bool && !constant.BoolVal(value)
	})
}

// comesAgain reports whether a call is made more than once by its function, or comes before another
// one of the same.
func (f *Facts) comesAgain(call *ast.CallExpr) bool {
	around := f.around(call)
	if around == nil || len(f.loopsAround(around, call)) > 0 {
		return true
	}
	return slices.ContainsFunc(f.callsOf(f.pkg.Body(call)), func(next *ast.CallExpr) bool {
		if next == call || f.around(next) != around {
			return false
		}
		some, _ := f.pkg.Flow(around).Follows(call, next)
		return some
	})
}
