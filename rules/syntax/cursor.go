package syntax

import (
	"go/ast"
	"iter"
)

// A Cursor is a place in a file: a node, and the way from there to what is around it
// and beside it. Cursors of one place are equal.
type Cursor struct {
	file *file
	at   int32 // which node; -1: what is around the file
}

// At returns the place of one of the files.
func (x *Files) At(tree *ast.File) Cursor {
	nodes, at := x.find(tree)
	if nodes == nil {
		panic("syntax: a file of another package")
	}
	return Cursor{x.around(tree.Package), at}
}

// Node is what is at the place, nil around a file.
func (c Cursor) Node() ast.Node {
	if c.at < 0 {
		return nil
	}
	return c.file.nodes[c.at].Node
}

// Parent is the place around this one.
func (c Cursor) Parent() Cursor { return Cursor{c.file, c.file.parents[c.at]} }

// Inspect visits the place and those below it, parents first, that are of the same types
// as some nodes, all where there are none. It leaves out what is below a place for which
// visit returns false.
func (c Cursor) Inspect(types []ast.Node, visit func(Cursor) bool) {
	kinds := kindsOf(types)
	nodes := c.file.nodes
	for at, end := c.at, nodes[c.at].end; at < end; {
		if !kinds.has(nodes[at].kind) || visit(Cursor{c.file, at}) {
			at++
		} else {
			at = nodes[at].end
		}
	}
}

// Preorder are the place and those below it, as [Cursor.Inspect] visits them.
func (c Cursor) Preorder(types ...ast.Node) iter.Seq[Cursor] {
	return func(yield func(Cursor) bool) {
		kinds := kindsOf(types)
		nodes := c.file.nodes
		for at, end := c.at, nodes[c.at].end; at < end; at++ {
			if kinds.has(nodes[at].kind) && !yield(Cursor{c.file, at}) {
				return
			}
		}
	}
}

// NextSibling is the place behind this one that has the same parent; ok is false if
// this is the last.
func (c Cursor) NextSibling() (next Cursor, ok bool) {
	parent := c.file.parents[c.at]
	end := c.file.nodes[c.at].end
	return Cursor{c.file, end}, parent >= 0 && end < c.file.nodes[parent].end
}

// PrevSibling is the place before this one that has the same parent; ok is false if
// this is the first.
func (c Cursor) PrevSibling() (prev Cursor, ok bool) {
	parent := c.file.parents[c.at]
	at := c.at - 1
	if parent < 0 || at == parent {
		return c, false
	}
	for c.file.parents[at] != parent {
		at = c.file.parents[at]
	}
	return Cursor{c.file, at}, true
}

// Children are the places right below this one.
func (c Cursor) Children() iter.Seq[Cursor] {
	return func(yield func(Cursor) bool) {
		nodes := c.file.nodes
		for at, end := c.at+1, nodes[c.at].end; at < end; at = nodes[at].end {
			if !yield(Cursor{c.file, at}) {
				return
			}
		}
	}
}
