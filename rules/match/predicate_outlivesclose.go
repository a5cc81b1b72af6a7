package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var outlivesClosePredicate = predicate{
	doc: "the loop never ends, waits for nothing but time, and works for an object that has a method to close it",
	params: []parameter{
		{name: "loop", doc: "the loop"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		loop, ok := a.node("loop").(ast.Stmt)
		fn := a.function(loop)
		if !ok || fn == nil {
			return true
		}
		o := channels.Of(a.pkg).OutlivesClose(fn, loop)
		if o == nil {
			return true
		}
		return yield(answer{evidence: []Evidence{
			{o.Start.Pos(), o.Start.End(), "the goroutine starts here"},
			{o.Close.Name.Pos(), o.Close.Name.End(), "this does not end it"},
		}})
	},
}
