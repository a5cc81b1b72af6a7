package rehearsal

import (
	"fmt"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A run is one course of a program.
type run struct {
	pkg     *ssa.Package
	memory  *memory
	globals map[*ssa.Global]*cell
	symbols map[string]*symbol
	truths  map[string]bool // how conditions on symbols were decided
	unequal map[string]int  // random numbers: to how many others they were said not to be equal
	names   map[value]string
	count   int
	guessed bool // a condition on what comes from outside was decided
	// something are the conditions that say of no error that it is nil.
	something map[string]bool
	lent      map[*cell]bool // somebody unknown has a pointer to them

	histories map[value]*history
	races     []*race
	late      []*Stuck            // what is said to a test that has ended
	std       *logger             // of package log; nil: it writes to nobody that the program knows
	atomics   map[*cell]*vector   // of plain variables that are used atomically
	outside   map[*goroutine]bool // who has called something that may order what nobody sees

	goroutines []*goroutine
	current    *goroutine
	alarms     []*alarm
	now        int64
	steps      int
	asked      int // goroutines that were asked whether they can go on
	looked     int // variables that were made or looked through, in bulk
	rings      int // alarms that went off
	changed    int // how many had when something was last written, or a number differed from the round before
	rounds     map[*goroutine]round
	spun       int // how often it went round at one place
	spinning   token.Pos
	hurried    int          // how often that was so
	slows      map[int]bool // the decisions that are of that kind
	slow       bool         // time has passed although somebody could go on
	streak     int          // how often the current goroutine has gone on in a row

	choices []int // what is to be decided otherwise than plainly
	taken   []int // what was decided
	open    []int // how many ways there were each time

	did    *course // so far
	root   *goroutine
	broken *Stuck // an operation that panics
	end    outcome
	why    string
}

// An outcome is how a run ended.
type outcome int

const (
	atRest   outcome = iota // nobody can go on
	left                    // the process ended
	gaveUp                  // it came to something that is not known
	tooLong                 // it did not come to rest
	panicked                // an operation on a channel or lock panicked
)

const (
	mostSteps      = 6000
	mostLooked     = 100_000
	mostRings      = 60
	mostGoroutines = 130
	longStreak     = 20
)

// An interrupt ends a run from within.
type interrupt struct {
	outcome outcome
	why     string
}

func (r *run) giveUp(why string) { panic(interrupt{gaveUp, why}) }

// A goroutine is one of a run.
type goroutine struct {
	r       *run
	id      int
	frames  []*frame
	pending *pending
	ended   bool
	fatal   bool // it ended by Goexit: a test that failed
	daemon  bool // a package starts it when it is loaded
	test    bool // it is that of a parallel test
	start   token.Pos
	at      token.Pos // of the deferred call that begins
	moved   int       // how many alarms had gone off when it last went on
	knows   vector    // what it did, and others before it
	of      *tester   // that it runs
	locks   int       // that it has taken and not released
}

// A pending is the visible operation that a goroutine comes to next.
type pending struct {
	pos  token.Pos
	what string
	// ways returns in how many ways the operation could be done now.
	ways func() int
	// do does it in one of them.
	do    func(way int)
	cases []arm // of a channel operation
	on    any   // the primitive that it waits for
	// idle is set where one waits for work, or for the end.
	idle bool
	// sleeps is set where only time is waited for.
	sleeps bool
}

// choose decides between ways, of which 0 is the plain one.
func (r *run) choose(ways int) int {
	i := len(r.taken)
	way := 0
	if i < len(r.choices) {
		way = min(r.choices[i], ways-1)
	}
	r.taken, r.open = append(r.taken, way), append(r.open, ways)
	return way
}

// start makes a goroutine that calls a function, and knows of what is past.
func (r *run) start(fn value, args []value, pos token.Pos, past vector) *goroutine {
	if len(r.goroutines) >= mostGoroutines {
		panic(interrupt{tooLong, "many goroutines"})
	}
	g := &goroutine{r: r, id: len(r.goroutines), start: pos}
	g.knows = born(g.id, past)
	r.goroutines = append(r.goroutines, g)
	g.pending = &pending{pos: pos, what: "starts", ways: once, do: func(int) {
		if g.enter(fn, args, nil) == nil {
			g.leave()
		}
	}}
	return g
}

func once() int { return 1 }

// perform runs a function to its end, with all the goroutines that it starts.
func (r *run) perform(root *ssa.Function, args []value) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case interrupt:
			r.end, r.why = e.outcome, e.why
		default:
			r.end, r.why = gaveUp, fmt.Sprint(e) // the machine does not know that program
		}
	}()
	if init := r.pkg.Func("init"); init != nil {
		r.root = r.start(&closure{fn: init}, nil, token.NoPos, nil)
		r.settle(func() bool { return r.root.ended })
		for _, g := range r.goroutines {
			g.daemon = g != r.root
		}
	}
	var loaded vector
	if r.root != nil {
		loaded = r.root.fork()
	}
	r.root = r.start(&closure{fn: root}, args, root.Pos(), loaded)
	for _, a := range args {
		if t, ok := a.(*tester); ok {
			t.by, r.root.of = r.root, t
		}
	}
	r.settle(func() bool { return false })
}

