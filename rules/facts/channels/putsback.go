package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// putsBack reports whether a function sends the very value back that it has received from the
// channel, in the place that it has left there: of a channel with room, as one that holds a token.
//
//	case i := <-s.next:
//		s.next <- i // for the next one
func (f *Facts) putsBack(fn ast.Node, send *ast.SendStmt) bool {
	id, ok := ast.Unparen(send.Value).(*ast.Ident)
	if !ok {
		return false
	}
	if c := f.Class(send.Chan); c != nil && slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return len(made.Args) < 2 }) {
		return false
	}
	value, path, found := f.pkg.Use(id), types.ExprString(send.Chan), false
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || found || len(set.Rhs) != 1 {
			return !found
		}
		receive, ok := ast.Unparen(set.Rhs[0]).(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW || types.ExprString(receive.X) != path {
			return true
		}
		got, ok := set.Lhs[0].(*ast.Ident)
		_, always := f.pkg.Flow(fn).Precedes(receive, send)
		found = ok && value != nil && f.pkg.ObjectOf(got) == value && always
		return !found
	})
	return found
}
