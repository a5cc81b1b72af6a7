package layered

import (
	"cmp"
	"slices"
)

// sweeps is how often the rows are sorted down and up. What has not become
// better by then hardly will.
const sweeps = 24

// sort reorders the rows so that few edges cross, and keeps the best order seen.
func (g *grid) sort() {
	best, fewest := clone(g.rows), g.crossings()
	for range sweeps {
		for row := 1; row < len(g.rows); row++ {
			g.sortRow(row, g.up)
		}
		for row := len(g.rows) - 2; row >= 0; row-- {
			g.sortRow(row, g.down)
		}
		g.swap()
		if n := g.crossings(); n < fewest {
			best, fewest = clone(g.rows), n
		}
	}
	g.rows = best
}

func clone(rows [][]int) (all [][]int) {
	for _, row := range rows {
		all = append(all, slices.Clone(row))
	}
	return all
}

// places returns where each node stands in its row.
func (g *grid) places() []int {
	at := make([]int, len(g.row))
	for _, row := range g.rows {
		for i, n := range row {
			at[n] = i
		}
	}
	return at
}

// sortRow sorts a row by the mean place of the neighbours on one side. A node
// without any keeps its place.
func (g *grid) sortRow(row int, neighbours [][]int) {
	at := g.places()
	mean := make(map[int]float64, len(g.rows[row]))
	for i, n := range g.rows[row] {
		mean[n] = float64(i)
		if len(neighbours[n]) == 0 {
			continue
		}
		sum := 0
		for _, m := range neighbours[n] {
			sum += at[m]
		}
		mean[n] = float64(sum) / float64(len(neighbours[n]))
	}
	slices.SortStableFunc(g.rows[row], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
}

// swap exchanges neighbours in a row where that uncrosses edges.
func (g *grid) swap() {
	at := g.places()
	for _, row := range g.rows {
		for i := range len(row) - 1 {
			a, b := row[i], row[i+1]
			before := crossed(g.up[a], g.up[b], at) + crossed(g.down[a], g.down[b], at)
			after := crossed(g.up[b], g.up[a], at) + crossed(g.down[b], g.down[a], at)
			if after < before {
				row[i], row[i+1] = b, a
				at[a], at[b] = i+1, i
			}
		}
	}
}

// crossed counts the crossings of the edges of two nodes, the first at the left.
func crossed(left, right, at []int) (n int) {
	for _, l := range left {
		for _, r := range right {
			if at[l] > at[r] {
				n++
			}
		}
	}
	return n
}

// crossings counts those of all rows.
func (g *grid) crossings() (n int) {
	at := g.places()
	for _, row := range g.rows {
		for i, a := range row {
			for _, b := range row[i+1:] {
				n += crossed(g.down[a], g.down[b], at)
			}
		}
	}
	return n
}