// settle lets goroutines go on until nobody can, or all is done that is asked
// for.
func (r *run) settle(done func() bool) {
	for !done() {
		if r.early() {
			continue
		}
		g, way := r.next()
		if g == nil {
			if !r.ring() {
				return
			}
			continue
		}
		r.current, g.moved = g, r.rings
		p := g.pending
		g.pending = nil
		r.does(p)
		p.do(way)
		r.turns(g, p)
		r.advance()
	}
}

// advance runs every goroutine that is not pending up to its next visible
// operation. An operation may have let another one go on.
func (r *run) advance() {
	for _, g := range r.goroutines {
		for !g.ended && g.pending == nil {
			g.step()
		}
	}
}

// next decides who goes on, and how: the one who went on last, plainly.
func (r *run) next() (*goroutine, int) {
	r.asked += len(r.goroutines)
	var who []*goroutine
	var ways []int
	from := 0
	if r.current != nil {
		if from = r.current.id; r.streak >= longStreak {
			from++ // schedulers are fair
		}
	}
	for i := range r.goroutines {
		g := r.goroutines[(from+i)%len(r.goroutines)]
		if g.pending == nil {
			continue
		}
		for way := range g.pending.ways() {
			who, ways = append(who, g), append(ways, way)
		}
	}
	if len(who) == 0 {
		return nil, 0
	}
	i := 0
	if len(who) > 1 {
		i = r.choose(len(who))
	}
	if r.streak++; who[i] != r.current {
		r.streak = 0
	}
	return who[i], ways[i]
}

// early decides whether time passes although somebody can go on: he may be slow. What
// depends on such a run being in time says nothing then, but time orders no accesses.
func (r *run) early() bool {
	if r.slow || r.hurried > 1 || len(r.goroutines) <= 2 && len(r.alarms) == 0 || !r.anyReady() {
		return false
	}
	next := r.nextAlarm()
	if next == nil || next.at-r.now > soon {
		return false
	}
	tick := next.period > 0 && next.fire == nil // that comes at any time
	r.slows[len(r.taken)] = !tick
	if r.choose(2) == 0 {
		return false
	}
	r.hurried++
	r.slow = !tick
	return r.ring()
}

// anyReady reports whether somebody can go on.
func (r *run) anyReady() bool {
	return slices.ContainsFunc(r.goroutines, func(g *goroutine) bool { return g.pending != nil && g.pending.ways() > 0 })
}

// turns counts how often in a row nothing else happens than that a goroutine receives
// from a closed channel at one place.
func (r *run) turns(g *goroutine, p *pending) {
	spins := slices.ContainsFunc(p.cases, func(a arm) bool { return !a.send && a.ch != nil && a.ch.closed && len(a.ch.buffer) == 0 })
	if !spins || r.spinning != p.pos {
		r.spun = 0
	}
	if spins {
		r.spinning = p.pos
		r.spun++
	}
}

// spins reports whether a run goes round and round, and nothing changes.
func (r *run) spins() bool { return r.spun > longSpin }

const longSpin = 100

// tick counts a step.
func (r *run) tick() {
	if r.steps++; r.steps > mostSteps {
		panic(interrupt{tooLong, "many steps"})
	}
}

// look counts the variables that a single step goes through: the elements of a
// buffer may be more than all the steps of a run.
func (r *run) look(n int) {
	if r.looked += n; r.looked > mostLooked {
		r.giveUp("large values")
	}
}

// work is what a run has cost, in steps.
func (r *run) work() int { return r.steps + r.looked/16 + r.asked/4 }
