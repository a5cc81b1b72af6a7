package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var runningTimerPredicate = predicate{
	doc: "Stop is asked for its result, and finds its timer running, or expired and not received from, whichever way it is reached",
	params: []parameter{
		{name: "timer", doc: "the timer in the call of Stop"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := askedStop(a)
		return call == nil || !channels.Of(a.pkg).StopsRunning(call) || yield(answer{})
	},
}

// askedStop returns the call of Stop around a timer, nil where it is a statement of its own.
func askedStop(a asked) (stop *ast.CallExpr) {
	timer := a.node("timer")
	for _, file := range a.pkg.Files {
		if timer.Pos() < file.FileStart || file.FileEnd <= timer.Pos() {
			continue
		}
		a.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if n == timer && len(stack) > 2 {
				call, isCall := stack[len(stack)-2].(*ast.CallExpr)
				if _, alone := stack[len(stack)-3].(*ast.ExprStmt); isCall && !alone {
					stop = call
				}
			}
			return n.Pos() <= timer.Pos() && timer.End() <= n.End()
		})
	}
	return stop
}
