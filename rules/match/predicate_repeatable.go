package match

import (
	"go/ast"
	"go/types"
	"slices"
)

var repeatablePredicate = predicate{
	doc: "who comes to the node a second time, in spite of a check before it, does no harm: from the check on the function only loads, deletes and stores constants in maps of package sync, and returns the same constants on all ways",
	params: []parameter{
		{name: "at", doc: "the node"},
		{name: "from", doc: "the check"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		if !a.repeatable(a.function(a.node("at")), a.node("from")) {
			return true
		}
		return yield(answer{})
	},
}

// repeatable reports whether it comes to the same if all of a function from a node on is
// done once or twice.
func (q *query) repeatable(fn, from ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || from == nil {
		return false
	}
	var results []string
	same := true
	q.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.End() < from.Pos() || !same {
			return false
		}
		switch n := n.(type) {
		case *ast.ReturnStmt:
			var all string
			for _, x := range n.Results {
				same = same && q.isConstant(x)
				all += types.ExprString(x) + ","
			}
			results = append(results, all)
		case *ast.CallExpr:
			same = q.idempotent(n)
		case *ast.BlockStmt, *ast.IfStmt, *ast.ExprStmt, ast.Expr:
		case *ast.AssignStmt:
			same = q.declares(n)
		default:
			same = false
		}
		return same
	})
	return same && len(slices.Compact(results)) <= 1
}

func (q *query) isConstant(x ast.Expr) bool {
	tv := q.pkg.Info.Types[x]
	return tv.Value != nil || tv.IsNil()
}

// declares reports whether an assignment gives values to new variables only.
func (q *query) declares(st *ast.AssignStmt) bool {
	for _, x := range st.Lhs {
		id, ok := x.(*ast.Ident)
		if !ok || id.Name != "_" && q.pkg.Info.Defs[id] == nil {
			return false
		}
	}
	return true
}

// idempotent reports whether a call looks into a map of package sync, deletes there, or
// stores what is always the same.
func (q *query) idempotent(call *ast.CallExpr) bool {
	fn, ok := q.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch fn.FullName() {
	case "(*sync.Map).Load", "(*sync.Map).Delete":
		return true
	case "(*sync.Map).Store":
		tv := q.pkg.Info.Types[call.Args[1]]
		s, empty := tv.Type.Underlying().(*types.Struct)
		return tv.Value != nil || empty && s.NumFields() == 0
	}
	return false
}
