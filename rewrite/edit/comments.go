package edit

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dave/dst"
)

// SplitEnd cuts the End of a node into the part on the node's own line and the
// part that hangs on the lines below, without the line break between them.
func SplitEnd(end dst.Decorations) (same, hanging dst.Decorations) {
	for i, d := range end {
		if d == "\n" {
			return slices.Clone(end[:i]), slices.Clone(end[i+1:])
		}
		if strings.HasPrefix(d, "//") {
			return slices.Clone(end[:i+1]), slices.Clone(end[i+1:])
		}
	}
	return end, nil
}

// JoinEnd puts decorations on the lines below others.
func JoinEnd(end, hanging dst.Decorations) dst.Decorations {
	if len(hanging) == 0 {
		return end
	}
	if endsLine(end) {
		return slices.Concat(end, hanging)
	}
	return slices.Concat(end, dst.Decorations{"\n"}, hanging)
}

// endsLine reports whether what follows the decorations is on a new line.
func endsLine(d dst.Decorations) bool {
	if len(d) == 0 {
		return false
	}
	last := d[len(d)-1]
	return last == "\n" || strings.HasPrefix(last, "//")
}

// ownLines returns the comments of d, each on a line of its own, as they stand
// in a Start. Blank lines inside are kept, those at the edges are not.
func ownLines(d dst.Decorations) dst.Decorations {
	var out dst.Decorations
	for _, dec := range d {
		if dec == "\n" {
			if len(out) > 0 {
				out = append(out, "\n")
			}
			continue
		}
		if len(out) > 0 && !endsLine(out) {
			out = append(out, "\n")
		}
		out = append(out, dec)
	}
	for len(out) > 0 && out[len(out)-1] == "\n" {
		out = out[:len(out)-1]
	}
	if len(out) > 0 && !endsLine(out) {
		out = append(out, "\n")
	}
	return out
}

// points lists the decorations of one node, with what is inside it, in the
// order of the source: Start, the points between its tokens, End.
func points(n dst.Node) []*dst.Decorations {
	decs := reflect.ValueOf(n).Elem().FieldByName("Decs")
	var inner []*dst.Decorations
	for i := range decs.NumField() {
		if p, ok := decs.Field(i).Addr().Interface().(*dst.Decorations); ok {
			inner = append(inner, p)
		}
	}
	common := n.Decorations()
	return append(append([]*dst.Decorations{&common.Start}, inner...), &common.End)
}

// harvest collects the comments that hang inside n but not those of its own
// Start and End, nor of the nodes below keep or given out by Use, which live on
// elsewhere. Each stands on a line of its own.
func (s *Site) harvest(n dst.Node, keep ...dst.Node) dst.Decorations {
	kept := maps.Clone(s.moved)
	if kept == nil {
		kept = map[dst.Node]bool{}
	}
	for _, k := range keep {
		if k == nil {
			continue
		}
		for _, below := range nodes(k) {
			kept[below] = true
		}
	}
	h := &harvester{root: n, kept: kept}
	h.walk(n)
	return ownLines(h.found)
}

// Remains returns all comments of a node that goes, each on a line of its own.
func (s *Site) Remains(n dst.Node) dst.Decorations {
	d := n.Decorations()
	return ownLines(slices.Concat(d.Start, s.harvest(n), d.End))
}

type harvester struct {
	root  dst.Node
	kept  map[dst.Node]bool
	found dst.Decorations
}

// walk visits n and what is below it. The points between the tokens of a node
// come after its children: where exactly a comment stood is lost anyway.
func (h *harvester) walk(n dst.Node) {
	if h.kept[n] {
		return
	}
	all := points(n)
	if n != h.root {
		h.found = append(h.found, *all[0]...)
	}
	for _, p := range all[1 : len(all)-1] {
		h.found = append(h.found, *p...)
	}
	for _, child := range children(n) {
		h.walk(child)
	}
	if n != h.root {
		h.found = append(h.found, *all[len(all)-1]...)
	}
}

// children returns the nodes right below n, in the order of the source.
func children(n dst.Node) []dst.Node {
	var direct []dst.Node
	dst.Inspect(n, func(c dst.Node) bool {
		if c == n {
			return true
		}
		if c != nil {
			direct = append(direct, c)
		}
		return false
	})
	return direct
}

// MoveComments takes the comments above a statement and behind it on its line
// along to another, so that they move with what they are about.
func MoveComments(from, to dst.Stmt) {
	old, d := from.Decorations(), to.Decorations()
	same, hanging := SplitEnd(old.End)
	d.Start, d.End = append(d.Start, old.Start...), append(d.End, same...)
	old.Start, old.End = nil, hanging
}

// TakeSameLine takes the comment behind a statement on its line off it.
func (s *Site) TakeSameLine(st dst.Stmt) (same dst.Decorations) {
	s.find(st) // gives the last statement of a clause its comments
	d := st.Decorations()
	same, d.End = SplitEnd(d.End)
	return same
}
