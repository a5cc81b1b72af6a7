package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"

	"github.com/lockfix/lockfix/rules/pattern"
)

// fillTemplate puts the fix's template in the place of the match, or of the
// hole that the fix replaces:
//
//	template  $mu.Lock(); defer $mu.Unlock()
//
//	s.mu.Lock() // taken      s.mu.Lock() // taken
//	                     →    defer s.mu.Unlock()
//
// A hole becomes what it was bound to, with its comments the first time. A
// package that the template names is imported; names that it declares are
// changed where they are taken; any other name must mean at the site what it
// means at package level.
func fillTemplate(s *Site) error {
	t, err := parseTemplate(s.Fix.Template)
	if err != nil {
		return fmt.Errorf("internal: %w", err)
	}
	target, err := s.target()
	if err != nil {
		return err
	}
	f := &filler{s: s, t: t, at: target[0], names: map[string]string{}}
	root := f.fill()
	if f.err != nil {
		return f.err
	}
	if x, ok := target[0].(ast.Expr); ok {
		return f.placeExpr(x, root)
	}
	return f.placeStmts(target, root)
}

// target returns the nodes that the template stands for.
func (s *Site) target() ([]ast.Node, error) {
	nodes := s.Match.Nodes
	if s.Fix.Replace != "" {
		nodes = s.Match.Bound[s.Fix.Replace]
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s is bound to nothing here that the template could replace", s.Fix.Replace)
	}
	for _, n := range nodes {
		_, isStmt := n.(ast.Stmt)
		if _, isExpr := n.(ast.Expr); !isStmt && !(isExpr && len(nodes) == 1) {
			return nil, errors.New("a template replaces one expression or some statements, and no declaration")
		}
	}
	return nodes, nil
}

// placeExpr puts the filled template in the place of an expression; statements
// only in the place of one that is a statement.
func (f *filler) placeExpr(x ast.Expr, root dst.Node) error {
	if paren, ok := root.(*dst.ParenExpr); ok {
		f.s.ReplaceExpr(f.s.Expr(x), paren.X)
		return nil
	}
	path := f.s.pathTo(x)
	st, ok := path[len(path)-1].(*ast.ExprStmt)
	if !ok {
		return errors.New("the template is a statement, and would stand for an expression")
	}
	return f.placeStmts([]ast.Node{st}, root)
}

// placeStmts puts the filled template in the place of statements.
func (f *filler) placeStmts(target []ast.Node, root dst.Node) error {
	first, last := target[0].(ast.Stmt), target[len(target)-1].(ast.Stmt)
	stmts := []dst.Stmt{}
	switch root := root.(type) {
	case *dst.ParenExpr:
		stmts = append(stmts, exprStmt(root.X))
	case *dst.BlockStmt:
		stmts = root.List
	}
	f.s.Splice(f.s.Stmt(first), f.s.Stmt(last), stmts...)
	return nil
}

// A filler fills one template at one site.
type filler struct {
	s     *Site
	t     *template
	at    ast.Node
	names map[string]string // what the template declares → what it is called here
	err   error             // the first name that cannot be used, or hole that cannot be filled
}

func (f *filler) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// fill returns the filled tree.
func (f *filler) fill() dst.Node {
	root := f.t.root()
	dstutil.Apply(root, f.visit, nil)
	dst.Inspect(root, func(n dst.Node) bool {
		if b, ok := n.(*dst.BlockStmt); ok && n != root && len(b.List) > 0 {
			ownLine(b.List)
		}
		guardHeader(n)
		return true
	})
	return root
}

// visit fills one place; it reports whether to go on below.
func (f *filler) visit(c *dstutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *dst.ExprStmt:
		id, ok := n.X.(*dst.Ident)
		if hole, isHole := f.t.holes[id]; ok && isHole {
			return f.fillStmt(c, hole)
		}
	case *dst.SelectorExpr:
		return f.qualify(c, n)
	case *dst.Ident:
		f.fillIdent(c, n)
		return false
	}
	return true
}

// fillStmt fills a hole that stands alone as a statement. It reports whether
// the hole is an expression after all.
func (f *filler) fillStmt(c *dstutil.Cursor, hole pattern.Hole) bool {
	bound := f.s.Match.Bound[hole.Name]
	for _, n := range bound {
		st, ok := n.(ast.Stmt)
		if !ok {
			return true
		}
		c.InsertBefore(f.s.UseStmt(st))
	}
	c.Delete()
	return false
}

// fillIdent fills a hole, or judges a name.
func (f *filler) fillIdent(c *dstutil.Cursor, id *dst.Ident) {
	hole, ok := f.t.holes[id]
	switch {
	case !ok:
		f.name(c, id)
	case isNamePlace(c):
		f.fillName(id, hole)
	case hole.List:
		f.fillList(c, hole)
	default:
		x := f.s.BoundExpr(hole.Name)
		if f.s.err == nil {
			c.Replace(fitted(f.s.Use(x), c.Parent(), c.Name()))
		}
	}
}

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

// fillList fills a list hole among arguments, results, operands or elements.
func (f *filler) fillList(c *dstutil.Cursor, hole pattern.Hole) {
	if c.Index() < 0 {
		f.fail("%s is a list, and stands for one thing in the template", hole.Name)
		return
	}
	for _, n := range f.s.Match.Bound[hole.Name] {
		x, ok := n.(ast.Expr)
		if !ok {
			f.fail("%s holds more than expressions", hole.Name)
			return
		}
		c.InsertBefore(f.s.Use(x))
	}
	c.Delete()
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
// free one, any other must mean something at package level and be visible.
func (f *filler) name(c *dstutil.Cursor, id *dst.Ident) {
	switch {
	case id.Name == "_" || c.Name() == "Sel" || c.Name() == "Label":
	case f.t.declared[id]:
		if f.names[id.Name] == "" {
			f.names[id.Name] = f.s.Fresh(id.Name, f.at)
		}
		id.Name = f.names[id.Name]
	case isKey(c):
	case f.packageLevel(id.Name) == nil:
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
