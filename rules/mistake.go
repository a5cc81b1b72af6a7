package rules

import "fmt"

// Source is the text that a rule was read from.
type Source struct {
	File string // as the user named it
	Text []byte

	at map[string]position // JSON pointer → place of its value
}

type position struct{ line, column int } // 1-based; columns are bytes

// A Mistake is one thing wrong with a rule, at its place in the JSON.
type Mistake struct {
	File    string
	Line    int    // 1-based; 0: the file as a whole
	Column  int    // 1-based, in bytes
	Pointer string // JSON pointer of the value, "/match/pattern"
	Message string // what is wrong, and what to do
}

func (m Mistake) Error() string {
	if m.Line == 0 {
		return fmt.Sprintf("%s: %s", m.File, m.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// Mistake returns a mistake at the value that the JSON pointer names; a pointer
// to nothing falls back to its nearest parent.
func (r *Rule) Mistake(pointer, format string, args ...any) Mistake {
	panic("not built yet")
}
