package memory

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// firstWrite returns the line of the first statement or call in a function that
// writes an entry in place, or takes its address, of a map or slice that holds
// answers; 0 if there is none. Entries are written by m[k] = v and m[k]++, by
// items[i].n = v where the entry is the struct itself, by delete, clear and copy,
// as the variable of a range, and by methods that get the entry's address.
func firstWrite(s *edit.Site, fn ast.Node, holds func(into ast.Expr, at ast.Node) bool) (first int) {
	ast.Inspect(fn, func(n ast.Node) bool {
		for _, into := range entriesWritten(s, n) {
			if first == 0 && holds(into, n) {
				first = around.Line(s, n)
			}
		}
		return first == 0
	})
	return first
}

// entriesWritten returns the maps and slices of which a node itself writes entries.
func entriesWritten(s *edit.Site, n ast.Node) (all []ast.Expr) {
	add := func(written ast.Expr) {
		if into := entryOf(s, written); into != nil {
			all = append(all, into)
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, lhs := range n.Lhs {
			add(lhs)
		}
	case *ast.IncDecStmt:
		add(n.X)
	case *ast.RangeStmt:
		add(n.Key)
		add(n.Value)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			add(n.X)
		}
	case *ast.CallExpr:
		return entriesOfCall(s, n)
	}
	return all
}

// entriesOfCall is entriesWritten of a call.
func entriesOfCall(s *edit.Site, c *ast.CallExpr) []ast.Expr {
	if builtin, ok := s.Match.Pkg.Callee(c).(*types.Builtin); ok {
		switch builtin.Name() {
		case "delete", "clear", "copy":
			return []ast.Expr{whole(c.Args[0])}
		}
		return nil
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || s.Pkg.Info.Selections[sel] == nil {
		return nil
	}
	method, ok := s.Pkg.Info.Selections[sel].Obj().(*types.Func)
	if !ok || method.Signature().Recv() == nil || s.Pkg.Info.Selections[sel].Indirect() {
		return nil // the method gets what an entry points to
	}
	_, address := method.Signature().Recv().Type().(*types.Pointer)
	if into := entryOf(s, sel.X); address && into != nil {
		return []ast.Expr{into}
	}
	return nil
}

// entryOf returns the map or slice of which an expression is an entry, or a part
// of one; nil if it is none, or what an entry points to.
func entryOf(s *edit.Site, e ast.Expr) ast.Expr {
	for e != nil {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			selection := s.Pkg.Info.Selections[x]
			if selection == nil || selection.Indirect() {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			t := s.Pkg.Info.TypeOf(x.X)
			if t == nil {
				return whole(x.X)
			}
			switch t.Underlying().(type) {
			case *types.Array:
				e = x.X
			case *types.Pointer:
				return nil
			default:
				return whole(x.X)
			}
		default:
			return nil
		}
	}
	return nil
}

// whole returns what an expression is a slice of.
func whole(e ast.Expr) ast.Expr {
	for {
		x, ok := ast.Unparen(e).(*ast.SliceExpr)
		if !ok {
			return ast.Unparen(e)
		}
		e = x.X
	}
}
