package rewrite

import (
	"slices"
	"time"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// findWithin is find for the program as it was loaded. With a deadline it asks
// one rule after the other, cheap ones first, and what is left at the deadline
// is left out of the run: a rule ran everywhere or nowhere, so that the findings
// of two programs can be held against each other.
func (r *run) findWithin(pkgs []*load.Package) ([]*found, error) {
	if r.opts.Deadline.IsZero() {
		return r.find(r.first, pkgs), nil
	}
	r.facts = map[*load.Package]*facts.Package{}
	for _, pkg := range pkgs {
		if pkg.Types != nil && !pkg.Superseded {
			r.facts[pkg] = r.newFacts(pkg)
		}
	}
	order := slices.Clone(r.chosen)
	slices.SortStableFunc(order, func(a, b *rules.Rule) int { return cost(a) - cost(b) })
	all := map[*load.Package][]*found{}
	done := 0
	for ; done < len(order) && !r.late(); done++ {
		if err := r.only(order[done : done+1]); err != nil {
			return nil, err
		}
		r.find(r.first, pkgs)
		for pkg, found := range r.known {
			all[pkg] = append(all[pkg], found...)
		}
	}
	r.left, r.chosen = len(order)-done, order[:done]
	if err := r.only(r.chosen); err != nil {
		return nil, err
	}
	r.known = all
	return r.find(r.first, pkgs), nil
}

// only makes some rules those of the run, of which nothing is known yet.
func (r *run) only(some []*rules.Rule) error {
	set, mistakes := match.Compile(some)
	if len(mistakes) > 0 {
		return Mistakes(mistakes)
	}
	r.known = map[*load.Package][]*found{}
	r.use(set)
	return nil
}

// late reports whether the deadline has come.
func (r *run) late() bool {
	return !r.opts.Deadline.IsZero() && time.Now().After(r.opts.Deadline)
}

// cost orders rules: what looks at one event or pattern is cheap, what relates
// several is not, and what asks about the whole program is dear.
func cost(rule *rules.Rule) int {
	n := len(rule.Where) + len(rule.Match.All) + len(rule.Match.Any)
	if rule.Scope.Of == "program" {
		n += 100
	}
	return n
}

// unverified closes the offers that the deadline left without verification: an
// offer that nobody verified is none.
func (r *run) unverified() {
	for _, e := range r.entries {
		if !e.applied && e.status == report.Fixable {
			e.close(report.Skipped, "the time was up before its fix was verified")
		}
	}
}
