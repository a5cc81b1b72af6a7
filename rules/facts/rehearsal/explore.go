package rehearsal

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/lockfix/lockfix/rules/facts"
)

const (
	mostRuns       = 400     // of one root
	mostDeviations = 3       // decisions of one run that are not the plain one
	mostWork       = 400_000 // steps of all the runs of a package, in equal parts
	mostTested     = 150_000 // likewise, where others use the package: its tests show little of it
	leastWork      = 2_000   // of one root, however many there are
	patience       = 25      // runs without a verdict, after which no other is tried
	mostIdle       = 30_000  // steps of such runs, after which no other is tried
)

// rehearse runs each root in many ways.
func (f *Facts) rehearse(pkg *facts.Package) {
	p := build(pkg)
	if p == nil {
		return
	}
	f.tested = pkg.Types.Name() != "main" && !pkg.OnlyTests()
	left, all := mostWork, roots(p)
	if f.tested {
		left = mostTested
	} else {
		f.course = newCourse()
	}
	m := newMemory()
	m.oldTimers = pkg.TimersStay()
	m.ends = func(fn *types.Func) bool {
		model := pkg.ModelOf(fn)
		return model != nil && model.NoReturn
	}
	for i, root := range all {
		left -= f.explore(p, m, root, max(left/(len(all)-i), leastWork))
	}
}

// A plan is what a run is to decide otherwise.
type plan struct {
	choices    []int
	deviations int
	slow       bool // somebody is slow in it
}

// A queue has the plans that are still to be tried: in every fourth run somebody may be
// slow, for that shows races only.
type queue struct {
	plain, slow []plan
	taken       int
	dropped     bool // of the plain ones that decide a few times otherwise
}

func (q *queue) add(plans ...plan) {
	for _, p := range plans {
		of := &q.plain
		if p.slow {
			of = &q.slow
		}
		if len(*of) < mostRuns {
			*of = append(*of, p)
		} else {
			q.dropped = q.dropped || p.few()
		}
	}
}

// few reports whether a plan is among those without which a program is not known.
func (p plan) few() bool { return !p.slow && p.deviations <= 2 }

// untried reports whether such plans are left.
func (q *queue) untried() bool { return q.dropped || slices.ContainsFunc(q.plain, plan.few) }

func (q *queue) take() (next plan, ok bool) {
	from := &q.plain
	if q.taken++; len(q.plain) == 0 || q.taken%4 == 0 && len(q.slow) > 0 {
		from = &q.slow
	}
	if len(*from) == 0 {
		return plan{}, false
	}
	next = (*from)[0]
	*from = (*from)[1:]
	return next, true
}

// explore runs one root, plainly first, then with one decision otherwise, then
// with two; it returns how many steps that took.
func (f *Facts) explore(p *ssa.Package, m *memory, root *ssa.Function, most int) (work int) {
	var q queue
	q.add(plan{})
	defer func() { f.course.end(&q) }()
	idle, idled := 0, 0
	for runs := 0; runs < mostRuns && work < most; runs++ {
		next, ok := q.take()
		if !ok {
			return work
		}
		r := rehearseOnce(p, m, root, next.choices)
		work += r.work()
		f.judge(r, root)
		if r.end == gaveUp && runs == 0 {
			return work
		}
		if r.end != gaveUp && r.end != tooLong {
			idle, idled = 0, 0
		} else if idle, idled = idle+1, idled+r.work(); idle > patience || idled > mostIdle {
			return work
		}
		if next.deviations < mostDeviations {
			q.add(next.variations(r)...)
		}
	}
	return work
}

// variations returns the plans that decide once more otherwise, after all that
// this one does.
func (p plan) variations(r *run) (all []plan) {
	for i := len(p.choices); i < len(r.taken); i++ {
		for way := 1; way < r.open[i]; way++ {
			choices := append(slices.Clone(r.taken[:i]), way)
			all = append(all, plan{choices, p.deviations + 1, p.slow || r.slows[i]})
		}
	}
	return all
}

// rehearseOnce is one run.
func rehearseOnce(p *ssa.Package, m *memory, root *ssa.Function, choices []int) *run {
	r := &run{
		pkg: p, memory: m, globals: map[*ssa.Global]*cell{}, symbols: map[string]*symbol{}, unequal: map[string]int{},
		truths: map[string]bool{}, names: map[value]string{}, choices: choices, something: map[string]bool{}, lent: map[*cell]bool{},
		histories: map[value]*history{}, outside: map[*goroutine]bool{}, atomics: map[*cell]*vector{}, slows: map[int]bool{}, rounds: map[*goroutine]round{},
		did: newCourse(),
	}
	var args []value
	for range root.Params {
		args = append(args, &tester{})
	}
	r.perform(root, args)
	return r
}

