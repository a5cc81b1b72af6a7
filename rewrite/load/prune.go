package load

import (
	"go/ast"
	"slices"
)

// pruned are the files of a dependency without the functions and methods that no
// importer can need: they are not exported, and nothing that is left of the package
// names them. A method of such a name counts for no interface but one of its own
// package, which would name it; a call of such a function stands in a body, which is
// blank, or in the value of a variable, which names it. They are two of five
// functions in real code, and what only their signatures need is not looked at either.
func pruned(files []*ast.File) []*ast.File {
	named := make(map[string]bool)
	for _, f := range files {
		for _, decl := range f.Decls {
			noteNames(decl, named)
		}
	}
	out := make([]*ast.File, len(files))
	for i, f := range files {
		left := *f // the file may be that of a root, too
		left.Decls = slices.DeleteFunc(slices.Clone(f.Decls), func(decl ast.Decl) bool {
			fn, ok := decl.(*ast.FuncDecl)
			return ok && !fn.Name.IsExported() && !named[fn.Name.Name]
		})
		out[i] = &left
	}
	return out
}

// noteNames notes what a declaration names; of a function only what an interface in
// its signature asks for.
func noteNames(decl ast.Decl, named map[string]bool) {
	note := func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !id.IsExported() {
			named[id.Name] = true
		}
		return true
	}
	fn, ok := decl.(*ast.FuncDecl)
	if !ok {
		ast.Inspect(decl, note)
		return
	}
	for _, list := range []*ast.FieldList{fn.Type.TypeParams, fn.Type.Params, fn.Type.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			if !isPlain(field.Type) {
				ast.Inspect(field.Type, note)
			}
		}
	}
}

// isPlain reports whether a type is written without an interface, as nearly all are.
func isPlain(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.StarExpr:
		return isPlain(x.X)
	case *ast.ArrayType:
		return isPlain(x.Elt)
	case *ast.Ellipsis:
		return isPlain(x.Elt)
	case *ast.MapType:
		return isPlain(x.Key) && isPlain(x.Value)
	}
	return false
}
