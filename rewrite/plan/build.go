package plan

import (
	"go/token"

	"github.com/dave/dst"
)

// The builders set every token: the printer does not validate, and prints
// "a ILLEGAL b" for an assignment that has none.

func ident(name string) *dst.Ident { return dst.NewIdent(name) }

// sel builds x.name.
func sel(x dst.Expr, name string) *dst.SelectorExpr {
	return &dst.SelectorExpr{X: x, Sel: ident(name)}
}

// call builds fun(args...).
func call(fun dst.Expr, args ...dst.Expr) *dst.CallExpr {
	return &dst.CallExpr{Fun: fun, Args: args}
}

// exprStmt builds a statement of a call or a receive.
func exprStmt(x dst.Expr) *dst.ExprStmt { return &dst.ExprStmt{X: x} }

// define builds lhs := rhs.
func define(rhs dst.Expr, lhs ...dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.DEFINE, Rhs: []dst.Expr{rhs}}
}

// defineEach builds a, b := x, y.
func defineEach(lhs, rhs []dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.DEFINE, Rhs: rhs}
}

// assign builds lhs = rhs.
func assign(rhs dst.Expr, lhs ...dst.Expr) *dst.AssignStmt {
	return &dst.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, Rhs: []dst.Expr{rhs}}
}

// deferStmt builds defer c.
func deferStmt(c *dst.CallExpr) *dst.DeferStmt { return &dst.DeferStmt{Call: c} }

// returnStmt builds return results....
func returnStmt(results ...dst.Expr) *dst.ReturnStmt { return &dst.ReturnStmt{Results: results} }

// not builds !x; !!x becomes x.
func not(x dst.Expr) dst.Expr {
	if u, ok := x.(*dst.UnaryExpr); ok && u.Op == token.NOT && len(u.Decs.Op) == 0 {
		return u.X
	}
	return &dst.UnaryExpr{Op: token.NOT, X: parenthesised(x, token.UnaryPrec)}
}

// block builds { stmts }, each on a line of its own.
func block(stmts ...dst.Stmt) *dst.BlockStmt {
	ownLine(stmts)
	return &dst.BlockStmt{List: stmts}
}

// ifStmt builds if init; cond { body }; init may be nil.
func ifStmt(init dst.Stmt, cond dst.Expr, body *dst.BlockStmt) *dst.IfStmt {
	st := &dst.IfStmt{Init: init, Cond: cond, Body: body}
	guardHeader(st)
	return st
}

// funcLit builds func() { stmts }.
func funcLit(stmts ...dst.Stmt) *dst.FuncLit {
	sig := &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}}
	return &dst.FuncLit{Type: sig, Body: block(stmts...)}
}
