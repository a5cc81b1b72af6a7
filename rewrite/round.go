package rewrite

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// A proposal is the plan of one entry in this round.
type proposal struct {
	entry *entry
	*plan.Plan
}

// plan plans every open entry. An entry for which there is nothing to do is
// closed with the reason. What has been planned before waits for its round, where a safe fix of the same
// declaration comes first: that is the one which is picked, and the others are planned on its result.
func (r *run) plan() (proposals []*proposal) {
	planner := new(plan.Planner)
	var last *found
	var refused []*proposal
	settled := map[ast.Decl]bool{}
	for _, e := range r.entries {
		if !e.open() || e.offered != nil && settled[e.now.Match.Decl] {
			continue
		}
		r.leave(last, e.now)
		last = e.now
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
			settled[p.Match.Decl] = settled[p.Match.Decl] || p.Applicability == rules.Safe && r.allowed(e, p)
		case first:
			refused = append(refused, &proposal{e, p})
		default:
			e.close(report.Conflict, "another fix of the same declaration came first; then: "+refusals(p))
		}
	}
	r.refuse(refused, proposals)
	return proposals
}

// refuse closes entries for which there is no fix. Where another fix changes the same declaration
// there may be one behind it: then another entry waits for that, in place of this one.
func (r *run) refuse(refused, proposals []*proposal) {
	changes := map[ast.Decl]bool{}
	for _, p := range proposals {
		changes[p.Match.Decl] = changes[p.Match.Decl] || r.allowed(p.entry, p.Plan)
	}
	for _, p := range refused {
		again := !r.opts.Brief && changes[p.Match.Decl]
		switch e := p.entry; {
		case again && e.of != nil:
			e.offered = nil
			continue
		case again:
			r.entries = append(r.entries, &entry{id: e.id, first: e.first, now: e.now, behind: true, of: e})
		}
		p.entry.close(report.Refused, refusals(p.Plan))
	}
}

// leave lets the facts of a package go once all is planned in it, where what is planned
// is only told of: the next package's take as much again.
func (r *run) leave(last, next *found) {
	if r.opts.Brief && last != nil && last.pkg != next.pkg && textOf(last.pkg) < largeText {
		last.Pkg.Forget()
	}
}

// bestPlan returns the plan of the first alternative that is as applicable as
// any: a safe second choice is worth more than an unsafe first. One of the kind
// that the options prefer is worth more than all others.
func (r *run) bestPlan(planner *plan.Planner, f *found) *plan.Plan {
	best := &plan.Plan{Match: f.Match}
	var refused []plan.Refusal
	all := r.set.Alternatives(f.Match)
	slices.SortStableFunc(all, func(a, b match.Alternative) int { return r.preferred(b.Fix) - r.preferred(a.Fix) })
	for _, alternative := range all {
		if plan.Kind(alternative.Fix) == plan.Padding && !r.opts.Pad {
			refused = append(refused, plan.Refusal{Fix: alternative.Fix, Because: "padding is put in where --pad asks for it"})
			continue
		}
		if plan.OnRequest(alternative.Fix) && r.preferred(alternative.Fix) == 0 || best.Fix != nil && !r.better(alternative.Fix, alternative.Applicability, best) {
			continue // it would not be taken: a plan is no more applicable than its rule says
		}
		p := planner.Make(f.pkg, f.Match, []match.Alternative{alternative})
		refused = append(refused, p.Refused...)
		if p.Fix != nil && (best.Fix == nil || r.better(p.Fix, p.Applicability, best)) {
			best = p
		}
	}
	best.Refused = refused
	return r.trusted(best, f)
}

// preferred is 1 of a fix of the kind that the options prefer, 0 of others.
func (r *run) preferred(fix *rules.Fix) int {
	if fix != nil && r.opts.Pad && plan.Kind(fix) == plan.Padding {
		return 1
	}
	if fix != nil && r.opts.Prefer != "" && plan.Kind(fix) == r.opts.Prefer {
		return 1
	}
	return 0
}

// better reports whether a fix of a level is worth more than a plan that comes first.
func (r *run) better(fix *rules.Fix, level rules.Applicability, first *plan.Plan) bool {
	if d := r.preferred(fix) - r.preferred(first.Fix); d != 0 {
		return d > 0
	}
	return rank(level) < rank(first.Applicability)
}

// refusals joins the sentences of all alternatives that are for places of this
// form; of the others only where there is none.
func refusals(p *plan.Plan) string {
	if len(p.Refused) == 0 {
		return "no fix of this rule fits this place"
	}
	var sentences []string
	aside := !slices.ContainsFunc(p.Refused, func(refusal plan.Refusal) bool { return !refusal.Aside })
	for _, refusal := range p.Refused {
		if refusal.Aside == aside && !slices.Contains(sentences, refusal.Because) {
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
