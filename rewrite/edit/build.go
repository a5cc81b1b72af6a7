package edit

import (
	"go/token"

	"github.com/dave/dst"
)

// The builders set every token: the printer does not validate, and prints
// "a ILLEGAL b" for an assignment that has none.

// Ident builds a name.
func Ident(name string) *dst.Ident { return dst.NewIdent(name) }

// Sel builds x.name.
func Sel(x dst.Expr, name string) *dst.SelectorExpr {
	return &dst.SelectorExpr{X: x, Sel: Ident(name)}
}

// Call builds fun(args...).
func Call(fun dst.Expr, args ...dst.Expr) *dst.CallExpr {
	return &dst.CallExpr{Fun: fun, Args: args}
}

// ExprStmt builds a statement of a call or a receive.
func ExprStmt(x dst.Expr) *dst.ExprStmt { return &dst.ExprStmt{X: x} }

// Define builds lhs := rhs.
func Define(rhs dst.Expr, lhs ...dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.DEFINE, Rhs: []dst.Expr{rhs}}
}

// DefineEach builds a, b := x, y.
func DefineEach(lhs, rhs []dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.DEFINE, Rhs: rhs}
}

// Assign builds lhs = rhs.
func Assign(rhs dst.Expr, lhs ...dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, Rhs: []dst.Expr{rhs}}
}

// DeferStmt builds defer c.
func DeferStmt(c *dst.CallExpr) *dst.DeferStmt { return &dst.DeferStmt{Call: c} }

// ReturnStmt builds return results....
func ReturnStmt(results ...dst.Expr) *dst.ReturnStmt { return &dst.ReturnStmt{Results: results} }

// Not builds !x; !!x becomes x.
func Not(x dst.Expr) dst.Expr {
	if u, ok := x.(*dst.UnaryExpr); ok && u.Op == token.NOT && len(u.Decs.Op) == 0 {
		return u.X
	}
	return &dst.UnaryExpr{Op: token.NOT, X: Parenthesised(x, token.UnaryPrec)}
}

// Block builds { stmts }, each on a line of its own.
func Block(stmts ...dst.Stmt) *dst.BlockStmt {
	OwnLine(stmts)
	return &dst.BlockStmt{List: stmts}
}

// IfStmt builds if init; cond { body }; init may be nil.
func IfStmt(init dst.Stmt, cond dst.Expr, body *dst.BlockStmt) *dst.IfStmt {
	st := &dst.IfStmt{Init: init, Cond: cond, Body: body}
	guardHeader(st)
	return st
}

// FuncLit builds func() { stmts }.
func FuncLit(stmts ...dst.Stmt) *dst.FuncLit {
	sig := &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}}
	return &dst.FuncLit{Type: sig, Body: Block(stmts...)}
}
