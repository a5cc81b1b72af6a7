package edit

import (
	"go/scanner"
	"go/token"
	"strings"
)

// An indenter turns the tabs that a printed line begins with into what the
// author's lines of that depth begin with. It learns from lines that stand in
// both; the last one counts, since authors are not always of one mind. A nil
// indenter leaves the tabs.
type indenter map[int]string

// depth counts the tabs that a line begins with.
func depth(line string) int { return len(line) - len(strings.TrimLeft(line, "\t")) }

// learn takes a printed line and the author's form of it. A comment teaches nothing: code
// that is commented out often begins at the left margin.
func (in indenter) learn(printed, author string) {
	text := strings.TrimLeft(author, " \t")
	if in == nil || text == "" || text == "\n" || strings.HasPrefix(text, "//") {
		return
	}
	in[depth(printed)] = author[:len(author)-len(text)]
}

// all returns printed lines with the author's indentation.
func (in indenter) all(printed []string) []string {
	if in == nil {
		return printed
	}
	out := make([]string, len(printed))
	for i, l := range printed {
		d := depth(l)
		out[i] = in.of(d) + l[d:]
	}
	return out
}

// of returns the indentation of a depth. One that was never seen is that of
// the depth above and one step more.
func (in indenter) of(depth int) string {
	if known, ok := in[depth]; ok || depth == 0 {
		return known
	}
	if depth == 1 {
		return "\t"
	}
	return in.of(depth-1) + in.step()
}

// step is what one depth adds.
func (in indenter) step() string {
	for d := 1; d <= len(in); d++ {
		deeper, ok := in[d]
		higher := in[d-1]
		if ok && len(deeper) > len(higher) && strings.HasPrefix(deeper, higher) {
			return deeper[len(higher):]
		}
	}
	return "\t"
}

// continued returns the lines (from 0) that begin inside a raw string or comment.
func continued(src []byte) map[int]bool {
	inside := map[int]bool{}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return inside
		}
		if tok == token.STRING || tok == token.COMMENT {
			first := file.PositionFor(pos, false).Line // from 1
			for i := range strings.Count(lit, "\n") {
				inside[first+i] = true
			}
		}
	}
}
