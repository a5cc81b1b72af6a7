package report

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// WordDiff writes what changes word by word, as `git diff --word-diff` does: what goes
// between [- and -], what comes between {+ and +}, coloured where the style has colours.
func WordDiff(changes []diffs.Change, style Style) string {
	var out strings.Builder
	for _, d := range diffs.Words(changes) {
		out.WriteString(style.mark(style.Place, Visible(d.Path)) + "\n")
		for i, words := range d.Changes {
			fmt.Fprintln(&out, style.mark(style.Hunk, d.Hunks[i]))
			for _, w := range words {
				out.WriteString(marked(w, style))
			}
			if text := out.String(); !strings.HasSuffix(text, "\n") {
				out.WriteString("\n")
			}
		}
	}
	return out.String()
}

// marked marks each line of a word for itself: a colour ends with its line.
func marked(w diffs.Word, style Style) string {
	if !w.Removed && !w.Added {
		return w.Text
	}
	open, end, colour := "[-", "-]", style.Removed
	if w.Added {
		open, end, colour = "{+", "+}", style.Added
	}
	var out strings.Builder
	for line := range strings.Lines(w.Text) {
		text := strings.TrimRight(line, "\r\n")
		if text != "" {
			text = style.mark(colour, open+text+end)
		}
		out.WriteString(text + line[len(strings.TrimRight(line, "\r\n")):])
	}
	return out.String()
}
