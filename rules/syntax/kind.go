package syntax

import (
	"fmt"
	"go/ast"
	"reflect"
)

// A kind is a type of nodes, by its number.
type kind uint8

// kinds is a set of them, a bit each.
type kinds uint64

func (all kinds) has(k kind) bool { return all>>k&1 != 0 }

// kindsOf are those of some nodes, all where there are none.
func kindsOf(types []ast.Node) (all kinds) {
	for _, n := range types {
		all |= 1 << kindOf(n)
	}
	if len(types) == 0 {
		return ^all
	}
	return all
}

func kindOf(n ast.Node) kind {
	k, ok := numbers[reflect.TypeOf(n)]
	if !ok {
		panic(fmt.Sprintf("syntax: no kind of node: %T", n))
	}
	return k
}

var numbers = number(
	(*ast.ArrayType)(nil), (*ast.AssignStmt)(nil), (*ast.BadDecl)(nil), (*ast.BadExpr)(nil),
	(*ast.BadStmt)(nil), (*ast.BasicLit)(nil), (*ast.BinaryExpr)(nil), (*ast.BlockStmt)(nil),
	(*ast.BranchStmt)(nil), (*ast.CallExpr)(nil), (*ast.CaseClause)(nil), (*ast.ChanType)(nil),
	(*ast.CommClause)(nil), (*ast.Comment)(nil), (*ast.CommentGroup)(nil), (*ast.CompositeLit)(nil),
	(*ast.DeclStmt)(nil), (*ast.DeferStmt)(nil), (*ast.Ellipsis)(nil), (*ast.EmptyStmt)(nil),
	(*ast.ExprStmt)(nil), (*ast.Field)(nil), (*ast.FieldList)(nil), (*ast.File)(nil),
	(*ast.ForStmt)(nil), (*ast.FuncDecl)(nil), (*ast.FuncLit)(nil), (*ast.FuncType)(nil),
	(*ast.GenDecl)(nil), (*ast.GoStmt)(nil), (*ast.Ident)(nil), (*ast.IfStmt)(nil),
	(*ast.ImportSpec)(nil), (*ast.IncDecStmt)(nil), (*ast.IndexExpr)(nil), (*ast.IndexListExpr)(nil),
	(*ast.InterfaceType)(nil), (*ast.KeyValueExpr)(nil), (*ast.LabeledStmt)(nil), (*ast.MapType)(nil),
	(*ast.ParenExpr)(nil), (*ast.RangeStmt)(nil), (*ast.ReturnStmt)(nil), (*ast.SelectStmt)(nil),
	(*ast.SelectorExpr)(nil), (*ast.SendStmt)(nil), (*ast.SliceExpr)(nil), (*ast.StarExpr)(nil),
	(*ast.StructType)(nil), (*ast.SwitchStmt)(nil), (*ast.TypeAssertExpr)(nil), (*ast.TypeSpec)(nil),
	(*ast.TypeSwitchStmt)(nil), (*ast.UnaryExpr)(nil), (*ast.ValueSpec)(nil),
)

func number(nodes ...ast.Node) map[reflect.Type]kind {
	all := make(map[reflect.Type]kind, len(nodes))
	for i, n := range nodes {
		all[reflect.TypeOf(n)] = kind(i)
	}
	return all
}
