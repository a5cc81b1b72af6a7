// Package around answers what strategies of several families ask of the code around
// the place of a rewrite: which function and statement it stands in, what is assigned
// there, what may be said a second time; and makes the small edits that they share.
package around

import "go/ast"

// BodyOf returns the body of an *ast.FuncDecl or *ast.FuncLit.
func BodyOf(fn ast.Node) *ast.BlockStmt {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Body
	}
	return fn.(*ast.FuncDecl).Body
}

// InnermostFunction returns the innermost function around a node of root.
func InnermostFunction(root, n ast.Node) (fn ast.Node) {
	ast.Inspect(root, func(m ast.Node) bool {
		switch m.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			if m.Pos() <= n.Pos() && n.End() <= m.End() {
				fn = m
			}
		}
		return true
	})
	return fn
}

// ReceiverName returns the name of a method's receiver, nil where it has none.
func ReceiverName(decl *ast.FuncDecl) *ast.Ident {
	if names := decl.Recv.List[0].Names; len(names) == 1 && names[0].Name != "_" {
		return names[0]
	}
	return nil
}
