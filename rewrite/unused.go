package rewrite

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

// Unused is the rule about directives that silence nothing. It matches no
// syntax: whether a directive is of use is known when all other rules have run.
var Unused = &rules.Rule{
	ID: "unusedignore", Title: "Directive that silences nothing",
	Message:   "this directive silences nothing",
	Rationale: "A directive that silences nothing hides the next finding that comes to its place. One that names a rule that there is not was never of use.",
	Severity:  "warning", Confidence: "high", Category: "misuse", Since: "0.1.0", Stability: "stable",
	Fixes: []rules.Fix{{Title: "delete the directive", Applicability: rules.Safe, Strategy: "delete", Rationale: "It is a comment that nothing heeds."}},
}

// A stale directive is one that silences nothing, on its way to the report.
type stale struct {
	*ignore
	pkg     *load.Package
	file    *load.File
	id      string
	message string
	status  report.Status
	because string
	edits   []diffs.Edit // none: it stays
}

// findStale looks for directives that no finding has needed.
func (r *run) findStale() {
	if len(r.opts.Enable) > 0 && !slices.Contains(r.opts.Enable, Unused.ID) || slices.Contains(r.opts.Disable, Unused.ID) {
		return
	}
	if r.opts.Load.NoTests {
		return // what a test shows may be silenced elsewhere
	}
	seen, ordinals := map[string]bool{}, map[key]int{}
	roots := r.rootPaths()
	for _, pkg := range r.first.Packages {
		if pkg.Superseded || pkg.IllTyped || pkg.Types == nil || !closed(pkg, roots) {
			continue // what was not looked at may be needed
		}
		for _, f := range pkg.Files {
			if seen[f.Path] {
				continue
			}
			seen[f.Path] = true
			for _, i := range r.directivesOf(pkg, f) {
				if s := r.staleOf(pkg, f, i); s != nil {
					k := key{Unused.ID, pkg.Path, "", strings.Join(strings.Fields(i.comment.Text), " ")}
					ordinals[k]++
					s.id = k.fingerprint(ordinals[k])
					r.stale = append(r.stale, s)
				}
			}
		}
	}
}

// staleOf returns nil for a directive that is of use.
func (r *run) staleOf(pkg *load.Package, f *load.File, i *ignore) *stale {
	s := &stale{ignore: i, pkg: pkg, file: f, status: report.None}
	if r.opts.Config != nil && r.opts.Config.Reasons && i.reason == "" {
		s.message = "this directive gives no reason, and the configuration asks for one: it silences nothing"
		return s
	}
	var idle []string
	for _, id := range i.ids {
		if why := r.idle(id, f, i); why != "" {
			s.message, idle = why, append(idle, id)
		}
	}
	switch {
	case len(i.ids) == 0 && (!i.alone || i.used[""] || len(r.opts.Enable) > 0):
		return nil
	case len(i.ids) == 0:
		s.message = "no finding stands here: the directive silences nothing"
	case len(idle) == 0:
		return nil
	case len(idle) < len(i.ids):
		s.message = fmt.Sprintf("the directive silences nothing of %s", strings.Join(idle, ", "))
	}
	s.plan(idle)
	return s
}

// idle says why a name in a directive does nothing, "" if it does or if that is
// not known.
func (r *run) idle(id string, f *load.File, i *ignore) string {
	at := slices.IndexFunc(r.library, func(rule *rules.Rule) bool { return named(rule, []string{id}) })
	switch {
	case i.used[id]:
		return ""
	case id == "":
		return "the directive names no rule: //lockfix:ignore ID reason"
	case at < 0:
		return fmt.Sprintf("there is no rule %q: the directive silences nothing", id)
	case !r.ran(r.library[at], f.Path):
		return ""
	}
	return fmt.Sprintf("no finding of %s stands here: the directive silences nothing", id)
}

// rootPaths are the import paths of the packages that were looked at.
func (r *run) rootPaths() map[string]bool {
	all := map[string]bool{}
	for _, pkg := range r.first.Packages {
		all[pkg.Path] = true
	}
	return all
}

// closed reports whether all that a package imports of its own module was looked
// at too: a finding may rest on what a function elsewhere does with a lock.
func closed(pkg *load.Package, roots map[string]bool) bool {
	for _, path := range pkg.Types.Imports() {
		own := path.Path() == pkg.Module || strings.HasPrefix(path.Path(), pkg.Module+"/")
		if pkg.Module != "" && own && !roots[path.Path()] {
			return false
		}
	}
	return true
}

// ran reports whether a rule was asked about a file, and about all that it has
// to know: one about the whole program was that only if the whole was loaded.
func (r *run) ran(rule *rules.Rule, file string) bool {
	if rule.Scope.Of == "program" && !slices.Contains(r.opts.Load.Patterns, "./...") {
		return false
	}
	return slices.ContainsFunc(r.chosen, func(c *rules.Rule) bool { return c.ID == rule.ID }) && !r.setting(rule, file).Off
}

// tell is the finding of a stale directive.
func (s *stale) tell(r *run, place places) report.Finding {
	at := func(pos token.Pos) report.Position {
		p := s.pkg.Fset.PositionFor(pos, false)
		return report.Position{Line: p.Line, Column: p.Column}
	}
	fix := report.Fix{Status: s.status, Because: s.because}
	if s.status == report.Fixable {
		fix.Applicability, fix.Title, fix.Strategy = string(rules.Safe), Unused.Fixes[0].Title, Unused.Fixes[0].Strategy
		for _, e := range s.edits {
			fix.Edits = append(fix.Edits, report.Edit{File: place.of(e.File), Start: e.Start, End: e.End, New: e.New})
		}
	}
	setting := r.opts.Config.At(Unused.ID, s.file.Path, true)
	severity := Unused.Severity
	if setting.Severity != "" {
		severity = setting.Severity
	}
	return report.Finding{
		ID: s.id, Rule: Unused.ID, Category: string(Unused.Category), Severity: string(severity), Confidence: string(Unused.Confidence),
		Message: s.message, File: place.of(s.file.Path), Package: s.pkg.Path,
		Range: report.Range{Start: at(s.comment.Pos()), End: at(s.comment.End())}, Fix: fix,
	}
}
