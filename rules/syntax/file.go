package syntax

import (
	"go/ast"
	"slices"
)

// A file is laid out when its nodes are there. What walks do not need of them is kept
// apart, so that they read less.
type file struct {
	tree    *ast.File
	nodes   []node
	parents []int32 // of the nodes; -1: none
	starts  []int32 // where in the file a node begins, or the furthest that one before it began
}

// A node of a file.
type node struct {
	ast.Node
	end  int32 // which node is the first behind those below it
	kind kind
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
	i, _ := slices.BinarySearch(f.starts, pos)
	for ; i < len(f.nodes) && f.starts[i] == pos; i++ {
		if f.nodes[i].Node == root {
			return f.nodes, int32(i)
		}
	}
	return nil, 0
}

func (f *file) layOut() {
	size := nodesIn(f.tree)
	f.nodes, f.parents, f.starts = make([]node, 0, size), make([]int32, 0, size), make([]int32, 0, size)
	parent, last := int32(-1), int32(0)
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if n == nil {
			f.nodes[parent].end = int32(len(f.nodes))
			parent = f.parents[parent]
			return false
		}
		last = max(last, f.offset(n))
		f.nodes = append(f.nodes, node{Node: n, kind: kindOf(n)})
		f.parents, f.starts = append(f.parents, parent), append(f.starts, last)
		parent = int32(len(f.nodes) - 1)
		return true
	})
}

// nodesIn guesses how many nodes a file has, from its length.
func nodesIn(file *ast.File) int { return int(file.FileEnd-file.FileStart)/7 + 16 }

func (f *file) offset(n ast.Node) int32 { return int32(n.Pos() - f.tree.FileStart) }
