package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// AppendsShared reports whether several goroutines at once append to one slice of
// the function around them, each for itself, and the array of the slice has room: all
// write the same elements.
//
//	for _, item := range items {
//		go func() { item.tags = append(common, item.name) }()
//	}
func (f *Facts) AppendsShared(call *ast.CallExpr) bool {
	if builtin, ok := f.pkg.Callee(call).(*types.Builtin); !ok || builtin.Name() != "append" || len(call.Args) < 2 {
		return false
	}
	id, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	a := f.at[id]
	if !ok || a == nil || v.Kind() != types.LocalVar || a.goroutine() == nil || f.takesTurns(a) || f.gated(a.fn, id) {
		return false
	}
	if f.givenTo(call, v) || !f.mayHaveRoom(v) {
		return false
	}
	return f.selfConcurrent(place{root: v}, a.fn)
}

// givenTo reports whether the result of an append is assigned to the slice itself,
// which is a race that capturedrace reports.
func (f *Facts) givenTo(call *ast.CallExpr, v *types.Var) bool {
	found := false
	f.pkg.Inspect(f.around(call).body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok {
			for i, rhs := range set.Rhs {
				found = found || ast.Unparen(rhs) == call && i < len(set.Lhs) && f.isVariable(set.Lhs[i], v)
			}
		}
		return !found
	})
	return found
}

// mayHaveRoom reports whether the array of a slice is longer than the slice, as one
// of its values says: made with a capacity of its own, grown by append, or the first
// part of another.
func (f *Facts) mayHaveRoom(v *types.Var) bool {
	top := f.topAround(v.Pos())
	if top == nil {
		return false // of a literal at package level
	}
	given := f.valuesOf(top)[v]
	if given == nil || given.unknown || len(given.values) == 0 {
		return false
	}
	last := ast.Unparen(given.values[len(given.values)-1])
	if call, ok := last.(*ast.CallExpr); ok && f.appends(call) {
		// x = append(x, …): what it was made as says whether there is room still.
		return slices.ContainsFunc(given.values, func(e ast.Expr) bool { return f.hasRoom(e) }) || len(given.values) > 1
	}
	return len(given.values) == 1 && f.hasRoom(last)
}

func (f *Facts) appends(call *ast.CallExpr) bool {
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "append"
}

func (f *Facts) hasRoom(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		builtin, ok := f.pkg.Callee(x).(*types.Builtin)
		return ok && builtin.Name() == "make" && len(x.Args) == 3 && types.ExprString(x.Args[1]) != types.ExprString(x.Args[2])
	case *ast.SliceExpr:
		return x.High != nil && !x.Slice3
	}
	return false
}
