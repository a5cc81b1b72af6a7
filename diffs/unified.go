package diffs

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Change is one file before and after.
type Change struct {
	Path          string // slash-separated, relative to where the diff is applied
	Before, After []byte
}

// Unified returns a git-style diff of the changes, sorted by path, that
// `git apply` accepts; files that did not change are left out.
func Unified(changes []Change) string {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	var out strings.Builder
	for _, c := range changes {
		if !bytes.Equal(c.Before, c.After) {
			writeFile(&out, c)
		}
	}
	return out.String()
}

func writeFile(out *strings.Builder, c Change) {
	from, to := quote("a/"+c.Path), quote("b/"+c.Path)
	// Without the tab a reader takes what follows a space for a date.
	tab := ""
	if strings.Contains(c.Path, " ") {
		tab = "\t"
	}
	fmt.Fprintf(out, "diff --git %s %s\n--- %s%s\n+++ %s%s\n", from, to, from, tab, to, tab)
	a, b := SplitLines(c.Before), SplitLines(c.After)
	for _, group := range groups(Lines(a, b)) {
		writeGroup(out, a, b, group)
	}
}

// context is the number of unchanged lines shown around a change.
const context = 3

// groups joins hunks whose context would meet: each group is shown under one @@.
func groups(hunks []Hunk) [][]Hunk {
	var out [][]Hunk
	for i, h := range hunks {
		if i == 0 || h.AStart-hunks[i-1].AEnd > 2*context {
			out = append(out, nil)
		}
		last := len(out) - 1
		out[last] = append(out[last], h)
	}
	return out
}

func writeGroup(out *strings.Builder, a, b []string, group []Hunk) {
	shown := around(a, group)
	fmt.Fprintf(out, "@@ -%s +%s @@", span(shown.AStart, shown.AEnd), span(shown.BStart, shown.BEnd))
	if name := heading(a[:shown.AStart]); name != "" {
		out.WriteString(" " + name)
	}
	out.WriteString("\n")

	x := shown.AStart
	for _, h := range group {
		writeLines(out, " ", a[x:h.AStart])
		writeLines(out, "-", a[h.AStart:h.AEnd])
		writeLines(out, "+", b[h.BStart:h.BEnd])
		x = h.AEnd
	}
	writeLines(out, " ", a[x:shown.AEnd])
}

// around is a group with its context.
func around(a []string, group []Hunk) Hunk {
	first, last := group[0], group[len(group)-1]
	before := min(context, first.AStart)
	after := min(context, len(a)-last.AEnd)
	return Hunk{first.AStart - before, last.AEnd + after, first.BStart - before, last.BEnd + after}
}

// span writes the lines [start, end), 0-based, as a hunk header has them:
// 1-based, with their number where it is not 1; no lines stand after line start.
func span(start, end int) string {
	switch n := end - start; n {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	default:
		return fmt.Sprintf("%d,%d", start+1, n)
	}
}

func writeLines(out *strings.Builder, sign string, lines []string) {
	for _, line := range lines {
		out.WriteString(sign + line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// heading returns what git shows after the @@: the last line above the hunk
// that starts with a letter, _ or $, which in gofmt'd code is the declaration,
// at most 80 bytes of it.
func heading(above []string) string {
	for _, line := range slices.Backward(above) {
		c := line[0]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' {
			return strings.TrimRight(line[:min(80, len(line))], " \t\r\n\v\f")
		}
	}
	return ""
}

// quote writes a path as git does: in C quotes if it holds a quote, a
// backslash, a control character or a byte that is not ASCII.
func quote(path string) string {
	var out strings.Builder
	odd := false
	for i := range len(path) {
		c := path[i]
		if at := strings.IndexByte("\a\b\t\n\v\f\r\"\\", c); at >= 0 {
			out.WriteString(`\` + `abtnvfr"\`[at:at+1])
			odd = true
			continue
		}
		if c < ' ' || c >= 0x7f {
			fmt.Fprintf(&out, `\%03o`, c)
			odd = true
			continue
		}
		out.WriteByte(c)
	}
	if !odd {
		return path
	}
	return `"` + out.String() + `"`
}
