package match

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var repeatablePredicate = predicate{
	doc: "who comes to the node a second time, in spite of a check before it, does no harm: from the check on the function only loads, deletes and stores constants in maps of package sync and atomics, locks, wakes all that wait, cancels contexts, and returns the same constants on all ways; or a comment right above says that a race does no harm",
	params: []parameter{
		{name: "at", doc: "the node"},
		{name: "from", doc: "the check"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		at := a.node("at")
		if !a.repeatable(a.function(at), a.node("from")) && !sharing.Of(a.pkg).Benign(a.function(at), at) {
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
		case *ast.BlockStmt, *ast.IfStmt, *ast.ExprStmt, *ast.DeferStmt, ast.Expr:
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
		if !ok || id.Name != "_" && q.pkg.Def(id) == nil {
			return false
		}
	}
	return true
}

// idempotent reports whether a call looks into a map of package sync or an atomic, deletes
// there, stores what is always the same, or wakes or cancels all that listen.
func (q *query) idempotent(call *ast.CallExpr) bool {
	fn, ok := q.pkg.Callee(call).(*types.Func)
	if !ok {
		t := q.typeOf(call.Fun)
		return t != nil && (t.String() == "context.CancelFunc" || q.pkg.IsType(call.Fun))
	}
	switch fn.FullName() {
	case "(*sync.Map).Load", "(*sync.Map).Delete", "(*sync.Cond).Broadcast",
		"(*sync.Mutex).Lock", "(*sync.Mutex).Unlock", "(*sync.RWMutex).Lock", "(*sync.RWMutex).Unlock",
		"(*sync.RWMutex).RLock", "(*sync.RWMutex).RUnlock", "(sync.Locker).Lock", "(sync.Locker).Unlock":
		return true
	case "(*sync.Map).Store":
		return q.alike(call.Args[1])
	}
	return ofAtomic(fn) && (fn.Name() == "Load" || fn.Name() == "Store" && q.alike(call.Args[0]))
}

// alike reports whether a value is always the same.
func (q *query) alike(x ast.Expr) bool {
	tv := q.pkg.Info.Types[x]
	s, empty := tv.Type.Underlying().(*types.Struct)
	return tv.Value != nil || empty && s.NumFields() == 0
}

// ofAtomic reports whether a method is one of a type of package sync/atomic.
func ofAtomic(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" && fn.Signature().Recv() != nil
}
