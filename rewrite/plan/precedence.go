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
	case *dst.FuncType, *dst.ChanType, *dst.FuncLit:
		// func() (T) and <-chan T run into what follows them.
		return token.LowestPrec
	}
	return token.HighestPrec
}
