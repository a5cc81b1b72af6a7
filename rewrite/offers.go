package rewrite

import (
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

// verifyOffers verifies, on the program as it was loaded, the fixes that are
// only offered: a suggestion must be as true as what is applied. Offers for
// different places are tried together, and alone only if that fails.
func (r *run) verifyOffers() {
	r.rest()
	alone := newRun(r.ctx, r.opts, r.set, r.first)
	alone.woken = r.woken
	alone.known, alone.vetted, alone.summaries, alone.sketches = r.known, r.vetted, r.summaries, r.sketches
	if whole, ok := r.wholes[r.first]; ok {
		alone.wholes[r.first] = whole
	}
	for _, offers := range r.portions(r.offers()) {
		for len(offers) > 0 && r.ctx.Err() == nil {
			if r.late() {
				r.unverified()
				return
			}
			alone.met = map[key]meeting{}
			batch, rest := apart(offers)
			alone.sound(batch)
			offers = rest
		}
		alone.forget()
	}
}

// offers are the plans of the first round that were not applied but could be.
func (r *run) offers() (all []*proposal) {
	for _, e := range r.entries {
		if !e.behind && !e.applied && e.status == report.Fixable && e.offered.Applicability != rules.Manual {
			all = append(all, &proposal{e, e.offered})
		}
	}
	return all
}

// What is alive while offers are verified are their packages, before and after, with
// all facts: so those of some packages are verified after those of others. But each time
// the picture of the program may have to be made again, for which its size decides how
// many times that may be.
const (
	portion  = 256 << 10 // bytes of source in the packages of a portion
	portions = 16        // at most, about
)

// portions divides offers by packages.
func (r *run) portions(offers []*proposal) (all [][]*proposal) {
	if len(offers) == 0 || !r.opts.Brief {
		return [][]*proposal{offers}
	}
	var order []*load.Package
	of, total := map[*load.Package][]*proposal{}, 0
	for _, o := range offers {
		pkg := o.entry.now.pkg
		if of[pkg] == nil {
			order = append(order, pkg)
			total += textOf(pkg)
		}
		of[pkg] = append(of[pkg], o)
	}
	bytes := 0
	for i, pkg := range order {
		if i == 0 || bytes+textOf(pkg) > max(portion, total/portions) {
			all, bytes = append(all, nil), 0
		}
		bytes += textOf(pkg)
		all[len(all)-1] = append(all[len(all)-1], of[pkg]...)
	}
	return all
}
