package rewrite

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rewrite/load"
)

// verify holds the next program against the current one: it must type-check as
// well, each planned finding must be gone, no other may have come, and no lock
// may be lost, taken twice or released twice where that was not so before.
func (r *run) verify(next *load.Program, files map[string][]byte, plans []*proposal) (*attempt, error) {
	again, before := checkedAgain(r.prog, next)
	for i, pkg := range again {
		if err := worse(before[i], pkg); err != nil {
			return nil, err
		}
		if err := r.newComplaint(before[i], pkg); err != nil {
			return nil, err
		}
	}
	if r.opts.Brief {
		return r.verifyNear(next, files, plans, again, before)
	}
	had := r.harmsBefore(before, files)
	a := &attempt{prog: next, files: files, touched: map[string]bool{}}
	for _, pkg := range again {
		a.touched[pkg.Path] = true
	}
	faults := len(r.faults)
	a.found = r.find(next, again)
	if len(r.faults) > faults {
		fault := r.faults[faults]
		r.faults = r.faults[:faults]
		return nil, fmt.Errorf("the rules cannot read the result: %s", fault.Message)
	}
	for i, pkg := range again {
		if err := r.newHarm(had[i], pkg, files); err != nil {
			return nil, err
		}
	}
	var err error
	a.revealed, err = gone(count(r.find(r.prog, before)), count(a.found), plans, &influence{prog: next, met: r.met})
	if err != nil {
		return nil, err
	}
	r.remember(a.revealed, plans)
	return a, nil
}

// checkedAgain returns the packages that differ between two programs, and what
// they were.
func checkedAgain(prev, next *load.Program) (now, was []*load.Package) {
	for i, pkg := range next.Packages {
		if pkg != prev.Packages[i] {
			now, was = append(now, pkg), append(was, prev.Packages[i])
		}
	}
	return now, was
}

// worse is the first problem of a package that it did not have before.
func worse(before, after *load.Package) error {
	had := map[string]int{}
	for _, p := range before.Problems {
		had[p.Message]++
	}
	for _, p := range after.Problems {
		if had[p.Message]--; had[p.Message] < 0 {
			return fmt.Errorf("the result does not type-check: %s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
		}
	}
	return nil
}

func count(all []*found) map[key]int {
	n := map[key]int{}
	for _, f := range all {
		n[f.key]++
	}
	return n
}

// gone checks that every planned finding went away and that none came, but for those that
// were there all the time.
func gone(before, after map[key]int, plans []*proposal, to *influence) (shown map[key]int, err error) {
	shown = map[key]int{}
	want := map[key]int{}
	for _, p := range plans {
		want[p.entry.now.key]++
	}
	left, now := totals(before), totals(after)
	for k, n := range totals(want) {
		left[k] -= n
	}
	var o objection
	for _, k := range slices.SortedFunc(maps.Keys(after), key.compare) {
		switch n, was := after[k], before[k]; {
		case was == 0 && now[k.stem()] <= left[k.stem()]:
			// the call that was found, with arguments that an edit has changed
		case n > was && (to.known(k, n-was, plans) || revealed(k, plans, to) || toldOtherwise(k, before, plans, to)):
			shown[k] = n - was
		case n > was:
			o.add(fmt.Errorf("the result has a finding of %s that was not there: %s", k.rule, k.named()), key{pkg: k.pkg, symbol: k.symbol})
		case n > was-want[k]:
			o.add(fmt.Errorf("the finding of %s is still there: %s", k.rule, k.named()), k)
		}
	}
	return shown, o.orNil()
}
