package rewrite

import (
	"cmp"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/plan"
)

// result turns the run into plain data.
func (r *run) result() *Result {
	place := newPlaces(r.opts.Load.Dir)
	res := &Result{packages: map[string]bool{}, dirs: map[string]bool{}, unsure: map[string]bool{}, rules: map[string]bool{}, Before: map[string][]byte{}, After: r.after, applied: r.applied}
	res.Report = report.Report{Version: 1, Errors: r.errors(place), Rules: r.described()}
	for _, e := range r.entries {
		if e.behind {
			res.Revealed += e.revealed()
			continue
		}
		res.Report.Findings = append(res.Report.Findings, e.tell(place, r.severity(e.first)))
		res.applied[e.id] = e.applied
	}
	for _, s := range r.stale {
		res.Report.Findings = append(res.Report.Findings, s.tell(r, place))
	}
	for _, path := range slices.Sorted(maps.Keys(r.after)) {
		res.Before[path] = r.before(path)
		res.Changes = append(res.Changes, diffs.Change{Path: place.of(path), Before: res.Before[path], After: r.after[path]})
	}
	sortFindings(res.Report.Findings)
	res.Left = r.left
	res.Report.Counts = report.Tally(res.Report.Findings)
	for _, pkg := range r.first.Packages {
		res.packages[pkg.Path] = true
		if dir := place.of(pkg.Dir); pkg.IllTyped {
			res.unsure[dir] = true
		} else {
			res.dirs[dir] = true
		}
	}
	for _, rule := range r.chosen {
		res.rules[rule.ID] = true
	}
	res.Report.Counts.Packages, res.Report.Counts.Files = r.first.Listed.Packages, r.first.Listed.Files
	return res
}

// Looked reports whether a package, by its import path, was looked at.
func (res *Result) Looked(pkg string) bool { return res.packages[pkg] }

// LookedIn reports whether the packages in the directory of a file were looked at, and all of them
// type-check: what is not found there is not there. The file is named as in the report.
func (res *Result) LookedIn(file string) bool {
	dir := path.Dir(file)
	return res.dirs[dir] && !res.unsure[dir]
}

// Ran reports whether a rule was asked anywhere.
func (res *Result) Ran(rule string) bool { return res.rules[rule] || rule == Unused.ID }

// Applied reports whether the fix of a finding, by its fingerprint, is among the
// changes.
func (res *Result) Applied(id string) bool { return res.applied[id] }

// Written returns the report as it stands once the files were written: what is
// in them is fixed.
func (res *Result) Written() report.Report {
	out := res.Report
	out.Findings = slices.Clone(out.Findings)
	for i, f := range out.Findings {
		if res.applied[f.ID] {
			out.Findings[i].Fix.Status = report.Fixed
		}
	}
	counts := report.Tally(out.Findings)
	counts.Packages, counts.Files = out.Counts.Packages, out.Counts.Files
	out.Counts = counts
	return out
}

// tell is the finding as it stood in the program that was loaded.
func (e *entry) tell(place places, severity string) report.Finding {
	f := e.first
	out := report.Finding{
		ID: e.id, Rule: f.Rule.ID, Category: string(f.Rule.Category),
		Severity: severity, Confidence: string(f.Rule.Confidence),
		Message: f.Message, File: place.of(f.file.Path), Package: f.pkg.Path, Symbol: f.Symbol(),
		Range:      report.Range{Start: f.at(f.At.Pos()), End: f.at(f.At.End())},
		Suppressed: f.suppressed,
		Known:      f.known,
		Fix:        e.fix(place),
	}
	for _, evidence := range slices.Concat(f.Related, f.Evidence) {
		at := f.Pkg.Fset.PositionFor(evidence.Pos, false)
		out.Related = append(out.Related, report.Related{File: place.of(at.Filename), Line: at.Line, Message: evidence.Message})
	}
	return out
}

// fix is what became of the finding, with the edits of its own plan in terms of
// the files on disk.
func (e *entry) fix(place places) report.Fix {
	out := report.Fix{Status: e.status, Because: e.because}
	if e.offered == nil || e.offered.Fix == nil {
		return out
	}
	p := e.offered
	out.Title, out.Strategy, out.Applicability = p.Fix.Title, p.Fix.Strategy, string(p.Applicability)
	if out.Because == "" {
		out.Because = strings.Join(p.Because, "; ")
	}
	if e.status == report.Fixable {
		out.Edits = edits(p, place)
	}
	return out
}

func edits(p *plan.Plan, place places) (out []report.Edit) {
	for _, e := range p.Edits {
		out = append(out, report.Edit{File: place.of(e.File), Start: e.Start, End: e.End, New: e.New})
	}
	return out
}

// at is a position in the finding's file as it is on disk: no //line directive
// moves it, and a byte order mark counts.
func (f *found) at(pos token.Pos) report.Position {
	p := f.Pkg.Fset.PositionFor(pos, false)
	if p.Line == 1 {
		p.Column = f.file.RawOffset(p.Offset) + 1
	}
	return report.Position{Line: p.Line, Column: p.Column}
}

// errors are the problems of loading and the faults of rules.
func (r *run) errors(place places) []report.Error {
	var out []report.Error
	for _, p := range r.first.Problems {
		out = append(out, problem(p, place))
	}
	for _, f := range r.faults {
		f.File = place.of(f.File)
		out = append(out, f)
	}
	return out
}

func problem(p load.Problem, place places) report.Error {
	out := report.Error{Line: p.Line, Column: p.Column, Package: p.Package, Message: p.Message}
	out.File = place.of(p.File)
	return out
}

func sortFindings(all []report.Finding) {
	slices.SortStableFunc(all, func(a, b report.Finding) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Column, b.Range.Start.Column),
			cmp.Compare(a.Rule, b.Rule))
	})
}

// places turns absolute paths into what the user sees.
type places struct{ dir string }

func newPlaces(dir string) places {
	if dir == "" {
		dir, _ = os.Getwd()
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return places{dir}
}

// of is the path relative to the working directory, with slashes; a file
// outside it keeps its absolute path.
func (p places) of(path string) string {
	if path == "" {
		return ""
	}
	rel, err := filepath.Rel(p.dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
