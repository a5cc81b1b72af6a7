package rewrite

import (
	"cmp"
	"slices"

	"github.com/lockfix/lockfix/rewrite/config"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// setting is what the configuration says of a rule in a file. Rules that the
// options name run everywhere.
func (r *run) setting(rule *rules.Rule, file string) config.Setting {
	asked := named(rule, r.opts.Enable) || r.opts.asks(rule)
	at := r.opts.Config.At(rule.ID, file, asked || byDefault(rule))
	at.Off = at.Off && !asked
	return at
}

// severity is the rule's, unless the configuration has another for the place.
func (r *run) severity(f *found) string {
	return string(cmp.Or(r.setting(f.Rule, f.file.Path).Severity, f.Rule.Severity))
}

// trusted is a plan with the level that the configuration gives it.
func (r *run) trusted(p *plan.Plan, f *found) *plan.Plan {
	level := r.setting(f.Rule, f.file.Path).Fix
	if p.Fix == nil || level == "" {
		return p
	}
	out := *p
	switch {
	case level == config.None:
		out.Fix, out.Edits = nil, nil
		out.Refused = append(slices.Clone(p.Refused), plan.Refusal{Fix: p.Fix, Because: "the configuration leaves the fixes of this rule out"})
	case level == config.Safe && p.Applicability == rules.Unsafe:
		out.Applicability = rules.Safe
		out.Because = append(slices.Clone(p.Because), "the configuration trusts this fix")
	case rank(rules.Applicability(level)) > rank(p.Applicability):
		out.Applicability = rules.Applicability(level)
		out.Because = append(slices.Clone(p.Because), "the configuration does not trust this fix further")
	}
	return &out
}

// newFacts makes the facts of a package, with the models that the user adds.
func (r *run) newFacts(pkg *load.Package) *facts.Package {
	if kept := r.facts[pkg]; kept != nil {
		return kept
	}
	f := pkg.Facts()
	f.Models = r.opts.Models
	return f
}
