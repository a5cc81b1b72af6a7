package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// After returns something that a function does after one of its statements,
// but for jumps and returns of pure values; nil if the statement is the last
// thing on every way.
func (f *Facts) After(fn ast.Node, st ast.Stmt) (found ast.Node) {
	flow := f.pkg.Flow(fn)
	at, ok := flow.At(st)
	if !ok {
		return st
	}
	for _, b := range flow.Blocks {
		for i, n := range b.Nodes {
			p := facts.Point{Block: b, Index: i}
			if p == at || found != nil || f.onlyLeaves(n) {
				continue
			}
			if flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, p, nil) {
				found = n
			}
		}
	}
	return found
}

// onlyLeaves reports whether a node jumps, or returns what has no effect.
func (f *Facts) onlyLeaves(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BranchStmt:
		return true
	case *ast.ReturnStmt:
		return !slices.ContainsFunc(n.Results, func(x ast.Expr) bool { return !f.pkg.Pure(x) })
	}
	return false
}

// GroupCalls returns the calls in a function itself of methods of the group
// that a call is about.
func (f *Facts) GroupCalls(call *ast.CallExpr) (all []*GroupCall) {
	of := f.groups().of[call]
	if of == nil {
		return nil
	}
	for _, other := range f.groups().byFn[of.Fn] {
		if f.same(other.Group, of.Group) {
			all = append(all, other)
		}
	}
	return all
}

// Root returns the variable that an expression begins with, nil if it does not.
func (f *Facts) Root(x ast.Expr) *ast.Ident {
	for {
		switch e := ast.Unparen(x).(type) {
		case *ast.Ident:
			return e
		case *ast.SelectorExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		default:
			return nil
		}
	}
}
