package rules

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Source is the text that a rule was read from.
type Source struct {
	File string // as the user named it
	Text []byte

	at map[string]int // JSON pointer → offset of its value
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
// to nothing falls back to its nearest parent. A rule that was not read from a
// file is named by its id.
func (r *Rule) Mistake(pointer, format string, args ...any) Mistake {
	if r.Source == nil {
		return Mistake{File: r.ID, Pointer: pointer, Message: fmt.Sprintf(format, args...)}
	}
	return r.Source.mistake(pointer, format, args...)
}

func (s *Source) mistake(pointer, format string, args ...any) Mistake {
	at := s.find(pointer)
	return Mistake{
		File:    s.File,
		Line:    at.line,
		Column:  at.column,
		Pointer: pointer,
		Message: fmt.Sprintf(format, args...),
	}
}

// find returns the place of the value that pointer names, or of its nearest
// parent; the zero position where not even the document has one.
func (s *Source) find(pointer string) position {
	for {
		if at, ok := s.at[pointer]; ok {
			return s.position(at)
		}
		slash := strings.LastIndexByte(pointer, '/')
		if slash < 0 {
			return position{}
		}
		pointer = pointer[:slash]
	}
}

// position returns the line and column of a byte offset.
func (s *Source) position(offset int) position {
	before := s.Text[:min(offset, len(s.Text))]
	return position{
		line:   1 + bytes.Count(before, []byte("\n")),
		column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

func sortMistakes(mistakes []Mistake) {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Message, b.Message),
		)
	})
}
