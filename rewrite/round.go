package rewrite

import (
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules/match"
)

// A proposal is the plan of one entry in this round.
type proposal struct {
	entry *entry
	*plan.Plan
}

// plan plans every open entry. An entry for which there is nothing to do is
// closed with the reason.
func (r *run) plan() (proposals []*proposal) {
	planner := new(plan.Planner)
	for _, e := range r.entries {
		if !e.open() {
			continue
		}
		p := r.bestPlan(planner, e.now)
		first := e.offered == nil
		if first {
			e.offered = p
		}
		switch {
		case len(e.now.Rule.Fixes) == 0:
			e.close(report.None, "")
		case p.Fix != nil:
			e.status = report.Fixable
			proposals = append(proposals, &proposal{e, p})
		case first:
			e.close(report.Refused, refusals(p))
		default:
			e.close(report.Conflict, "another fix of the same declaration came first; then: "+refusals(p))
		}
	}
	return proposals
}

// bestPlan returns the plan of the first alternative that is as applicable as
// any: a safe second choice is worth more than an unsafe first. One of the kind
// that the options prefer is worth more than all others.
func (r *run) bestPlan(planner *plan.Planner, f *found) *plan.Plan {
	best := &plan.Plan{Match: f.Match}
	var refused []plan.Refusal
	for _, alternative := range r.set.Alternatives(f.Match) {
		p := planner.Make(f.pkg, f.Match, []match.Alternative{alternative})
		refused = append(refused, p.Refused...)
		if p.Fix != nil && (best.Fix == nil || r.better(p, best)) {
			best = p
		}
	}
	best.Refused = refused
	return r.trusted(best, f)
}

// better reports whether a plan is worth more than one that comes first.
func (r *run) better(p, first *plan.Plan) bool {
	if r.opts.Prefer != "" {
		preferred := plan.Kind(p.Fix) == r.opts.Prefer
		if preferred != (plan.Kind(first.Fix) == r.opts.Prefer) {
			return preferred
		}
	}
	return rank(p.Applicability) < rank(first.Applicability)
}

// refusals joins the sentences of all alternatives.
func refusals(p *plan.Plan) string {
	if len(p.Refused) == 0 {
		return "no fix of this rule fits this place"
	}
	var sentences []string
	for _, refusal := range p.Refused {
		if !slices.Contains(sentences, refusal.Because) {
			sentences = append(sentences, refusal.Because)
		}
	}
	return strings.Join(sentences, "; ")
}

// pick chooses at most one allowed plan a declaration, safe before unsafe, then
// in the order of the text, and no two that touch the same bytes: two sound
// fixes can compose to nonsense. The others wait for the next round.
func (r *run) pick(proposals []*proposal) (batch []*proposal) {
	slices.SortStableFunc(proposals, func(a, b *proposal) int {
		return rank(a.Applicability) - rank(b.Applicability)
	})
	var allowed []*proposal
	for _, p := range proposals {
		if r.allowed(p.entry, p.Plan) {
			allowed = append(allowed, p)
		}
	}
	batch, _ = apart(allowed)
	return batch
}
