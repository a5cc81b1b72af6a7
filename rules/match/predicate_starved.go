package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var starvedPredicate = predicate{
	doc: "the goroutine that sends or receives here, on a channel that a local variable of the function around holds, waits for ever if that function leaves on some path",
	params: []parameter{
		{name: "op", doc: "the send statement, the receive, or the range over the channel"},
		{name: "exit", doc: "the way out of the function that leaves the goroutine waiting", binds: true},
		{name: "make", doc: "the call that makes the channel", binds: true},
		{name: "start", doc: "what starts the goroutine", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		op := a.node("op")
		starved := a.starved(op)
		if starved == nil {
			return true
		}
		exit := wayOut(starved.Exit)
		start := starved.Op.Thread.Start
		said := "the function can leave here, and then nobody serves the channel any more"
		if starved.Early {
			said = "the function can leave here before it has received all that is sent"
		}
		return yield(answer{
			binds: map[string][]ast.Node{"exit": one(exit), "make": one(starved.Trace.Make), "start": one(start)},
			evidence: []Evidence{
				{exit.Pos(), exit.End(), said},
				{start.Pos(), start.Pos(), "the goroutine starts here"},
				{starved.Trace.Make.Pos(), starved.Trace.Make.End(), "the channel is made here"},
			},
		})
	},
}

// starved asks the facts about a send, a receive or a range.
func (q *query) starved(op ast.Node) *channels.Starved {
	f := channels.Of(q.pkg)
	switch op := op.(type) {
	case *ast.SendStmt:
		return f.StarvedSend(f.Variable(op.Chan), op)
	case *ast.UnaryExpr:
		return f.StarvedReceive(f.Variable(op.X), op)
	case *ast.RangeStmt:
		if _, ok := q.typeOf(op.X).Underlying().(*types.Chan); ok {
			return f.StarvedReceive(f.Variable(op.X), op)
		}
	}
	return nil
}
