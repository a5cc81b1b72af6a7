package rehearsal

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// A tester is a *testing.T.
type tester struct {
	by       *goroutine // that runs it; nil: the one of the test around it
	over     bool       // its function has returned
	now      int64      // when that was
	parked   bool       // it is parallel, and waits for the test around it to return
	children []*tester
	parent   *tester
	cleans   bool    // something is to be cleaned up
	cleanups []value // of one that runs in the goroutine of the test around it
}

// done reports whether a test has ended, with all its parallel ones.
func (t *tester) done() bool {
	for _, c := range t.children {
		if !c.done() {
			return false
		}
	}
	return t.over || t.by != nil && t.by.ended
}

// ended notes that the function of a test has returned.
func (t *tester) ended(r *run) {
	t.over, t.now = true, r.now
	for _, c := range t.children {
		if t.cleans && !c.done() {
			r.giveUp("a clean-up after parallel tests")
		}
	}
}

// parallel reports whether a test, or one in it, says that it is parallel.
func parallel(fn *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			if f := call.Call.StaticCallee(); f != nil && f.String() == "(*testing.T).Parallel" {
				return true
			}
		}
	}
	for _, inner := range fn.AnonFuncs {
		if parallel(inner) {
			return true
		}
	}
	return false
}

// testerOf returns the test whose T a value is.
func (v *visit) testerOf() *tester {
	if len(v.args) > 0 {
		if t, ok := v.args[0].(*tester); ok {
			return t
		}
	}
	return &tester{}
}

// subtest is t.Run. One that is not parallel is a call.
func (v *visit) subtest() {
	g, t := v.g, &tester{parent: v.testerOf()}
	t.parent.children = append(t.parent.children, t)
	if fn, ok := v.args[2].(*closure); !ok || !parallel(fn.fn) {
		g.enter(v.args[2], []value{t}, func(value) { t.cleaned(g) })
		v.give(true)
		return
	}
	t.by = g.r.start(v.args[2], []value{t}, v.pos, g.fork())
	t.by.test, t.by.of = true, t
	g.pending = &pending{
		pos: v.pos, what: "waits for a test in it",
		ways: func() int { return boolWays(t.parked || t.done()) },
		do: func(int) {
			g.acquire(t.by.fork())
			v.give(true)
		},
	}
}

// cleanUp is t.Cleanup.
func (v *visit) cleanUp(t *tester) {
	t.cleans = true
	if t.by == nil && t.parent != nil {
		t.cleanups = append(t.cleanups, v.args[1])
		return
	}
	v.g.cleanUp(v.args[1])
}

// cleaned runs what cleans up after a test, the last first, and ends it.
func (t *tester) cleaned(g *goroutine) {
	n := len(t.cleanups)
	if n == 0 {
		t.ended(g.r)
		return
	}
	f := t.cleanups[n-1]
	t.cleanups = t.cleanups[:n-1]
	g.enter(f, nil, func(value) { t.cleaned(g) })
}

func boolWays(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

// parks is t.Parallel: a test in another one waits until that has returned.
func (v *visit) parks() {
	t := v.testerOf()
	if t.by == nil || t.parent == nil {
		return
	}
	t.parked = true
	around := t.parent
	v.g.pending = &pending{
		pos: token.NoPos, what: "waits for the test around it", sleeps: true,
		ways: func() int { return boolWays(around.over) },
		do: func(int) {
			t.parked = false
			v.g.acquire(around.end())
		},
	}
}

// end is what is known at the end of a test.
func (t *tester) end() vector {
	for ; t != nil; t = t.parent {
		if t.by != nil {
			return t.by.fork()
		}
	}
	return nil
}

// soon is for how long after a test the process goes on with others.
const soon = int64(5e9)

// says is a word to a T, which must not come when the test has ended.
func (v *visit) says() {
	t, r := v.testerOf(), v.g.r
	if !t.over || !t.done() || r.now-t.now > soon || r.vague() || v.g == r.root {
		return
	}
	s := &Stuck{Pos: v.pos, Broken: "the test has ended by then"}
	if v.g.start.IsValid() {
		s.Others = []Companion{{v.g.start, "nothing waits for the goroutine that is started here"}}
	}
	r.late = append(r.late, s)
}
