package report

import (
	"bytes"
	"slices"
)

// A Suggestion is a whole fix as one replacement of whole lines: the form that
// the button of a review takes. First to Last, 1-based, become Text, whose last
// line has no end.
type Suggestion struct {
	File        string
	First, Last int
	Text        string
}

// Suggest returns a fix as a suggestion. ok is false where it is not offered as
// safe, where it takes more than one file or too many lines, and where the lines
// do not end in LF: what a service makes of others is not known. A fix that is
// accepted by halves may be a deadlock, so it is whole or it is none.
func Suggest(f Finding, read Sources) (s Suggestion, ok bool) {
	if f.Fix.Applicability != "safe" {
		return s, false
	}
	patches := newSources(read).patches(f.Fix)
	if len(patches) != 1 || bytes.ContainsRune(patches[0].source.text, '\r') {
		return s, false
	}
	whole, ok := patches[0].lines()
	if !ok {
		return s, false
	}
	return Suggestion{patches[0].file, whole.first, whole.last, whole.text}, true
}

// Standing returns the findings of a report that are in the code and that the
// user wants to hear of.
func Standing(r Report) []Finding { return standing(r.Findings) }

// Renamed returns the finding with every file under another name.
func (f Finding) Renamed(rename func(string) string) Finding {
	f.File = rename(f.File)
	f.Related = slices.Clone(f.Related)
	for i := range f.Related {
		f.Related[i].File = rename(f.Related[i].File)
	}
	f.Fix.Edits = slices.Clone(f.Fix.Edits)
	for i := range f.Fix.Edits {
		f.Fix.Edits[i].File = rename(f.Fix.Edits[i].File)
	}
	return f
}
