package edit

import (
	"go/token"

	"github.com/dave/dst"
)

// Parenthesised returns x, in parentheses where it binds less tightly than an
// operand of an operator of the given precedence must.
func Parenthesised(x dst.Expr, prec int) dst.Expr {
	if precedence(x) >= prec {
		return x
	}
	return &dst.ParenExpr{X: x}
}

// precedence returns how tightly an expression binds: that of its operator,
// [token.HighestPrec] for what needs no parentheses anywhere.
func precedence(x dst.Expr) int {
	switch x := x.(type) {
	case *dst.BinaryExpr:
		return x.Op.Precedence()
	case *dst.UnaryExpr, *dst.StarExpr:
		return token.UnaryPrec
	case *dst.FuncType, *dst.ChanType:
		// func() (T) and <-chan T run into what follows them.
		return token.LowestPrec
	}
	return token.HighestPrec
}

// Fitted returns x as it can stand in a field of parent: in parentheses where
// it would be torn apart otherwise.
//
//	a * $x, $x = b + c   →   a * (b + c)
func Fitted(x dst.Expr, parent dst.Node, field string) dst.Expr {
	switch parent := parent.(type) {
	case *dst.BinaryExpr:
		if field == "Y" {
			return Parenthesised(x, parent.Op.Precedence()+1) // they associate to the left
		}
		return Parenthesised(x, parent.Op.Precedence())
	case *dst.UnaryExpr, *dst.StarExpr:
		return Parenthesised(x, token.UnaryPrec)
	case *dst.SelectorExpr, *dst.TypeAssertExpr, *dst.IndexExpr, *dst.IndexListExpr, *dst.SliceExpr:
		if field == "X" {
			return Parenthesised(x, token.HighestPrec)
		}
	case *dst.CallExpr:
		if field == "Fun" {
			return Parenthesised(x, token.HighestPrec)
		}
	}
	return x
}
