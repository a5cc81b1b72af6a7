package comment

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// A changedFile is one file of a change's diff.
type changedFile struct {
	path, oldPath string
	hunks         []hunk
	withheld      bool // the service does not give the diff: it is too large
}

// A hunk is a stretch of the new text that the diff shows.
type hunk struct {
	first, last int            // lines of the new text
	text        map[int]string // of each line
	old         map[int]int    // number of a line that is not new in the old text
}

// parsePatch reads the hunks of one file's unified diff.
func parsePatch(patch string) (all []hunk) {
	var h *hunk
	old, line := 0, 0
	for text := range strings.Lines(patch) {
		text = strings.TrimSuffix(text, "\n")
		if strings.HasPrefix(text, "@@ ") {
			var oldAt, newAt string
			if _, err := fmt.Sscanf(text, "@@ -%s +%s @@", &oldAt, &newAt); err != nil {
				return all
			}
			fmt.Sscanf(oldAt, "%d", &old)
			fmt.Sscanf(newAt, "%d", &line)
			all = append(all, hunk{first: line, last: line - 1, text: map[int]string{}, old: map[int]int{}})
			h = &all[len(all)-1]
			continue
		}
		if h == nil || text == "" {
			continue
		}
		switch text[0] {
		case '-':
			old++
		case '+', ' ':
			h.last, h.text[line] = line, text[1:]
			if text[0] == ' ' {
				h.old[line] = old
				old++
			}
			line++
		}
	}
	return all
}

// around returns the hunk that shows all lines of a range, nil if none does.
func (f *changedFile) around(first, last int) *hunk {
	if f == nil {
		return nil
	}
	for i, h := range f.hunks {
		if h.first <= first && last <= h.last {
			return &f.hunks[i]
		}
	}
	return nil
}

// shows reports whether the diff is of this very text: what was checked may be
// another commit than the head of the change, and then its lines mean nothing.
func (f *changedFile) shows(text []byte) bool {
	lines := diffs.SplitLines(text)
	for _, h := range f.hunks {
		for n, want := range h.text {
			if n > len(lines) || strings.TrimRight(lines[n-1], "\r\n") != strings.TrimRight(want, "\r") {
				return false
			}
		}
	}
	return true
}