// judge notes what a run shows.
func (f *Facts) judge(r *run, root *ssa.Function) {
	if f.course != nil {
		f.course.add(r)
	}
	f.judgeRaces(r, root)
	f.judgeLate(r, root)
	if r.vague() || r.slow {
		return
	}
	switch {
	case r.end == panicked && r.broken != nil:
		r.broken.Root = root.Name()
		if f.broken[root] == nil {
			f.note(r.broken) // the others go with it
		}
		f.broken[root] = r.broken
	case (r.end == atRest || r.end == tooLong && (r.rings > mostRings || r.spins())) && !r.failed():
		f.stuck(r, root)
	}
}

func (f *Facts) note(s *Stuck) {
	if s.Pos.IsValid() && f.found[s.Pos] == nil {
		f.found[s.Pos] = s
	}
}

// failed reports whether a test failed in a run: then it is over, and what it
// leaves behind is not its concern.
func (r *run) failed() bool {
	return r.root == nil || slices.ContainsFunc(r.goroutines, func(g *goroutine) bool { return g.fatal && (g == r.root || g.test) })
}

// stuck notes who waits for ever at the end of a run: the root, or if that has
// returned the first who does not just wait for work.
func (f *Facts) stuck(r *run, root *ssa.Function) {
	var all []*goroutine
	for _, g := range r.goroutines {
		if r.isStuck(g) {
			all = append(all, g)
		}
	}
	slices.SortStableFunc(all, func(a, b *goroutine) int {
		return rank(r, a) - rank(r, b)
	})
	if len(all) == 0 {
		return
	}
	s := &Stuck{Pos: all[0].pending.pos, What: all[0].pending.what, Root: root.Name(), Tested: f.tested}
	s.Hangs = slices.Contains(all, r.root)
	seen := map[token.Pos]bool{s.Pos: true}
	for _, g := range all[1:] {
		if at := g.pending.pos; !seen[at] && at.IsValid() && len(s.Others) < mostOthers {
			seen[at] = true
			s.Others = append(s.Others, Companion{at, "another goroutine " + g.pending.what + " here"})
		}
	}
	if f.known(all) {
		return
	}
	f.note(s)
}

const mostOthers = 3

// isStuck reports whether a goroutine waits for ever at the end of a run. Who has
// gone on when alarms rang, or waits for work when the root has ended, does not; nor
// does who lives as long as the program, as a generator that a package starts.
func (r *run) isStuck(g *goroutine) bool {
	if g.ended || g.daemon || g.pending == nil || !g.pending.pos.IsValid() || g.pending.sleeps {
		return false
	}
	over := r.root.ended || r.root.pending != nil && r.root.pending.what == waitsForNothing
	if r.end == tooLong && r.spins() {
		return (g == r.root || !g.idles()) && g.pending.ways() == 0 && r.onlyPeriodic()
	}
	if r.end == tooLong {
		return !g.idles() && g.moved < mostRings-quiet && r.onlyPeriodic() && (over || r.root.moved < mostRings-quiet)
	}
	return !over || !g.idles()
}

// quiet is in how many rings nothing must have changed for a goroutine, for it to
// be believed to wait for ever while others go round.
const quiet = 40

// onlyPeriodic reports whether nothing else is to come than what has come all the
// time: no alarm is set but those of tickers. Who sleeps now may have a few rounds to
// go, and others to let go on behind them.
func (r *run) onlyPeriodic() bool {
	if r.changed < mostRings-quiet {
		return true // nor has anything changed
	}
	return !slices.ContainsFunc(r.alarms, func(a *alarm) bool { return a.set && a.period == 0 })
}

// known reports whether a finding tells of one of these goroutines already.
func (f *Facts) known(all []*goroutine) bool {
	return slices.ContainsFunc(all, func(g *goroutine) bool { return f.found[g.pending.pos] != nil })
}

// rank is who is told of first: those who wait to give something away or to get
// a lock, and the root before others.
func rank(r *run, g *goroutine) (n int) {
	if g != r.root {
		n++
	}
	if g.idles() || g.pending.what == waitsForGroup || len(g.pending.cases) > 0 && !slices.ContainsFunc(g.pending.cases, func(a arm) bool { return a.send }) {
		n += 2
	}
	return n
}

// idles reports whether a goroutine waits as a daemon does: in a loop for work,
// or for a word that nobody has given.
func (g *goroutine) idles() bool {
	if g.pending.idle {
		return true
	}
	if p, ok := g.pending.on.(*primitive); ok && g.pending.what == waitsForGroup {
		return p.rooted && !p.done // a test that counts, and lets nobody be done, has it wait on purpose
	}
	if len(g.pending.cases) == 0 {
		return false
	}
	for _, a := range g.pending.cases {
		if a.send || a.ch != nil && a.ch.spoken {
			return false
		}
	}
	return true
}
