package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// tickerStopped says of a range over the channel of a ticker that another function stops: Stop
// does not close the channel, and the goroutine waits for a tick that never comes. One that somebody
// resets is stopped for a while.
//
//	go func() { for range h.ticker.C { h.beat() } }()
//	…
//	func (h *Heart) Stop() { h.ticker.Stop() }
func (f *Facts) tickerStopped(fn ast.Node, loop ast.Stmt) (heard *DeafLoop) {
	over, ok := loop.(*ast.RangeStmt)
	if !ok {
		return nil
	}
	ticker := f.tickerOf(over.X)
	home, isDecl := f.declAround(loop.Pos()).(*ast.FuncDecl)
	if ticker == nil || !isDecl || f.endsTheProgram(home) {
		return nil
	}
	resumed := false
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || f.field(sel.X) != types.Object(ticker) || f.inTest(sel) {
				return true
			}
			resumed = resumed || sel.Sel.Name == "Reset"
			if by, _ := functionAt(stack); heard == nil && sel.Sel.Name == "Stop" && by != fn && !contains(loop, sel) {
				heard = &DeafLoop{Signal: sel, Name: "Stop, which closes no channel, alone"}
			}
			return true
		})
	}
	if resumed {
		return nil
	}
	return heard
}

// tickerOf returns the field or variable that holds the ticker of t.C.
func (f *Facts) tickerOf(x ast.Expr) *types.Var {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "C" || !facts.TypeIs(f.pkg.TypeOf(sel.X), "*time.Ticker") {
		return nil
	}
	v, _ := f.field(sel.X).(*types.Var)
	return v
}
