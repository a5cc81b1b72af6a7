package edit

import (
	"cmp"
	"go/ast"
	"go/token"
	"reflect"
	"slices"

	"github.com/dave/dst"
)

// A declaration is one of a document, with its nodes in the order of dst.Inspect.
type declaration struct {
	pos, end token.Pos
	tree     dst.Decl
	syntax   []ast.Node // the twins of the nodes of the tree
}

// declsOf lists the declarations of a tree in their order.
func declsOf(tree *dst.File, of map[dst.Node]ast.Node) (all []*declaration) {
	for _, decl := range tree.Decls {
		d := &declaration{tree: decl}
		for _, n := range nodes(decl) {
			d.syntax = append(d.syntax, of[n])
		}
		d.pos, d.end = of[decl].Pos(), of[decl].End()
		all = append(all, d)
	}
	return all
}

// A copied is a private copy of a document's tree. Its declarations are copied when
// somebody asks for a node in one: most never are, and stay the document's own,
// which nothing may change.
type copied struct {
	doc   *Document
	file  *dst.File
	done  map[*declaration]bool
	twins map[ast.Node]dst.Node
}

// copy copies of a document what may be changed without being asked for: all up to
// the imports, and the declaration behind them.
func (d *Document) copy() *copied {
	head := *d.tree
	head.Decls, head.Imports = nil, nil
	c := &copied{doc: d, file: dst.Clone(&head).(*dst.File), done: map[*declaration]bool{}, twins: map[ast.Node]dst.Node{}}
	c.twins[d.file.Syntax], c.twins[d.file.Syntax.Name] = c.file, c.file.Name
	c.file.Decls = slices.Clone(d.tree.Decls)
	for _, decl := range d.decls {
		c.own(decl)
		if g, ok := decl.tree.(*dst.GenDecl); !ok || g.Tok != token.IMPORT {
			break
		}
	}
	return c
}

// own makes a declaration private, unless it is.
func (c *copied) own(d *declaration) {
	if c.done[d] {
		return
	}
	c.done[d] = true
	i := slices.Index(c.file.Decls, d.tree)
	if i < 0 {
		return
	}
	own := dst.Clone(d.tree).(dst.Decl)
	c.file.Decls[i] = own
	for i, n := range nodes(own) {
		c.twins[d.syntax[i]] = n
	}
}

// of returns the private twin of a node of the file, or nil.
func (c *copied) of(n ast.Node) dst.Node {
	if twin := c.twins[n]; twin != nil {
		return twin
	}
	if n == nil || reflect.ValueOf(n).IsNil() {
		return nil
	}
	all := c.doc.decls
	i, _ := slices.BinarySearchFunc(all, n.Pos(), func(d *declaration, pos token.Pos) int { return cmp.Compare(d.end, pos+1) })
	if i == len(all) || n.Pos() < all[i].pos || c.done[all[i]] {
		return nil
	}
	c.own(all[i])
	return c.twins[n]
}
