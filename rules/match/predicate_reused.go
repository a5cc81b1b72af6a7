package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// saysReuse says how what is given away is overwritten.
func saysReuse(r sharing.Reuse) string {
	if _, emptied := r.Fill.(*ast.AssignStmt); emptied {
		return "emptied here: what comes next is written over it"
	}
	if call, ok := r.Fill.(*ast.CallExpr); ok && len(call.Args) == 0 && ast.Node(r.Given) == ast.Node(r.Source) && calledName(call) == "Reset" {
		return "emptied here: what comes next is written over it"
	}
	return "overwritten here, in the next turn"
}

func calledName(call *ast.CallExpr) string {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	return ""
}

var reusedPredicate = predicate{
	doc: "the go statement, send, call of a function of the package that sends what it gets, or append to a list gives away a slice of a buffer that the loop around it fills again, or that is emptied right behind, without a wait for who has it",
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
			evidence: []Evidence{{r.Fill.Pos(), r.Fill.End(), saysReuse(r)}},
		})
	},
}
