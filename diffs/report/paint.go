package report

import "strings"

// Diff marks the lines of a unified diff; what is between the marks is the diff
// byte for byte.
func Diff(diff string, style Style) string {
	if style == (Style{}) {
		return diff
	}
	var out strings.Builder
	header := strings.HasPrefix(diff, "diff ") // otherwise it is the lines of a hunk
	for line := range strings.Lines(diff) {
		// In a hunk every line starts with a sign, so these open what they say.
		if strings.HasPrefix(line, "diff --git ") {
			header = true
		} else if strings.HasPrefix(line, "@@ ") {
			header = false
		}
		text := strings.TrimRight(line, "\r\n")
		out.WriteString(style.mark(style.lineColour(text, header), text) + line[len(text):])
	}
	return out.String()
}

func (s Style) lineColour(line string, header bool) string {
	switch {
	case line == "":
		return ""
	case header:
		return s.Place
	case line[0] == '@':
		return s.Hunk
	case line[0] == '-':
		return s.Removed
	case line[0] == '+':
		return s.Added
	}
	return ""
}
