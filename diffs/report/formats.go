package report

import (
	"maps"
	"slices"
)

// A Format writes a report. It is a pure function: what it needs of the files
// it asks of sources, and it changes neither.
//
// The formats of services (all but text and json) say what is wrong with the
// code as it stands: they leave out what was fixed and, but for SARIF which has
// a word for it, what the user has suppressed. They offer a fix only if it is
// Fixable and not manual.
type Format func(r Report, sources Sources) []byte

// Formats holds every format by the name that --format takes.
var Formats = map[string]Format{
	"text":           func(r Report, _ Sources) []byte { return Text(r, Style{}) },
	"json":           func(r Report, _ Sources) []byte { return JSON(r) },
	"sarif":          SARIF,
	"rdjson":         RDJSON,
	"rdjsonl":        RDJSONL,
	"github-actions": GitHubActions,
	"gitlab":         func(r Report, _ Sources) []byte { return GitLab(r) },
	"checkstyle":     func(r Report, _ Sources) []byte { return Checkstyle(r) },
	"junit":          func(r Report, _ Sources) []byte { return JUnit(r) },
	"html":           HTML,
	"go-analysis":    func(r Report, _ Sources) []byte { return GoAnalysis(r) },
}

// FormatNames returns the names of the formats, sorted.
func FormatNames() []string { return slices.Sorted(maps.Keys(Formats)) }

// standing returns the findings that are in the code and that the user wants to
// hear of.
func standing(findings []Finding) (all []Finding) {
	for _, f := range findings {
		if f.Fix.Status != Fixed && !f.Suppressed {
			all = append(all, f)
		}
	}
	return all
}

// offered reports whether a fix may be put before somebody as a thing to accept.
func (f Fix) offered() bool {
	return f.Status == Fixable && f.Applicability != "manual" && len(f.Edits) > 0
}

// told is the message of a finding and, on a line of its own, what became of
// its fix: for readers that show nothing but a message.
func told(f Finding) string {
	if state := fixState(f.Fix); state != "" {
		return f.Message + "\n" + state
	}
	return f.Message
}
