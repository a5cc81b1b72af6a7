package channels

import (
	"go/ast"
	"slices"
)

// leftInTime is the same of a goroutine that sends one value at its end, and of those who wait for it,
// but no longer than a timeout or a context lets them: whoever gives up once does not come again.
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
		if !ok || left == nil || r.Defer != nil || slices.ContainsFunc(f.callsOf(decl), f.comesAgain) {
			return nil
		}
		if found == nil {
			found = left
		}
	}
	return found
}

// comesAgain reports whether a call is made more than once by its function.
func (f *Facts) comesAgain(call *ast.CallExpr) bool {
	around := f.around(call)
	return around == nil || len(f.loopsAround(around, call)) > 0
}
