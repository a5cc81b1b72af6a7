package load

import (
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// listProblem turns an error of the go command into a problem. Its place is
// "file:line:column", relative to the working directory, or "-", or nothing.
func (l *loader) listProblem(err packages.Error) Problem {
	p := Problem{Kind: "list", Message: withRemedy(oneLine(err.Msg))}
	file, line, column := splitPlace(err.Pos)
	if file == "" || file == "-" {
		if path, ok := strings.CutPrefix(err.Msg, "open "); ok {
			p.File, _, _ = strings.Cut(path, ": ")
		}
		return p
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.dir, file)
	}
	p.File, p.Line, p.Column = file, line, column
	return p
}

// splitPlace cuts file:line:column, of which the numbers may be missing.
func splitPlace(place string) (file string, line, column int) {
	file, last, ok := cutNumber(place)
	if !ok {
		return place, 0, 0
	}
	if before, first, ok := cutNumber(file); ok {
		return before, first, last
	}
	return file, last, 0
}

func cutNumber(s string) (before string, n int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil
}
