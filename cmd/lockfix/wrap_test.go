package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrapped(t *testing.T) {
	prose := strings.Repeat("wört ", 40) + "\n\n    code " + strings.Repeat("x ", 60) + "\n" + strings.Repeat("y", 100) + "\n"
	got := wrapped(prose, 10)
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(prose), " ") {
		t.Errorf("words are lost or torn:\n%s", got)
	}
	for line := range strings.Lines(got) {
		n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
		whole := strings.HasPrefix(line, " ") || !strings.Contains(line, " ")
		if n > width-10 && !whole {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.Contains(got, "\n\n    code x x") {
		t.Errorf("code or the blank line before it is not as it was:\n%s", got)
	}
	if got := wrapped("", 0); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestIndented(t *testing.T) {
	if got := indented("a\n\nb\r\n  c", "> "); got != "> a\n\n> b\n>   c\n" {
		t.Errorf("got %q", got)
	}
}
