package syntax

import (
	"cmp"
	"go/ast"
	"slices"
)

// A file is laid out when its nodes are there.
type file struct {
	tree  *ast.File
	nodes []node
}

// A node of a file, with what makes it possible to find it and to leave it out.
type node struct {
	ast.Node
	pos int32 // where in the file it begins, or the furthest that one before it began
	end int32 // which node is the first behind those below it
}

// find returns the nodes of the file and which of them root is.
//
// A few kinds of nodes, such as the type of a function, begin in front of a node that
// is visited before them. Those are not found.
func (f *file) find(root ast.Node) ([]node, int32) {
	if f.nodes == nil {
		f.layOut()
	}
	pos := f.offset(root)
	i, _ := slices.BinarySearchFunc(f.nodes, pos, func(n node, pos int32) int { return cmp.Compare(n.pos, pos) })
	for ; i < len(f.nodes) && f.nodes[i].pos == pos; i++ {
		if f.nodes[i].Node == root {
			return f.nodes, int32(i)
		}
	}
	return nil, 0
}

func (f *file) layOut() {
	var open []int32
	var last int32
	f.nodes = make([]node, 0, nodesIn(f.tree))
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if n == nil {
			f.nodes[open[len(open)-1]].end = int32(len(f.nodes))
			open = open[:len(open)-1]
			return false
		}
		last = max(last, f.offset(n))
		open = append(open, int32(len(f.nodes)))
		f.nodes = append(f.nodes, node{Node: n, pos: last})
		return true
	})
}

// nodesIn guesses how many nodes a file has, from its length.
func nodesIn(file *ast.File) int { return int(file.FileEnd-file.FileStart)/7 + 16 }

func (f *file) offset(n ast.Node) int32 { return int32(n.Pos() - f.tree.FileStart) }
