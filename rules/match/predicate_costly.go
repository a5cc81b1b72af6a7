package match

import (
	"go/ast"
	"go/types"
	"slices"
)

var costlyPredicate = predicate{
	doc: "the call, of LoadOrStore of a sync.Map, gets a value for which its function opens, reads or waits for something, each time, without having looked for the key",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "value", doc: "what makes the value", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		value := a.making(call)
		if value == nil || a.looksFirst(call) {
			return true
		}
		why := a.costs(value, 2)
		if why == "" {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"value": one(value)}, evidence: []Evidence{{value.Pos(), value.End(), why}}})
	},
}

// making returns the call that makes what LoadOrStore gets: its argument, or the only
// thing that a local variable of the function is given.
func (q *query) making(store *ast.CallExpr) *ast.CallExpr {
	switch value := ast.Unparen(store.Args[1]).(type) {
	case *ast.CallExpr:
		return value
	case *ast.Ident:
		v, ok := q.pkg.Use(value).(*types.Var)
		if !ok || v.Kind() != types.LocalVar {
			return nil
		}
		return q.onlyCall(v, store)
	}
	return nil
}

// onlyCall returns the call whose first result is the only thing that a variable is ever
// given; nil where there is another.
func (q *query) onlyCall(v *types.Var, at ast.Node) (found *ast.CallExpr) {
	given := 0
	q.pkg.Inspect(declAround(q.fileOf(at), at.Pos()), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, lhs := range set.Lhs {
			if id, ok := lhs.(*ast.Ident); ok && q.pkg.ObjectOf(id) == v {
				given++
				if i == 0 && len(set.Rhs) == 1 {
					found, _ = ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
				}
			}
		}
		return true
	})
	if given != 1 {
		return nil
	}
	return found
}

// looksFirst reports whether the function around a call also asks a sync.Map, or any lock
// or Once, for what is there.
func (q *query) looksFirst(store *ast.CallExpr) (looks bool) {
	q.pkg.Inspect(declAround(q.fileOf(store), store.Pos()), func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		looks = looks || ok && slices.Contains([]string{"Load", "Lock", "RLock", "Do"}, sel.Sel.Name)
		return !looks
	})
	return looks
}

// costs says what a call waits for, itself or in what it calls by name, "" if that is
// nothing that is known.
func (q *query) costs(call *ast.CallExpr, depth int) (why string) {
	if model := q.pkg.Model(call); model != nil {
		if model.Blocks != nil && *model.Blocks && !model.Logs {
			return model.Why
		}
		return ""
	}
	fn, ok := q.pkg.Callee(call).(*types.Func)
	if !ok || depth == 0 || fn.Pkg() != q.pkg.Types {
		return ""
	}
	decl := q.pkg.Declaration(fn.Origin())
	if decl == nil || decl.Body == nil {
		return ""
	}
	q.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if why == "" {
				why = q.costs(n, depth-1)
			}
		}
		return why == ""
	})
	return why
}
