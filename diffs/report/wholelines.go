package report

import "strings"

// suggestionLines is how many lines a suggestion may replace: nobody reviews
// more in a comment.
const suggestionLines = 20

// Lines are whole lines that a patch replaces: first to last without the end of
// last, by a text whose last line is not empty.
//
// That is the one form which every place that takes suggestions understands in
// the same way. Some overlook columns, some read an empty text as a deletion and
// others as an empty line, and some trim what ends a text.
type lines struct {
	first, last int
	text        string
}

// lines grows a patch to whole lines, downwards and then upwards until the text
// is of that form. ok is false where it never is, or only with too many lines:
// so for a text that changes how the file ends.
func (p patch) lines() (all lines, ok bool) {
	first, last := p.from().Line, p.to().Line
	for first >= 1 && last-first <= suggestionLines {
		if all, ok := p.linesFrom(first); ok && p.source.grow(&all) {
			return all, true
		}
		first--
	}
	return lines{}, false
}

// grow adds the lines below until the text has a last line that is not empty.
func (s *source) grow(all *lines) bool {
	for all.last-all.first < suggestionLines {
		if all.text != "" && !strings.HasSuffix(all.text, "\n") {
			return true
		}
		if all.last == len(s.lines) || s.lines[all.last] == len(s.text) {
			return false // there is no line below
		}
		all.text += string(s.end(all.last)) + string(s.content(all.last+1))
		all.last++
	}
	return false
}

func (p patch) linesFrom(first int) (all lines, ok bool) {
	s, last := p.source, p.to().Line
	text := string(s.text[s.lines[first-1]:p.start]) + p.text
	if last > first && s.lines[last-1] == p.end {
		// The patch stops where a line begins: if the text stops there too,
		// that line has no part in it.
		if whole, ok := strings.CutSuffix(text, string(s.end(last-1))); ok {
			return lines{first, last - 1, whole}, true
		}
	}
	if s.lines[last-1] == len(s.text) {
		return lines{}, false // the empty line after the last one
	}
	content := s.content(last)
	done := p.end - s.lines[last-1]
	if done > len(content) {
		return lines{}, false // it cuts the line's end in two
	}
	return lines{first, last, text + string(content[done:])}, true
}
