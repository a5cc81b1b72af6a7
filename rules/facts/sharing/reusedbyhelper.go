package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// sentBy returns the slices of bytes that a call gives a function of the package which does no more
// than to send them on.
//
//	t.deliver(off, buf[:n]) // t.chunks <- Chunk{off, data}
func (s reuseSearch) sentBy(call *ast.CallExpr) (all []ast.Expr) {
	callee := s.decls[originOf(s.pkg.Callee(call))]
	if callee == nil || callee == s.fn || call.Ellipsis.IsValid() {
		return nil
	}
	sig := callee.obj.Signature()
	for i, arg := range call.Args {
		if isBytes(s.pkg.TypeOf(arg)) && i < sig.Params().Len() && !(sig.Variadic() && i >= sig.Params().Len()-1) && s.sendsOn(callee, sig.Params().At(i)) {
			all = append(all, arg)
		}
	}
	return all
}

// sendsOn reports whether a function sends what it gets for a parameter, and waits for nobody: all
// that it does with it is to send it, itself or as a part of a literal.
func (s reuseSearch) sendsOn(fn *function, param *types.Var) bool {
	sends, waits, uses := 0, false, 0
	s.Facts.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			if s.isPartOfLiteral(n.Value, param) {
				sends++
			}
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW
		case *ast.RangeStmt, *ast.FuncLit:
			waits = true
		case *ast.CallExpr:
			waits = waits || calledMethod(n) == "Wait"
		case *ast.Ident:
			if s.pkg.Use(n) == types.Object(param) {
				uses++
			}
		}
		return !waits
	})
	return !waits && sends == 1 && uses == 1
}

// isPartOfLiteral reports whether an expression is a parameter, or a literal that holds it.
func (s reuseSearch) isPartOfLiteral(e ast.Expr, param *types.Var) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.pkg.Use(x) == types.Object(param)
	case *ast.UnaryExpr:
		return x.Op == token.AND && s.isPartOfLiteral(x.X, param)
	case *ast.KeyValueExpr:
		return s.isPartOfLiteral(x.Value, param)
	case *ast.CompositeLit:
		for _, elt := range x.Elts {
			if s.isPartOfLiteral(elt, param) {
				return true
			}
		}
	}
	return false
}
