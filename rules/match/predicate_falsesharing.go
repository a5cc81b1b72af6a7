package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var falselySharedPredicate = predicate{
	doc: "the word that is written here lies on one cache line with another one, of the same struct or in the next element, that another goroutine writes again and again, too",
	params: []parameter{
		{name: "at", doc: "the word, where it is written"},
		{name: "other", doc: "what lies on its cache line, for a sentence", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at, ok := a.node("at").(ast.Expr)
		if !ok {
			return true
		}
		shared, ok := sharing.Of(a.pkg).FalseSharingAt(at)
		if !ok {
			return true
		}
		if shared.Before == nil {
			return yield(answer{
				binds:    map[string][]ast.Node{"other": phrase(at, "the elements beside it")},
				evidence: []Evidence{{shared.Other.Pos(), shared.Other.Pos(), fmt.Sprintf("each goroutine that starts here writes an element of its own, of less than %d bytes", shared.Line)}},
			})
		}
		return yield(answer{
			binds: map[string][]ast.Node{"other": phrase(at, shared.Before.Name())},
			evidence: []Evidence{
				{shared.Other.Pos(), shared.Other.End(), "another goroutine writes " + shared.Before.Name() + " here"},
				{shared.Field.Pos(), shared.Field.Pos(), fmt.Sprintf("declared less than %d bytes behind it", shared.Line)},
			},
		})
	},
}
