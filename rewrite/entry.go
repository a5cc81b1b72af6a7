package rewrite

import (
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules"
)

// An entry is one finding from the first round to the report.
type entry struct {
	id      string
	first   *found     // in the program as it was loaded: what the report tells
	now     *found     // in the current program; nil once closed
	offered *plan.Plan // the first round's plan: its edits are in terms of the files on disk
	status  report.Status
	because string
	applied bool
	// behind says that it came to light behind the fix of another finding: it is repaired
	// along, so that a second run has nothing to do, and not told, for the files on disk do
	// not show it.
	behind bool
	// of is the entry that was refused, in whose place this one waits for another fix.
	of *entry
}

func (e *entry) open() bool { return e.now != nil }

// revealed is 1 of a finding that came to light behind a fix, and that nothing has repaired.
func (e *entry) revealed() int {
	if e.behind && e.of == nil && !e.applied && !e.first.suppressed {
		return 1
	}
	return 0
}

// close ends an entry with its last status.
func (e *entry) close(status report.Status, because string) {
	e.now, e.status, e.because = nil, status, because
}

// repaired notes that the finding of an entry is gone. By a fix of its own the entry is
// repaired, too, in whose place it waited: its edits are not in terms of the files on disk.
func (e *entry) repaired(because string) {
	e.close(report.Fixable, because)
	e.applied = true
	if p := e.offered; e.of != nil && p != nil && p.Fix != nil {
		e.of.offered = &plan.Plan{Match: p.Match, Fix: p.Fix, Applicability: p.Applicability, Because: p.Because}
		e.of.repaired("behind the fix of another finding")
	}
}

// open makes an entry of each finding of the first round. What can never be
// edited is closed at once, with its reason.
func (r *run) open(all []*found) {
	ordinals := map[key]int{}
	for _, f := range all {
		ordinals[f.key]++
		r.enter(&entry{id: f.key.fingerprint(ordinals[f.key]), first: f, now: f, status: report.None})
	}
}

// enter adds an entry, which is closed where a directive, the baseline or its file says so.
func (r *run) enter(e *entry) {
	r.entries = append(r.entries, e)
	f := e.first
	reasons := r.opts.Config != nil && r.opts.Config.Reasons
	if reason, ok := r.directivesOf(f.pkg, f.file).of(f, reasons); ok {
		e.close(report.Skipped, reason)
		e.first.suppressed = true
		return
	}
	if slices.Contains(r.opts.Known, e.id) {
		e.close(report.Skipped, "known: it is in the baseline")
		e.first.suppressed, e.first.known = true, true
		return
	}
	if fixed := f.file.Fixed; fixed.Kind != "" && len(f.Rule.Fixes) > 0 {
		e.close(report.Skipped, fixed.Because)
	}
}

// rebind gives the open entries their matches in the next program: those of one
// key in their order. An entry without a match was repaired by another's fix.
func (r *run) rebind(all []*found, touched map[string]bool) {
	byKey, met := map[key][]*found{}, map[key]bool{}
	for _, f := range all {
		byKey[f.key] = append(byKey[f.key], f)
	}
	for _, e := range r.entries {
		met[e.first.key] = true
	}
	changed := map[key][]*found{} // calls whose arguments no finding had
	for _, f := range all {
		if !met[f.key] {
			changed[f.key.stem()] = append(changed[f.key.stem()], f)
		}
	}
	for _, e := range r.entries {
		if !e.open() || !touched[e.now.pkg.Path] && !e.reachesAll() {
			continue
		}
		rest := byKey[e.first.key]
		if same := changed[e.first.key.stem()]; len(rest) == 0 && len(same) > 0 {
			e.now, changed[e.first.key.stem()] = same[0], same[1:]
			continue
		}
		if len(rest) == 0 {
			e.repaired("repaired by the fix of another finding")
			continue
		}
		e.now, byKey[e.first.key] = rest[0], rest[1:]
	}
}

// allowed reports whether the options let an entry's fix be applied.
func (r *run) allowed(e *entry, p *plan.Plan) bool {
	return r.wanted(e.first.Rule, e.id) && rank(p.Applicability) <= rank(r.opts.Level)
}

// wanted reports whether the options ask for the fix of a finding.
func (r *run) wanted(rule *rules.Rule, id string) bool {
	if len(r.opts.Only) > 0 && !slices.Contains(r.opts.Only, id) {
		return false
	}
	return len(r.opts.OnlyRules) == 0 || named(rule, r.opts.OnlyRules)
}

// rank orders applicabilities; the zero value is safe.
func rank(a rules.Applicability) int {
	switch a {
	case rules.Unsafe:
		return 1
	case rules.Manual:
		return 2
	}
	return 0
}
