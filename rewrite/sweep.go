package rewrite

import (
	"bytes"
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// plan makes the edits that take the idle names, or the whole directive, away.
func (s *stale) plan(idle []string) {
	if s.file.Fixed.Kind != "" {
		s.status, s.because = report.Skipped, s.file.Fixed.Because
		return
	}
	s.status = report.Fixable
	start := s.file.RawOffset(s.offset(s.comment.Pos()))
	end := s.file.RawOffset(s.offset(s.comment.End()))
	text := string(s.file.Raw[start:end])
	if len(idle) == len(s.ids) || len(s.ids) == 0 {
		start, end = wholeLine(s.file.Raw, start, end)
		s.edits = []diffs.Edit{{File: s.file.Path, Start: start, End: end}}
		return
	}
	kept := slices.DeleteFunc(slices.Clone(s.ids), func(id string) bool { return slices.Contains(idle, id) })
	old := strings.Join(s.ids, ",")
	at := strings.Index(text, old)
	if at < 0 {
		s.status = report.None // its names are written in another way: for a person
		return
	}
	s.edits = []diffs.Edit{{File: s.file.Path, Start: start + at, End: start + at + len(old), New: strings.Join(kept, ",")}}
}

func (s *stale) offset(pos token.Pos) int { return s.pkg.Fset.PositionFor(pos, false).Offset }

// wholeLine grows a comment to its line with the line's end, where nothing else
// stands there; otherwise to the white space before it.
func wholeLine(text []byte, start, end int) (int, int) {
	first := start
	for first > 0 && (text[first-1] == ' ' || text[first-1] == '\t') {
		first--
	}
	last := end
	for last < len(text) && text[last] == '\r' {
		last++
	}
	if (first == 0 || text[first-1] == '\n') && last < len(text) && text[last] == '\n' {
		return first, last + 1
	}
	return first, end
}

// sweep takes stale directives out of the program, each file on its own, after
// all other fixes.
func (r *run) sweep() {
	byFile := map[string][]*stale{}
	for _, s := range r.stale {
		if s.status == report.Fixable && r.wanted(Unused, s.id) {
			byFile[s.file.Path] = append(byFile[s.file.Path], s)
		}
	}
	for path, all := range byFile {
		text, err := r.swept(path, all)
		if err == nil {
			err = r.accept(path, text)
		}
		for _, s := range all {
			if err != nil {
				s.status, s.because = report.Conflict, err.Error()
				continue
			}
			r.applied[s.id] = true
		}
	}
}

// swept is the text of a file as it is now without its stale directives.
func (r *run) swept(path string, all []*stale) ([]byte, error) {
	before := r.before(path)
	sets := [][]diffs.Edit{diffs.LineEdits(path, before, r.raw(path))}
	for _, s := range all {
		sets = append(sets, s.edits)
	}
	merged, err := diffs.Merge(sets...)
	if err != nil {
		return nil, fmt.Errorf("another fix changes the same lines: %w", err)
	}
	return diffs.Apply(before, merged)
}

// accept makes a text part of the program if that type-checks as well as before.
func (r *run) accept(path string, text []byte) error {
	if bytes.Equal(text, r.raw(path)) {
		return nil
	}
	next, err := r.with(map[string][]byte{path: text})
	if err != nil {
		return err
	}
	now, was := checkedAgain(r.prog, next)
	for i := range now {
		if err := worse(was[i], now[i]); err != nil {
			return err
		}
	}
	r.prog, r.after[path] = next, text
	return nil
}
