package rewrite

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// Where fixes are only told of, each is verified in what is near to it: the
// declarations that it changes, those that share a field or a variable with them,
// those that call them, and those that they call. To look at all of a large package
// again costs as much as to look at it once, and what comes of an edit farther away
// is seen before anything is written.

// verifyNear is verify for plans that are not applied.
func (r *run) verifyNear(next *load.Program, files map[string][]byte, plans []*proposal, again, before []*load.Package) (*attempt, error) {
	had, has := map[key]int{}, map[key]int{}
	moves := slices.ContainsFunc(plans, func(p *proposal) bool { return p.entry.reachesAll() })
	for i, pkg := range again {
		if pkg.Superseded || pkg.Types == nil {
			continue
		}
		r.summaries.inherit(pkg, before[i])
		r.sketches.keep(pkg, r.sketches.made[before[i]])
		e := editedPackage(before[i], pkg, files, plans)
		if e == nil {
			continue
		}
		moves = moves || e.moves
		if err := r.compareNear(e, files, had, has); err != nil {
			return nil, err
		}
	}
	if moves && !r.whole.Empty() {
		r.sketchAgain(again, files)
		addCount(had, r.findWhole(r.prog))
		addCount(has, r.findWhole(next))
	}
	shown, err := gone(had, has, plans, &influence{prog: next, met: r.met})
	if err == nil {
		r.remember(shown, plans)
	}
	return &attempt{prog: next, files: files}, err
}

// compareNear counts what the rules find near to the edits of one package, before and after.
func (r *run) compareNear(e *edited, files map[string][]byte, had, has map[key]int) error {
	isNear := func(f *found) bool { return e.near[f.key.symbol] }
	addCount(had, slices.DeleteFunc(slices.Clone(r.known[e.before]), func(f *found) bool { return !isNear(f) }))
	harmsBefore := r.harmsBefore([]*load.Package{e.before}, files)
	f := r.factsOf(e.after)
	r.tried[e.after] = f
	matches, problems := r.alone.FindNear(f, func(decl ast.Decl) bool { return e.isNear(decl) })
	if len(problems) > 0 {
		return fmt.Errorf("the rules cannot read the result: %s", fault(e.after, problems[0]).Message)
	}
	addCount(has, slices.DeleteFunc(r.foundIn(e.after, matches), func(f *found) bool { return !isNear(f) }))
	return r.newHarm(harmsBefore[0], e.after, files)
}

// sketchAgain collects what the packages that were edited add to the picture of the program.
func (r *run) sketchAgain(pkgs []*load.Package, files map[string][]byte) {
	for _, pkg := range pkgs {
		if !pkg.Superseded && pkg.Types != nil && holds(pkg, files) {
			r.sketches.keep(pkg, order.Collect(r.factsOf(pkg)))
		}
	}
}

func addCount(n map[key]int, all []*found) {
	for _, f := range all {
		n[f.key]++
	}
}
