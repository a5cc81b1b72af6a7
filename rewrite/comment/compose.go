package comment

import (
	"cmp"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
)

// A composition is what there is to say of a change.
type composition struct {
	comments  []Comment // the surest first
	elsewhere int       // findings that have no line in the change
	withheld  int       // of them those in a file of which it is not known
}

// compose makes a comment of each finding that the change has to do with.
func compose(s service, c *change, opts Options) composition {
	w := &composer{service: s, change: c, opts: opts, valid: map[string]bool{}, taken: map[string][]report.Suggestion{}}
	findings := report.Standing(opts.Report)
	slices.SortStableFunc(findings, func(a, b report.Finding) int {
		return cmp.Or(weight(a)-weight(b), cmp.Compare(a.File, b.File), cmp.Compare(a.Range.Start.Line, b.Range.Start.Line))
	})
	var all composition
	for _, f := range findings {
		comment, ok := w.comment(f)
		if !ok {
			all.elsewhere++
			if in := c.files[f.File]; in != nil && in.withheld && len(in.hunks) == 0 {
				all.withheld++
			}
			continue
		}
		all.comments = append(all.comments, comment)
	}
	return all
}

// weight orders findings: what is surer and worse comes first.
func weight(f report.Finding) int {
	confidence := map[string]int{"high": 0, "medium": 3, "low": 6}[f.Confidence]
	return confidence + map[string]int{"error": 0, "warning": 1, "info": 2}[f.Severity]
}

type composer struct {
	service service
	change  *change
	opts    Options
	valid   map[string]bool
	taken   map[string][]report.Suggestion // that were made, by file
}

func (w *composer) comment(f report.Finding) (c Comment, ok bool) {
	if s, ok := report.Suggest(f, w.opts.Sources); ok && w.fits(s) {
		w.taken[s.File] = append(w.taken[s.File], s)
		c = w.at(f, s.File, s.First, s.Last)
		c.Suggests = true
		c.Body = body(f, w.service.suggestion(s.Text, s.Last-s.First+1))
		return c, true
	}
	file, line := w.place(f)
	if line == 0 {
		return c, false
	}
	c = w.at(f, file, line, line)
	c.Body = body(f, folded(f, w.opts.Sources))
	return c, true
}

// fits reports whether a suggestion lies in one hunk and touches no other one.
func (w *composer) fits(s report.Suggestion) bool {
	for _, other := range w.taken[s.File] {
		if s.First <= other.Last+1 && other.First <= s.Last+1 {
			return false
		}
	}
	return w.shown(s.File, s.First, s.Last)
}

// place is the line for a comment: the finding's own, or one of its evidence.
func (w *composer) place(f report.Finding) (file string, line int) {
	if w.shown(f.File, f.Range.Start.Line, f.Range.Start.Line) {
		return f.File, f.Range.Start.Line
	}
	for _, e := range f.Related {
		if w.shown(e.File, e.Line, e.Line) {
			return e.File, e.Line
		}
	}
	return "", 0
}

// shown reports whether the change's diff shows lines of a file, of the text
// that was checked.
func (w *composer) shown(file string, first, last int) bool {
	in := w.change.files[file]
	if in == nil || in.around(first, last) == nil {
		return false
	}
	valid, ok := w.valid[file]
	if !ok {
		text := w.opts.Sources(file)
		valid = text != nil && in.shows(text)
		w.valid[file] = valid
	}
	return valid
}

func (w *composer) at(f report.Finding, file string, first, last int) Comment {
	in := w.change.files[file]
	c := Comment{Fingerprint: f.ID, Path: file, Last: last, OldPath: in.oldPath}
	if first < last {
		c.First = first
	}
	c.OldLine = in.around(first, last).old[last]
	return c
}
