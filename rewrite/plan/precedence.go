package plan

import (
	"go/token"

	"github.com/dave/dst"
)

// parenthesised returns x, in parentheses where it binds less tightly than an
// operand of an operator of the given precedence must.
func parenthesised(x dst.Expr, prec int) dst.Expr {
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

// fitted returns x as it can stand in a field of parent: in parentheses where
// it would be torn apart otherwise.
//
//	a * $x, $x = b + c   →   a * (b + c)
func fitted(x dst.Expr, parent dst.Node, field string) dst.Expr {
	switch parent := parent.(type) {
	case *dst.BinaryExpr:
		if field == "Y" {
			return parenthesised(x, parent.Op.Precedence()+1) // they associate to the left
		}
		return parenthesised(x, parent.Op.Precedence())
	case *dst.UnaryExpr, *dst.StarExpr:
		return parenthesised(x, token.UnaryPrec)
	case *dst.SelectorExpr, *dst.TypeAssertExpr, *dst.IndexExpr, *dst.IndexListExpr, *dst.SliceExpr:
		if field == "X" {
			return parenthesised(x, token.HighestPrec)
		}
	case *dst.CallExpr:
		if field == "Fun" {
			return parenthesised(x, token.HighestPrec)
		}
	}
	return x
}
