package rewrite

import (
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rules"
)

// races are the rules that are silent where it is not known which locks are held.
var races = []string{"capturedrace", "maybeunguarded", "racycall", "racypublish", "racyrun", "twolocks", "unguardedfield", "unguardedmap"}

// keepsLocks are the strategies that move no statement, and let go of no lock earlier than
// before but on a way that had lost it.
var keepsLocks = []string{"buffersignal", "deferbehind", "deferlock", "deferunlock", "guard", "innersection", "lockedtwin", "lockforunlock", "plainatomic", "surplusunlock", "timerforafter", "typedatomic", "unlockpath", "writelock"}

// holdLonger are those after which a function holds a lock wherever it held it before.
var holdLonger = []string{"deferbehind", "deferunlock"}

// revealed reports whether a finding was there all the time, and could not be told: of a
// function that loses a lock nobody knows what its callers hold behind it, so that a race of
// theirs is first seen when the lock is given back. What the plans change themselves is not
// let pass, but where no Lock moves, and no Unlock comes earlier: what stands before it stood there without. Nor is what a
// change of another kind may have brought, in the package or in one that it imports. A send that may come behind the close is told of
// where a flag is asked under its lock: that was not so before guard held it, and the send
// came behind the close all the more. A way that loses a lock is told of where another releases
// it: in the other mode none did.
func revealed(k key, plans []*proposal, to *influence) bool {
	if k.rule == "sendclosed" {
		return !slices.ContainsFunc(plans, func(p *proposal) bool {
			return p.entry.first.key.pkg == k.pkg && (p.Fix == nil || p.Fix.Strategy != "guard")
		})
	}
	if k.rule == "lostunlock" {
		return slices.ContainsFunc(plans, func(p *proposal) bool {
			first := p.entry.first.key
			return first.rule == "crossedunlock" && first.pkg == k.pkg && first.symbol == k.symbol
		})
	}
	return slices.Contains(races, k.rule) && !slices.ContainsFunc(plans, func(p *proposal) bool {
		first := p.entry.first.key
		if first.pkg != k.pkg && (p.Applicability == rules.Safe || !to.reaches(k.pkg, p)) {
			return false
		}
		itself := first.pkg == k.pkg && first.symbol == k.symbol
		if itself && p.Fix != nil && addsOrder(p.Fix.Strategy, k.rule) && first.text != k.text {
			return false // of another variable
		}
		return p.Fix == nil || !slices.Contains(keepsLocks, p.Fix.Strategy) || itself && !slices.Contains(holdLonger, p.Fix.Strategy)
	})
}

// addsOrder reports whether a strategy makes nothing worse of what a rule tells of other variables: an
// atomic access only adds order; and what guard puts under one lock was under none before, when
// others had another lock for it.
func addsOrder(strategy, rule string) bool {
	return strategy == "plainatomic" || strategy == "guard" && rule == "twolocks"
}

// mixes are the rules that tell of an access that has to be atomic, as others are.
var mixes = []string{"maybemixed", "mixedatomic"}

// toldOtherwise reports whether a run shows a race of a variable of which another rule has told
// before in the same function, more often than plans are about it, none of which lets go of a
// lock earlier than before: where that told, racyrun was silent. So was it behind the first race
// of a run, which a plan may have repaired.
func toldOtherwise(k key, before map[key]int, plans []*proposal, to *influence) bool {
	same := func(o key) bool { return o.pkg == k.pkg && o.symbol == k.symbol && o.text == k.text }
	about := 0
	for _, p := range plans {
		if p.entry.first.key.pkg != k.pkg && !to.reaches(k.pkg, p) {
			continue
		}
		if p.Fix == nil || !slices.Contains(keepsLocks, p.Fix.Strategy) {
			return false
		}
		if same(p.entry.first.key) {
			about++
		}
	}
	if k.rule != "racyrun" {
		return false
	}
	for o, n := range before {
		tells := slices.Contains(races, o.rule) && about == 0 || slices.Contains(mixes, o.rule)
		if n > about && same(o) && tells {
			return true
		}
	}
	return false
}

// meet makes entries of the findings that an attempt has brought to light.
func (r *run) meet(a *attempt) {
	bound := map[*found]bool{}
	for _, e := range r.entries {
		bound[e.now] = true
	}
	for _, f := range a.found {
		if a.revealed[f.key] > 0 && !bound[f] {
			a.revealed[f.key]--
			r.enter(&entry{id: f.key.fingerprint(1), first: f, now: f, status: report.None, behind: true})
		}
	}
}
