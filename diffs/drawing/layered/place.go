package layered

import "slices"

// pulls is how often the rows are drawn towards their neighbours.
const pulls = 30

// place gives each node its x: first side by side, then, row by row, as near to
// the middle of its neighbours as the others of the row let it.
func (g *grid) place() {
	g.x = make([]float64, len(g.row))
	for _, row := range g.rows {
		x := 0.0
		for _, n := range row {
			g.x[n] = x + g.width(n)/2
			x += g.width(n) + g.gap(n)
		}
	}
	for pull := range pulls {
		if pull%2 == 0 {
			for row := 1; row < len(g.rows); row++ {
				g.pull(row, g.up)
			}
			continue
		}
		for row := len(g.rows) - 2; row >= 0; row-- {
			g.pull(row, g.down)
		}
	}
}

func (g *grid) width(n int) float64 {
	if n >= len(g.boxes) {
		return 0
	}
	return g.boxes[n].Width
}

// gap is the room behind a node: edges may stand closer than boxes.
func (g *grid) gap(n int) float64 {
	if n >= len(g.boxes) {
		return g.gaps.X / 2
	}
	return g.gaps.X
}

// pull moves the nodes of a row to the middle of their neighbours. Nodes that
// would overlap become a block, which stands at the mean of what its members
// wish (pool adjacent violators), so that none of them pushes another off.
func (g *grid) pull(row int, neighbours [][]int) {
	var blocks []block
	for _, n := range g.rows[row] {
		b := block{wish: g.wish(n, neighbours[n]) - g.width(n)/2, weight: g.weight(n, neighbours), width: g.width(n) + g.gap(n), nodes: []int{n}}
		for len(blocks) > 0 && blocks[len(blocks)-1].wish+blocks[len(blocks)-1].width > b.wish {
			b = blocks[len(blocks)-1].with(b)
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	for _, b := range blocks {
		x := b.wish
		for _, n := range b.nodes {
			g.x[n] = x + g.width(n)/2
			x += g.width(n) + g.gap(n)
		}
	}
}

// A block is a run of nodes that touch; wish is where its left border wants to be.
type block struct {
	wish, weight, width float64
	nodes               []int
}

// with appends another block.
func (b block) with(next block) block {
	weight := b.weight + next.weight
	return block{
		wish:   (b.wish*b.weight + (next.wish-b.width)*next.weight) / weight,
		weight: weight, width: b.width + next.width, nodes: slices.Concat(b.nodes, next.nodes),
	}
}

// weight makes bends stiff, so that long edges are straight.
func (g *grid) weight(n int, neighbours [][]int) float64 {
	if n >= len(g.boxes) {
		return 8
	}
	return 1 + float64(len(neighbours[n]))
}

// wish is the middle of the neighbours: between the two median ones.
func (g *grid) wish(n int, neighbours []int) float64 {
	if len(neighbours) == 0 {
		return g.x[n]
	}
	xs := make([]float64, 0, len(neighbours))
	for _, m := range neighbours {
		xs = append(xs, g.x[m])
	}
	slices.Sort(xs)
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// layout gives the rows their height, moves all to the origin, and draws the ways.
func (g *grid) layout() Layout {
	l := Layout{Centers: make([]Point, len(g.boxes)), Ways: make([][]Point, len(g.edges))}
	left, right := g.extent()
	l.Width = right - left
	y := make([]float64, len(g.rows))
	for row, nodes := range g.rows {
		height := 0.0
		for _, n := range nodes {
			if n < len(g.boxes) {
				height = max(height, g.boxes[n].Height)
			}
		}
		if row > 0 {
			l.Height += g.gaps.Y
		}
		y[row] = l.Height + height/2
		l.Height += height
	}
	at := func(n int) Point { return Point{g.x[n] - left, y[g.row[n]]} }
	for n := range g.boxes {
		l.Centers[n] = at(n)
	}
	for i := range g.edges {
		l.Ways[i] = g.way(i, at)
	}
	return l
}

// extent is where the leftmost and the rightmost thing end.
func (g *grid) extent() (left, right float64) {
	for n, x := range g.x {
		if w := g.width(n) / 2; n == 0 {
			left, right = x-w, x+w
		} else {
			left, right = min(left, x-w), max(right, x+w)
		}
	}
	for _, e := range g.edges {
		if e.From == e.To {
			right = max(right, g.x[e.From]+g.boxes[e.From].Width/2+g.gaps.X/2)
		}
	}
	return left, right
}

// way returns the points of an edge in its own direction.
func (g *grid) way(edge int, at func(int) Point) (points []Point) {
	e := g.edges[edge]
	if e.From == e.To {
		p, b := at(e.From), g.boxes[e.From]
		right := p.X + b.Width/2
		return []Point{{right, p.Y - b.Height/4}, {right + g.gaps.X/2, p.Y}, {right, p.Y + b.Height/4}}
	}
	chain := g.chains[edge]
	for i, n := range chain {
		p := at(n)
		if i == 0 {
			p.X += g.port(n, g.down, edge)
			p.Y += g.boxes[n].Height / 2
		}
		if i == len(chain)-1 {
			p.X += g.port(n, g.up, edge)
			p.Y -= g.boxes[n].Height / 2
		}
		points = append(points, p)
	}
	if g.turned[edge] {
		slices.Reverse(points)
	}
	return points
}

// port spreads the ends of edges over the border of a box, in the order of
// where they lead. It returns the distance from the middle.
func (g *grid) port(n int, neighbours [][]int, edge int) float64 {
	type end struct {
		x    float64
		edge int
	}
	var ends []end
	for i, chain := range g.chains {
		if g.edges[i].From == g.edges[i].To {
			continue
		}
		if chain[0] == n && &neighbours[0] == &g.down[0] {
			ends = append(ends, end{g.x[chain[1]], i})
		}
		if chain[len(chain)-1] == n && &neighbours[0] == &g.up[0] {
			ends = append(ends, end{g.x[chain[len(chain)-2]], i})
		}
	}
	slices.SortStableFunc(ends, func(a, b end) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return a.edge - b.edge
	})
	at := slices.IndexFunc(ends, func(e end) bool { return e.edge == edge })
	step := g.boxes[n].Width * 0.8 / float64(len(ends)+1)
	return step*float64(at+1) - step*float64(len(ends)+1)/2
}
