package edit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"

	"github.com/lockfix/lockfix/rules/pattern"
)

// isNamePlace reports whether only a name can stand at the cursor.
func isNamePlace(c *dstutil.Cursor) bool {
	switch c.Name() {
	case "Sel", "Label", "Name", "Names":
		return true
	}
	return false
}

// fillName fills a hole that stands for a field, a label or a declared name.
func (f *filler) fillName(id *dst.Ident, hole pattern.Hole) {
	bound, ok := f.s.Bound(hole.Name).(*ast.Ident)
	if !ok {
		f.fail("%s stands for a name in the template, and is bound to something else", hole.Name)
		return
	}
	id.Name = bound.Name
}

// qualify turns pkg.Name into the package's name here, and imports it. It
// reports whether the selector is something else.
func (f *filler) qualify(c *dstutil.Cursor, sel *dst.SelectorExpr) bool {
	x, ok := sel.X.(*dst.Ident)
	if !ok || !f.t.free[x] || !ast.IsExported(sel.Sel.Name) || f.packageLevel(x.Name) != nil {
		return true
	}
	pkg, err := f.packageOf(x.Name)
	if err != nil {
		f.fail("%v", err)
		return false
	}
	c.Replace(f.s.Qualified(pkg, sel.Sel.Name))
	return false
}

// packageOf returns the import path that a qualifier of the template names:
// of what the file imports, else of the standard library, else of what the
// package imports elsewhere.
func (f *filler) packageOf(qualifier string) (string, error) {
	for _, paths := range [][]string{f.imported(qualifier), pattern.Paths(qualifier), f.importedElsewhere(qualifier)} {
		switch len(paths) {
		case 0:
		case 1:
			return paths[0], nil
		default:
			return "", fmt.Errorf("%s in the template may be %s or %s", qualifier, paths[0], paths[1])
		}
	}
	return "", fmt.Errorf("%s in the template is no package that is known here", qualifier)
}

// imported returns the paths that the file imports and a qualifier can name.
func (f *filler) imported(qualifier string) (paths []string) {
	for _, spec := range f.s.source.Syntax.Imports {
		obj := f.s.Pkg.Info.Implicits[spec]
		if spec.Name != nil {
			obj = f.s.Pkg.Info.Defs[spec.Name]
		}
		if name, ok := obj.(*types.PkgName); ok && pattern.Names(qualifier, name.Imported()) {
			paths = append(paths, name.Imported().Path())
		}
	}
	return paths
}

// importedElsewhere returns the paths that other files of the package import.
func (f *filler) importedElsewhere(qualifier string) (paths []string) {
	for _, p := range f.s.Pkg.Types.Imports() {
		if pattern.Names(qualifier, p) {
			paths = append(paths, p.Path())
		}
	}
	slices.Sort(paths)
	return paths
}

// name judges a name that is no hole: one that the template declares gets a
// free one, any other must mean something at package level and be visible; a
// predeclared name must still mean what Go says.
func (f *filler) name(c *dstutil.Cursor, id *dst.Ident) {
	switch {
	case id.Name == "_" || c.Name() == "Sel" || c.Name() == "Label":
	case f.t.declared[id]:
		if f.names[id.Name] == "" {
			f.names[id.Name] = f.s.Fresh(id.Name, f.at)
		}
		id.Name = f.names[id.Name]
	case isKey(c):
	case f.packageLevel(id.Name) == nil, types.Universe.Lookup(id.Name) != nil && f.packageLevel(id.Name).Parent() != types.Universe:
		f.fail("%s in the template means nothing at package level, or is hidden here", id.Name)
	}
}

// isKey reports whether the cursor is at the key of an element, which may be a
// field's name.
func isKey(c *dstutil.Cursor) bool {
	_, ok := c.Parent().(*dst.KeyValueExpr)
	return ok && c.Name() == "Key"
}

// packageLevel returns what a name means at the site, if that is declared at
// package level or predeclared, and no package.
func (f *filler) packageLevel(name string) types.Object {
	scope := f.s.Pkg.Types.Scope().Innermost(f.at.Pos())
	if scope == nil {
		scope = f.s.Pkg.Types.Scope()
	}
	_, obj := scope.LookupParent(name, f.at.Pos())
	if obj == nil || obj.Parent() != types.Universe && obj.Parent() != f.s.Pkg.Types.Scope() {
		return nil
	}
	return obj
}
