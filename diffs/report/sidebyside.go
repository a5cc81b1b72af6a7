package report

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// SideBySide writes changes for a terminal of some columns: the old text on the
// left, the new one on the right, what changed marked between them. A line that
// is too long for its half is cut.
func SideBySide(changes []diffs.Change, width int, style Style) string {
	half := max(20, (width-3)/2)
	var out strings.Builder
	for _, c := range changes {
		fmt.Fprintln(&out, style.mark(style.Place, visible(c.Path)))
		for i, stretch := range diffs.SideBySide(c) {
			if i > 0 {
				fmt.Fprintln(&out, style.mark(style.Hunk, strings.Repeat("·", half)))
			}
			for _, row := range stretch {
				style.row(&out, row, half)
			}
		}
	}
	return out.String()
}

func (s Style) row(out *strings.Builder, row diffs.Row, half int) {
	left, right := side(row.Before, row.Old, half), side(row.After, row.New, half)
	sign := " "
	if row.Changed {
		sign = "|"
		switch {
		case row.After == 0:
			sign = "<"
		case row.Before == 0:
			sign = ">"
		}
		left, right = s.mark(s.Removed, left), s.mark(s.Added, right)
	}
	fmt.Fprintln(out, strings.TrimRight(left+" "+sign+" "+right, " "))
}

// side is one half of a row: number and text, as wide as it may be.
func side(n int, text string, width int) string {
	number := "     "
	if n > 0 {
		number = fmt.Sprintf("%4d ", n)
	}
	runes := []rune(number + visible(strings.ReplaceAll(text, "\t", "    ")))
	if len(runes) > width {
		runes = append(runes[:width-1], '…')
	}
	return string(runes) + strings.Repeat(" ", width-len(runes))
}
