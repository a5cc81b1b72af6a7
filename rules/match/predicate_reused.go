package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var reusedPredicate = predicate{
	doc: "the go statement, send, or append to a list gives away a slice of a buffer that the loop around it fills again, without a wait for who has it",
	params: []parameter{
		{name: "at", doc: "the statement"},
		{name: "given", doc: "what it gives away", binds: true},
		{name: "fill", doc: "the call that overwrites it", binds: true},
		{name: "source", doc: "the expression of which a copy can be given away; the slice itself where there is none", binds: true},
		{name: "copyable", doc: "yes: a copy can be made before the slice is given away; no: it cannot; if left out, either", words: []string{"yes", "no"}, optional: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		r, ok := sharing.Of(a.pkg).ReusedAt(a.node("at"))
		if !ok || a.word("copyable") != "" && (r.Source != nil) != (a.word("copyable") == "yes") {
			return true
		}
		source := r.Source
		if source == nil {
			source = r.Given
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"given": one(r.Given), "fill": one(r.Fill), "source": one(source)},
			evidence: []Evidence{{r.Fill.Pos(), r.Fill.End(), "overwritten here, in the next turn"}},
		})
	},
}
