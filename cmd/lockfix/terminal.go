package main

import (
	"os"
	"strconv"

	"github.com/lockfix/lockfix/diffs/report"
)

// isTerminal reports whether w, a reader or a writer, is a terminal. The null device passes for one,
// and what is written to it does no harm.
func isTerminal(w any) bool {
	if p, ok := w.(*pipe); ok {
		w = p.w
	}
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// columns is how wide the terminal on standard output is, or as the variable
// COLUMNS says; 0 if nobody knows.
func (c *CLI) columns() int {
	if n, err := strconv.Atoi(c.getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	w := c.Stdout
	if p, ok := w.(*pipe); ok {
		w = p.w
	}
	if file, ok := w.(*os.File); ok {
		return terminalWidth(file)
	}
	return 0
}

// style returns how text on standard output is marked: https://no-color.org
// is heeded unless --color says otherwise.
func (c *CLI) style() report.Style {
	switch c.color {
	case "always":
		return report.Colour
	case "never":
		return report.Style{}
	}
	if c.getenv("NO_COLOR") != "" || c.getenv("TERM") == "dumb" || !isTerminal(c.Stdout) {
		return report.Style{}
	}
	return report.Colour
}
