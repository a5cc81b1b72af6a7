package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// elementWrite returns an access that looks up a slice in a map, as another one does, and writes
// elements of it where they are.
//
//	b.handlers[topic][i] = nil
//
//	hs := b.handlers[topic]
//	b.handlers[topic] = append(hs[:i], hs[i+1:]...)
func (f *Facts) elementWrite(a *Access) *Access {
	if !a.Content || !f.isEntrySlice(a) {
		return nil
	}
	for _, b := range f.accesses[a.Var] {
		if b == a || !b.Content || b.Write || !f.isEntrySlice(b) || f.depth(b) != f.depth(a) {
			continue
		}
		if _, counts := f.counts(b); counts && !f.early(b) && !f.fills(b, f.depth(a)) && f.writesElements(b) {
			return b
		}
	}
	return nil
}

// isEntrySlice reports whether what an access reads is a slice that a map holds.
func (f *Facts) isEntrySlice(a *Access) bool {
	value, ok := a.Use.(*ast.IndexExpr)
	return ok && isSlice(f.typeOf(value))
}

// writesElements reports whether the function of an access writes elements of the slice that it
// reads, by its own name or by that of a local that holds nothing else.
func (f *Facts) writesElements(a *Access) (writes bool) {
	value := a.Use.(ast.Expr)
	local := f.definedAs(a.fn, value)
	if local != nil {
		if given := f.valuesOf(a.fn.outermost())[local]; given == nil || len(given.values) != 1 || given.unknown {
			local = nil
		}
	}
	f.pkg.PreorderStack(a.fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, named := n.(*ast.Ident)
		if n == ast.Node(value) || named && local != nil && f.pkg.Use(id) == local {
			writes = writes || f.writesAround(n.(ast.Expr), stack)
		}
		return !writes
	})
	return writes
}

// writesAround reports whether what stands around a slice writes elements of it: an assignment, an
// append to its beginning, a call that moves them.
func (f *Facts) writesAround(slice ast.Expr, stack []ast.Node) bool {
	around := func(i int) ast.Node {
		if i < len(stack) {
			return stack[len(stack)-1-i]
		}
		return nil
	}
	switch p := around(0).(type) {
	case *ast.IndexExpr:
		return ast.Unparen(p.X) == slice && isAssigned(p, around(1))
	case *ast.SliceExpr:
		call, ok := around(1).(*ast.CallExpr)
		return ok && ast.Unparen(p.X) == slice && ast.Unparen(call.Args[0]) == ast.Expr(p) && f.movesInto(call, p)
	case *ast.CallExpr:
		return len(p.Args) > 0 && ast.Unparen(p.Args[0]) == slice && f.movesAll(p)
	}
	return false
}

// isAssigned reports whether a statement gives an element a value.
func isAssigned(element ast.Expr, stmt ast.Node) bool {
	switch stmt := stmt.(type) {
	case *ast.AssignStmt:
		return slices.Contains(stmt.Lhs, element)
	case *ast.IncDecStmt:
		return stmt.X == element
	}
	return false
}

// movesInto reports whether a call writes into a part of a slice: append behind its beginning, copy.
func (f *Facts) movesInto(call *ast.CallExpr, part *ast.SliceExpr) bool {
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	if !ok {
		return f.movesAll(call)
	}
	switch builtin.Name() {
	case "append":
		return len(call.Args) > 1 && part.Low == nil && part.High != nil && !part.Slice3 && f.pkg.Info.Types[part.High].Value == nil
	case "copy":
		return true
	}
	return false
}

// movesAll reports whether a call sorts a slice or moves its elements.
func (f *Facts) movesAll(call *ast.CallExpr) bool {
	if builtin, ok := f.pkg.Callee(call).(*types.Builtin); ok {
		return builtin.Name() == "copy"
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	model := f.pkg.Model(call)
	return ok && model != nil && model.Fills && ofSorting(fn)
}
