package layered

import (
	"cmp"
	"slices"
)

// A part is what hangs together, with the places of its boxes and edges in the
// whole.
type part struct {
	boxes  []Box
	edges  []Edge
	boxAt  []int
	edgeAt []int
	layout Layout
}

// apart splits a graph into its parts, the one of the first box first.
func apart(boxes []Box, edges []Edge) (parts []part) {
	leader := make([]int, len(boxes))
	for i := range leader {
		leader[i] = i
	}
	find := func(i int) int {
		for leader[i] != i {
			i = leader[i]
		}
		return i
	}
	for _, e := range edges {
		a, b := find(e.From), find(e.To)
		leader[max(a, b)] = min(a, b)
	}
	of := make(map[int]int)
	inner := make([]int, len(boxes))
	for i, box := range boxes {
		at, ok := of[find(i)]
		if !ok {
			at = len(parts)
			of[find(i)] = at
			parts = append(parts, part{})
		}
		inner[i] = len(parts[at].boxes)
		parts[at].boxes = append(parts[at].boxes, box)
		parts[at].boxAt = append(parts[at].boxAt, i)
	}
	for i, e := range edges {
		p := &parts[of[find(e.From)]]
		p.edges = append(p.edges, Edge{inner[e.From], inner[e.To]})
		p.edgeAt = append(p.edgeAt, i)
	}
	return parts
}

// shelve puts the parts side by side on shelves, the highest first, and returns
// the layout of the whole.
func shelve(parts []part, boxes, edges int, gaps Gaps, width float64) Layout {
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(-cmp.Compare(len(a.boxes), len(b.boxes)), -cmp.Compare(a.layout.Height, b.layout.Height))
	})
	whole := Layout{Centers: make([]Point, boxes), Ways: make([][]Point, edges)}
	var x, y, highest float64
	for _, p := range parts {
		if x > 0 && x+p.layout.Width > width {
			x, y, highest = 0, y+highest+gaps.Y*0.7, 0
		}
		whole.add(p, Point{x, y})
		x += p.layout.Width + gaps.X
		highest = max(highest, p.layout.Height)
	}
	return whole
}

// add puts a part at a corner.
func (l *Layout) add(p part, corner Point) {
	moved := func(at Point) Point { return Point{at.X + corner.X, at.Y + corner.Y} }
	for i, at := range p.layout.Centers {
		l.Centers[p.boxAt[i]] = moved(at)
	}
	for i, way := range p.layout.Ways {
		for _, at := range way {
			l.Ways[p.edgeAt[i]] = append(l.Ways[p.edgeAt[i]], moved(at))
		}
	}
	l.Width = max(l.Width, corner.X+p.layout.Width)
	l.Height = max(l.Height, corner.Y+p.layout.Height)
}
