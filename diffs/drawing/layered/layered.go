// Package layered lays a directed graph out in rows, so that most edges lead
// down and few of them cross.
//
// # Theory
//
// The steps are those of Sugiyama, Tagawa and Toda (IEEE Transactions on
// Systems, Man and Cybernetics, 1981). Edges that close a circle are turned
// round for the layout (Eades, Lin, Smyth, 1993, choose them greedily). Every
// node gets the row below its lowest predecessor that is not full. An edge that passes rows gets
// a bend in each. Rows are reordered by the mean place of the neighbours, down
// and up, as long as crossings become fewer. Then each node is moved towards its
// neighbours as far as the others in its row let it.
//
// A library would do: those at hand are ports of Graphviz of many megabytes, or
// need a program that is not there. A lock order has tens of nodes.
//
// # Words
//
// A bend is a node of no width that stands for an edge in a row that it passes.
package layered

// A Box is what is laid out; sizes are in any unit.
type Box struct{ Width, Height float64 }

// An Edge leads from one box to another, by index.
type Edge struct{ From, To int }

// A Point is a place; y grows downwards.
type Point struct{ X, Y float64 }

// A Layout says where boxes and edges are.
type Layout struct {
	Centers []Point   // of the boxes
	Ways    [][]Point // of the edges, from the border of one box to the other's
	Width   float64
	Height  float64
}

// Gaps are the distances between boxes of one row, and between rows.
type Gaps struct{ X, Y float64 }

// Lay returns a layout. The same input gives the same layout. An edge from a box
// to itself gets a small loop at its right side. What hangs together is laid out
// by itself, and the parts are put on shelves that are about width wide.
func Lay(boxes []Box, edges []Edge, gaps Gaps, width float64) Layout {
	var parts []part
	for _, p := range apart(boxes, edges) {
		p.layout = lay(p.boxes, p.edges, gaps, width)
		parts = append(parts, p)
	}
	return shelve(parts, len(boxes), len(edges), gaps, width)
}

// lay is the layout of one part.
func lay(boxes []Box, edges []Edge, gaps Gaps, width float64) Layout {
	g := newGrid(boxes, edges, gaps)
	g.rank(width)
	g.bend()
	g.sort()
	g.place()
	return g.layout()
}
