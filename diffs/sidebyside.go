package diffs

// A Row is one line of a file before and after, side by side. A number of 0 says
// that there is no line on that side.
type Row struct {
	Before, After int // 1-based
	Old, New      string
	Changed       bool
}

// SideBySide returns the stretches of a change with three lines of context, as
// rows. In a stretch that changed, old and new lines stand beside each other in
// their order. Lines are without their ends.
func SideBySide(c Change) (stretches [][]Row) {
	a, b := SplitLines(c.Before), SplitLines(c.After)
	for _, group := range groups(Lines(a, b)) {
		first, last := group[0], group[len(group)-1]
		before := min(context, first.AStart)
		var rows []Row
		x, y := first.AStart-before, first.BStart-before
		for _, h := range group {
			rows = same(rows, a, x, h.AStart, y)
			rows = changed(rows, a, b, h)
			x, y = h.AEnd, h.BEnd
		}
		stretches = append(stretches, same(rows, a, x, min(len(a), last.AEnd+context), y))
	}
	return stretches
}

// same adds the lines [x, end) of a, which are those from y on of the other side.
func same(rows []Row, a []string, x, end, y int) []Row {
	for ; x < end; x, y = x+1, y+1 {
		text := bare(a[x])
		rows = append(rows, Row{Before: x + 1, After: y + 1, Old: text, New: text})
	}
	return rows
}

func changed(rows []Row, a, b []string, h Hunk) []Row {
	for i := range max(h.AEnd-h.AStart, h.BEnd-h.BStart) {
		row := Row{Changed: true}
		if x := h.AStart + i; x < h.AEnd {
			row.Before, row.Old = x+1, bare(a[x])
		}
		if y := h.BStart + i; y < h.BEnd {
			row.After, row.New = y+1, bare(b[y])
		}
		rows = append(rows, row)
	}
	return rows
}

// bare is a line without its end.
func bare(line string) string {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}
