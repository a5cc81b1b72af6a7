package match

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"
)

// path returns the nodes around n, from the file to n itself.
func (q *query) path(n ast.Node) (path []ast.Node) {
	if path = q.pkg.Syntax().Path(n); path != nil {
		return path
	}
	file := q.fileOf(n)
	path = append(path, file)
	decl := declAround(file, n.Pos())
	if decl == nil {
		return path
	}
	q.pkg.Inspect(decl, func(around ast.Node) bool {
		if path[len(path)-1] == n {
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

// declAround returns the declaration of a file that pos lies in, or nil. The
// declarations of a file stand in their order.
func declAround(file *ast.File, pos token.Pos) ast.Decl {
	i, _ := slices.BinarySearchFunc(file.Decls, pos, func(d ast.Decl, pos token.Pos) int { return cmp.Compare(d.End(), pos+1) })
	if i == len(file.Decls) || !covers(file.Decls[i], pos) {
		return nil
	}
	return file.Decls[i]
}

// fileOf returns the file of the package that n stands in.
func (q *query) fileOf(n ast.Node) *ast.File {
	if file := q.pkg.Syntax().File(n.Pos()); file != nil {
		return file
	}
	return q.file
}

// function returns the innermost function around n, an *ast.FuncDecl or
// *ast.FuncLit, n itself excluded; nil at package level.
func (q *query) function(n ast.Node) ast.Node {
	decl := declAround(q.fileOf(n), n.Pos())
	if decl == nil || decl == n {
		return nil
	}
	if q.literals == nil {
		q.literals = map[ast.Decl][]ast.Node{}
	}
	all, ok := q.literals[decl]
	if !ok {
		all = functionsIn(decl)
		q.literals[decl] = all
	}
	for _, fn := range slices.Backward(all) { // inner ones stand behind outer ones
		if fn != n && fn.Pos() <= n.Pos() && n.End() <= fn.End() {
			return fn
		}
	}
	return nil
}

// functionsIn returns a declared function and the literals in it, or those in
// another declaration, in the order of the text.
func functionsIn(decl ast.Decl) (all []ast.Node) {
	ast.Inspect(decl, func(n ast.Node) bool {
		if n != nil && isBoundary(n) {
			all = append(all, n)
		}
		return true
	})
	return all
}

// covers reports whether pos lies in n.
func covers(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
