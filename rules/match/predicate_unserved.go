package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var unservedPredicate = predicate{
	doc: "the function waits for ever in this receive, or range, if the one goroutine that serves the channel ends without",
	params: []parameter{
		{name: "op", doc: "the receive, or the range over the channel"},
		{name: "start", doc: "what starts the goroutine", binds: true},
		{name: "exit", doc: "the way out of the goroutine without serving; what starts it, where nobody closes at all", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		u := a.unserved(a.node("op"))
		if u == nil {
			return true
		}
		start := u.By.Start
		exit, said := start, "nobody closes the channel: this goroutine alone sends"
		if u.Exit != nil {
			exit, said = wayOut(u.Exit), "the goroutine can end here without"
		}
		if u.Skips {
			said = "the next turn can begin after this, and no goroutine was started"
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"start": one(start), "exit": one(exit)},
			evidence: []Evidence{{exit.Pos(), exit.Pos(), said}},
		})
	},
}

// unserved asks the facts about a receive or a range.
func (q *query) unserved(op ast.Node) *channels.Unserved {
	f := channels.Of(q.pkg)
	switch op := op.(type) {
	case *ast.UnaryExpr:
		return f.Unserved(f.Variable(op.X), op)
	case *ast.RangeStmt:
		if _, ok := q.typeOf(op.X).Underlying().(*types.Chan); ok {
			return f.Unserved(f.Variable(op.X), op)
		}
	}
	return nil
}
