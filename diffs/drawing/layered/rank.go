package layered

// A grid is a layout on the way. Nodes below len(boxes) are the boxes, the
// others are bends.
type grid struct {
	boxes []Box
	edges []Edge
	gaps  Gaps

	turned []bool  // by edge: it leads up
	row    []int   // by node
	chains [][]int // by edge: the nodes that it passes, both ends included, downwards
	down   [][]int // by node: the neighbours in the row below
	up     [][]int
	rows   [][]int
	x      []float64 // by node: the center
}

func newGrid(boxes []Box, edges []Edge, gaps Gaps) *grid {
	return &grid{
		boxes: boxes, edges: edges, gaps: gaps,
		turned: make([]bool, len(edges)), row: make([]int, len(boxes)), chains: make([][]int, len(edges)),
	}
}

// rank gives every box a row: the one below its lowest predecessor, once the
// edges that close circles are turned round, or a lower one where that is full.
func (g *grid) rank(width float64) {
	place := g.sequence()
	byPlace := make([]int, len(place))
	for n, at := range place {
		byPlace[at] = n
	}
	for i, e := range g.edges {
		g.turned[i] = place[e.From] > place[e.To]
	}
	var used []float64 // of the width of each row
	for _, n := range byPlace {
		row := g.lowest(n) + 1
		for row < len(used) && used[row] > 0 && used[row]+g.boxes[n].Width > width {
			row++
		}
		for len(used) <= row {
			used = append(used, 0)
		}
		used[row] += g.boxes[n].Width + g.gaps.X
		g.row[n] = row
	}
	g.lower(used, width)
}

// lowest is the lowest row of a predecessor, -1 without one.
func (g *grid) lowest(n int) int {
	row := -1
	for i := range g.edges {
		if from, to := g.ends(i); to == n && from != n {
			row = max(row, g.row[from])
		}
	}
	return row
}

// ends returns the upper and the lower end of an edge.
func (g *grid) ends(edge int) (upper, lower int) {
	e := g.edges[edge]
	if g.turned[edge] {
		return e.To, e.From
	}
	return e.From, e.To
}

// lower moves what has successors only down to them, so that edges are short.
func (g *grid) lower(used []float64, width float64) {
	for n := range g.boxes {
		lowest, entered := -1, false
		for i := range g.edges {
			from, to := g.ends(i)
			switch {
			case from == to:
			case to == n:
				entered = true
			case from == n && (lowest < 0 || g.row[to] < lowest):
				lowest = g.row[to]
			}
		}
		if !entered && lowest > 0 && used[lowest-1]+g.boxes[n].Width <= width {
			g.row[n] = lowest - 1
			used[lowest-1] += g.boxes[n].Width + g.gaps.X
		}
	}
}

// sequence orders the boxes so that few edges lead back: sinks go to the end,
// sources to the beginning, and of the rest the one that has the most edges out
// for its edges in (Eades, Lin, Smyth).
func (g *grid) sequence() []int {
	in, out := make([]int, len(g.boxes)), make([]int, len(g.boxes))
	for _, e := range g.edges {
		if e.From != e.To {
			out[e.From]++
			in[e.To]++
		}
	}
	place := make([]int, len(g.boxes))
	done := make([]bool, len(g.boxes))
	first, last := 0, len(g.boxes)-1
	for first <= last {
		n, end := next(in, out, done)
		if done[n] = true; end {
			place[n] = last
			last--
		} else {
			place[n] = first
			first++
		}
		for _, e := range g.edges {
			if e.From == n {
				in[e.To]--
			}
			if e.To == n {
				out[e.From]--
			}
		}
	}
	return place
}

// next chooses the box that is put down next; end says at which end.
func next(in, out []int, done []bool) (n int, end bool) {
	best := -1
	for n := range in {
		if done[n] {
			continue
		}
		if out[n] <= 0 && in[n] > 0 {
			return n, true
		}
		if best < 0 || out[n]-in[n] > out[best]-in[best] {
			best = n
		}
	}
	return best, false
}

// bend puts a bend into each row that an edge passes, and fills the rows.
func (g *grid) bend() {
	for i := range g.edges {
		from, to := g.ends(i)
		chain := []int{from}
		for row := g.row[from] + 1; row < g.row[to]; row++ {
			chain = append(chain, len(g.row))
			g.row = append(g.row, row)
		}
		g.chains[i] = append(chain, to)
	}
	g.down, g.up = make([][]int, len(g.row)), make([][]int, len(g.row))
	for i, chain := range g.chains {
		if g.edges[i].From == g.edges[i].To {
			continue
		}
		for j := range chain[1:] {
			a, b := chain[j], chain[j+1]
			g.down[a], g.up[b] = append(g.down[a], b), append(g.up[b], a)
		}
	}
	for n, row := range g.row {
		for len(g.rows) <= row {
			g.rows = append(g.rows, nil)
		}
		g.rows[row] = append(g.rows[row], n)
	}
}
