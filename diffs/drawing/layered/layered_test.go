package layered

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

var gaps = Gaps{X: 20, Y: 40}

// random returns a graph of n boxes; edges may close circles, repeat, and loop.
func random(r *rand.Rand, n int) (boxes []Box, edges []Edge) {
	for range n {
		boxes = append(boxes, Box{Width: 20 + 100*r.Float64(), Height: 20})
	}
	for range r.IntN(2 * n) {
		edges = append(edges, Edge{r.IntN(n), r.IntN(n)})
	}
	return boxes, edges
}

// Whatever the graph: boxes keep their distance and stay inside the picture,
// and every edge begins and ends at the border of its boxes.
func TestLayoutsAreInOrder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		boxes, edges := random(r, 1+r.IntN(25))
		l := Lay(boxes, edges, gaps, 600)
		for i, a := range l.Centers {
			inside := a.X-boxes[i].Width/2 >= -1e-6 && a.X+boxes[i].Width/2 <= l.Width+1e-6 && a.Y >= 0 && a.Y <= l.Height
			if !inside {
				t.Errorf("seed %d: box %d is at %v, outside of %v × %v", seed, i, a, l.Width, l.Height)
			}
			for j, b := range l.Centers[:i] {
				if math.Abs(a.X-b.X) < (boxes[i].Width+boxes[j].Width)/2-1e-6 && math.Abs(a.Y-b.Y) < (boxes[i].Height+boxes[j].Height)/2-1e-6 {
					t.Errorf("seed %d: boxes %d and %d overlap: %v, %v", seed, j, i, b, a)
				}
			}
		}
		for i, e := range edges {
			way := l.Ways[i]
			for _, end := range []struct {
				box int
				at  Point
			}{{e.From, way[0]}, {e.To, way[len(way)-1]}} {
				c, b := l.Centers[end.box], boxes[end.box]
				dx, dy := math.Abs(end.at.X-c.X), math.Abs(end.at.Y-c.Y)
				if dx > b.Width/2+1e-6 || dy > b.Height/2+1e-6 || dx < b.Width/2-1e-6 && dy < b.Height/2-1e-6 {
					t.Errorf("seed %d: edge %d ends at %v, not at the border of the box at %v", seed, i, end.at, c)
				}
			}
		}
		if again := Lay(boxes, edges, gaps, 600); !reflect.DeepEqual(l, again) {
			t.Fatalf("seed %d: two layouts of one graph", seed)
		}
	}
}

// What has no circle leads down, edge by edge.
func TestEdgesLeadDown(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		boxes, edges := random(r, 2+r.IntN(15))
		for i, e := range edges {
			edges[i] = Edge{min(e.From, e.To), max(e.From, e.To)}
		}
		l := Lay(boxes, edges, gaps, 600)
		for i, e := range edges {
			if e.From != e.To && l.Centers[e.From].Y >= l.Centers[e.To].Y {
				t.Errorf("seed %d: edge %d %v does not lead down: %v to %v", seed, i, e, l.Centers[e.From], l.Centers[e.To])
			}
		}
	}
}

// Sorting must not make it worse.
func TestSortingUncrosses(t *testing.T) {
	boxes := make([]Box, 6)
	edges := []Edge{{0, 5}, {1, 4}, {2, 3}}
	g := newGrid(boxes, edges, gaps)
	g.rank(600)
	g.bend()
	before := g.crossings()
	g.sort()
	if after := g.crossings(); before == 0 || after != 0 {
		t.Errorf("crossings before %d, after %d: want some, then none", before, after)
	}
}
