// Package syntax lays the syntax trees of a package out flat, each file as one
// array of its nodes in the order of [ast.Inspect], so that the walks that facts
// make of it by the hundred read memory in order instead of chasing pointers.
package syntax

import (
	"cmp"
	"go/ast"
	"go/token"
	"iter"
	"slices"
)

// Files are those of one package. They are not safe for concurrent use: a file is
// laid out when it is first walked.
type Files struct {
	files []*file
	spare *surrounding // of a walk that has ended
}

// New returns the files of a package, whose trees must not change from now on.
func New(trees []*ast.File) *Files {
	x := &Files{files: make([]*file, len(trees))}
	for i, tree := range trees {
		x.files[i] = &file{tree: tree}
	}
	slices.SortStableFunc(x.files, func(a, b *file) int { return cmp.Compare(a.tree.FileStart, b.tree.FileStart) })
	return x
}

// Inspect visits root and what is below it, parents first, and leaves out what is
// below a node for which visit returns false. Other than [ast.Inspect] it does not
// tell where a node ends. A root that is in none of the files is walked, too.
func (x *Files) Inspect(root ast.Node, visit func(ast.Node) bool) {
	nodes, at := x.find(root)
	if nodes == nil {
		walk(root, visit)
		return
	}
	for end := nodes[at].end; at < end; {
		if visit(nodes[at].Node) {
			at++
		} else {
			at = nodes[at].end
		}
	}
}

// Walk is [Files.Inspect] that tells where a node ends, too: behind what is below a node
// for which enter returned true.
func (x *Files) Walk(root ast.Node, enter func(ast.Node) bool, leave func()) {
	nodes, at := x.find(root)
	if nodes == nil {
		ast.Inspect(root, func(n ast.Node) bool {
			if n == nil {
				leave()
			}
			return n != nil && enter(n)
		})
		return
	}
	around := x.lend()
	for end := nodes[at].end; at < end; {
		if enter(nodes[at].Node) {
			around.ends = append(around.ends, nodes[at].end)
			at++
		} else {
			at = nodes[at].end
		}
		for n := len(around.ends); n > 0 && around.ends[n-1] <= at; n = len(around.ends) {
			around.ends = around.ends[:n-1]
			leave()
		}
	}
	x.spare = around
}

// walk is Inspect of a tree that is not laid out.
func walk(root ast.Node, visit func(ast.Node) bool) {
	if root == nil {
		return
	}
	ast.Inspect(root, func(n ast.Node) bool { return n != nil && visit(n) })
}

// PreorderStack is [Files.Inspect] with the nodes around each: those of stack, and
// then those from root on. The slice is valid during the call only.
func (x *Files) PreorderStack(root ast.Node, stack []ast.Node, visit func(n ast.Node, stack []ast.Node) bool) {
	nodes, at := x.find(root)
	if nodes == nil {
		ast.PreorderStack(root, stack, visit)
		return
	}
	around := x.lend()
	around.nodes = append(around.nodes, stack...)
	for end := nodes[at].end; at < end; {
		for len(around.ends) > 0 && around.ends[len(around.ends)-1] <= at {
			around.ends = around.ends[:len(around.ends)-1]
		}
		around.nodes = around.nodes[:len(stack)+len(around.ends)]
		if n := &nodes[at]; visit(n.Node, around.nodes) {
			around.nodes, around.ends = append(around.nodes, n.Node), append(around.ends, n.end)
			at++
		} else {
			at = n.end
		}
	}
	x.spare = around
}

// A surrounding is what is around the node that a walk has come to.
type surrounding struct {
	nodes []ast.Node
	ends  []int32 // of those that were walked
}

// lend returns a surrounding of nothing: that of the last walk, unless that goes on.
func (x *Files) lend() *surrounding {
	s := x.spare
	x.spare = nil
	if s == nil {
		return new(surrounding)
	}
	s.nodes, s.ends = s.nodes[:0], s.ends[:0]
	return s
}

// All are the nodes of one type from root on, in the order of [Files.Inspect].
func All[N ast.Node](x *Files, root ast.Node) iter.Seq[N] {
	return func(yield func(N) bool) {
		more := true
		x.Inspect(root, func(n ast.Node) bool {
			if n, ok := n.(N); ok && more {
				more = yield(n)
			}
			return more
		})
	}
}

// find returns the nodes of the file that has root, and which of them root is; nil if
// none has it.
func (x *Files) find(root ast.Node) ([]node, int32) {
	if root == nil {
		return nil, 0
	}
	f := x.around(root.Pos())
	if f == nil {
		return nil, 0
	}
	return f.find(root)
}

// around returns the file of a position, nil if there is none.
func (x *Files) around(pos token.Pos) *file {
	i, _ := slices.BinarySearchFunc(x.files, pos, func(f *file, pos token.Pos) int {
		return cmp.Compare(f.tree.FileEnd, pos)
	})
	if i == len(x.files) || pos < x.files[i].tree.FileStart {
		return nil
	}
	return x.files[i]
}

// File returns the file that a position lies in, nil if it is in none.
func (x *Files) File(pos token.Pos) *ast.File {
	if f := x.around(pos); f != nil && pos < f.tree.FileEnd {
		return f.tree
	}
	return nil
}

// Path returns the nodes around n, from the file to n itself; nil if it is in none of
// the files, or is not found there.
func (x *Files) Path(n ast.Node) (path []ast.Node) {
	nodes, at := x.find(n)
	if nodes == nil {
		return nil
	}
	parents := x.around(n.Pos()).parents
	depth := 0
	for i := at; i >= 0; i = parents[i] {
		depth++
	}
	path = make([]ast.Node, depth)
	for i := at; i >= 0; i = parents[i] {
		depth--
		path[depth] = nodes[i].Node
	}
	return path
}
