package match

import (
	"go/ast"
	"go/token"
)

// path returns the nodes around n, from the file to n itself.
func (q *query) path(n ast.Node) (path []ast.Node) {
	ast.Inspect(q.fileOf(n), func(around ast.Node) bool {
		if around == nil || len(path) > 0 && path[len(path)-1] == n {
			return false
		}
		if around.Pos() > n.Pos() || around.End() < n.End() {
			return false
		}
		path = append(path, around)
		return true
	})
	return path
}

// fileOf returns the file of the package that n stands in.
func (q *query) fileOf(n ast.Node) *ast.File {
	for _, file := range q.pkg.Files {
		if file.FileStart <= n.Pos() && n.Pos() < file.FileEnd {
			return file
		}
	}
	return q.file
}

// function returns the innermost function around n, an *ast.FuncDecl or
// *ast.FuncLit, n itself excluded; nil at package level.
func (q *query) function(n ast.Node) ast.Node {
	path := q.path(n)
	for i := len(path) - 2; i >= 0; i-- {
		switch fn := path[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return fn
		}
	}
	return nil
}

// covers reports whether pos lies in n.
func covers(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
