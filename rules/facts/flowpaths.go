package facts

import (
	"go/ast"
	"slices"
)

// A Point is a place in a Flow: before the node Index of the block, or at its
// end if Index is the number of its nodes.
type Point struct {
	Block *Block
	Index int
}

// At returns the point at which n is evaluated, of the innermost node of the
// flow around n; ok is false for what is not of this function (the body of a
// literal in it) or never evaluated (a type, a label). A statement with a body
// stands where its evaluation begins.
func (f *Flow) At(n ast.Node) (at Point, ok bool) {
	if f.points == nil {
		f.points = f.place()
	}
	if at, ok = f.points[n]; ok {
		return at, true
	}
	f.pkg.Inspect(n, func(inner ast.Node) bool {
		if ok {
			return false
		}
		at, ok = f.points[inner]
		_, literal := inner.(*ast.FuncLit)
		return !ok && !literal
	})
	return at, ok
}

func (f *Flow) place() map[ast.Node]Point {
	var nodes []ast.Node
	var ends []int // in nodes, of what each node of a block evaluates
	f.eachNode(func(_ Point, node ast.Node) {
		f.pkg.Evaluated(node, func(n ast.Node) bool {
			nodes = append(nodes, n)
			return true
		})
		ends = append(ends, len(nodes))
	})
	points := make(map[ast.Node]Point, len(nodes)) // the counting spares it to grow
	next := 0
	f.eachNode(func(at Point, _ ast.Node) {
		end := ends[0]
		ends = ends[1:]
		for ; next < end; next++ {
			points[nodes[next]] = at
		}
	})
	return points
}

func (f *Flow) eachNode(visit func(at Point, n ast.Node)) {
	for _, block := range f.Blocks {
		for i, node := range block.Nodes {
			visit(Point{block, i}, node)
		}
	}
}

// Follows reports whether b is evaluated after a: on some path from a, and on
// all paths from a to a normal exit of the function. Paths that end in a panic
// or in a call that does not return are not asked for b.
func (f *Flow) Follows(a, b ast.Node) (some, all bool) {
	from, ok := f.At(a)
	to, ok2 := f.At(b)
	if !ok || !ok2 {
		return false, false
	}
	if from == to {
		some = b.Pos() >= a.End() // within one node the text decides
		all = some
	}
	start := from.next()
	some = some || f.Reaches(start, to, nil)
	all = all || some && !f.escapes(start, to)
	return some, all
}

// Precedes reports whether a is evaluated before b: on some path to b, and on
// all paths from the function's entry to b (a dominates b).
func (f *Flow) Precedes(a, b ast.Node) (some, all bool) {
	some, _ = f.Follows(a, b)
	if !some {
		return false, false
	}
	from, _ := f.At(a)
	to, _ := f.At(b)
	if from == to && a.End() <= b.Pos() {
		return true, true
	}
	if from == to {
		return true, false // a of an earlier turn of the loop, never of the first
	}
	avoidable := f.Reaches(Point{f.Blocks[0], 0}, to, func(p Point) bool { return p == from })
	return true, !avoidable
}

// Reaches reports whether some path leads from one point to another without
// passing a node that barrier holds back (nil holds nothing back). The node at
// the target is not asked; a target that is the start is reached at once.
func (f *Flow) Reaches(from, to Point, barrier func(Point) bool) bool {
	found := false
	f.walk(from, func(p Point) bool {
		found = found || p == to
		return !found && (barrier == nil || !barrier(p))
	}, nil)
	return found
}

// Misses reports whether some path from a node reaches a normal exit and passes none of some points.
func (f *Flow) Misses(a ast.Node, some func(Point) bool) bool {
	from, ok := f.At(a)
	if !ok {
		return true
	}
	out := false
	f.walk(from.next(), func(p Point) bool { return !some(p) }, func(b *Block) {
		out = out || b.Exit.Normal()
	})
	return out
}

// escapes reports whether some path from the start reaches a normal exit and
// does not pass the point.
func (f *Flow) escapes(start, point Point) bool {
	out := false
	f.walk(start, func(p Point) bool { return p != point }, func(b *Block) {
		out = out || b.Exit.Normal()
	})
	return out
}

// walk visits every node point that is reachable from start, each once, and
// the blocks whose end is reached. It does not go on where visit returns false.
func (f *Flow) walk(start Point, visit func(Point) bool, end func(*Block)) {
	seen := make([]bool, len(f.Blocks))
	var todo []Point
	push := func(p Point) {
		if p.Index > 0 || !seen[p.Block.Index] {
			seen[p.Block.Index] = seen[p.Block.Index] || p.Index == 0
			todo = append(todo, p)
		}
	}
	push(start)
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !through(p, visit) {
			continue
		}
		if end != nil {
			end(p.Block)
		}
		for _, edge := range p.Block.Succs {
			push(Point{edge.To, 0})
		}
	}
}

// through visits the nodes of a block from p on, and reports whether its end is reached.
func through(p Point, visit func(Point) bool) bool {
	for ; p.Index < len(p.Block.Nodes); p.Index++ {
		if !visit(p) {
			return false
		}
	}
	return true
}

func (p Point) next() Point { return Point{p.Block, p.Index + 1} }

// Reachable returns the blocks that some path leads to from the entry.
func (f *Flow) Reachable() map[*Block]bool {
	reached := map[*Block]bool{}
	f.walk(Point{f.Blocks[0], 0}, func(p Point) bool { return true }, func(b *Block) { reached[b] = true })
	return reached
}

// ranks numbers the blocks in reverse postorder: but for the way back in loops,
// a block comes after those that lead to it.
func (f *Flow) ranks() []int {
	rank := make([]int, len(f.Blocks))
	seen := make([]bool, len(f.Blocks))
	next := len(f.Blocks)
	var number func(*Block)
	number = func(b *Block) {
		seen[b.Index] = true
		for _, edge := range slices.Backward(b.Succs) {
			if !seen[edge.To.Index] {
				number(edge.To)
			}
		}
		next--
		rank[b.Index] = next
	}
	number(f.Blocks[0])
	return rank
}
