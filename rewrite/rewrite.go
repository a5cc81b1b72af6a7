// Package rewrite is the story of a run: load, find, plan, verify; again until
// nothing changes.
//
// A run follows every finding from the program as it was loaded to the report.
// In each round it plans at most one fix a declaration, makes the next program
// in memory, and keeps a fix only if that program type-checks, the finding is
// gone, and no other has come. Nothing is written here: the result holds the
// files as they would be.
//
// Words: an entry is one finding on its way to the report; a round is one step
// from a program to the next; to settle a round is to find the largest part of
// its plans that verifies, and to roll the others back.
package rewrite

import (
	"context"
	"go/ast"
	"time"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/config"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
	"github.com/lockfix/lockfix/rules/match"
	"github.com/lockfix/lockfix/rules/models"
)

// spareRounds bound the way to a fixpoint, beside one round for each entry of the
// declaration that has most: a round closes at least one of every declaration that it
// touches, and may bring new ones to light. Most code needs two or three.
const spareRounds = 10

// Options say what a run does; the zero value checks "." with the whole
// library and plans safe fixes.
type Options struct {
	Load     load.Config
	RuleDirs []string            // more rules, one directory each
	Enable   []string            // only these rules; none: the stable ones of medium or high confidence
	Disable  []string            // never these
	Level    rules.Applicability // the highest that is applied; "": safe
	Only     []string            // fingerprints that are fixed; none: all
	// OnlyRules are the rules whose findings are fixed; none: all.
	OnlyRules []string
	// Prefer is the kind of fix, of plan.Kinds, that is taken where it is sound,
	// whatever is as applicable; "": none.
	Prefer string
	// Pad asks for the rules about where words lie in memory, and for their fixes.
	Pad bool
	// Known are the fingerprints of the baseline: findings that do not count.
	Known []string
	NoVet bool // what go vet would say of a result does not count
	// Brief asks for the findings alone: no fix is applied, and each is verified in what is
	// near to it.
	Brief bool
	// NoFixes asks for nothing but the findings: what their fixes would be is not looked for.
	NoFixes bool
	// Deadline ends the matching of rules, cheap ones first; zero: none.
	Deadline time.Time
	Config   *config.Config // of the project; nil: none
	Cache    *cache.Cache   // of earlier results, and of notes of packages; nil: none is kept
	Models   *models.Set    // what calls outside of the package do; nil: what lockfix ships
	Progress func(done, all int, what string)
	// Largest hears how many bytes of source the largest package has, before it is read.
	Largest func(bytes int)
}

// A Result is what a run found and what the files would be.
type Result struct {
	Report  report.Report
	Changes []diffs.Change // verified; nothing is written
	// Before maps the absolute path of each changed file to its bytes as they
	// were read, After to what they would be.
	Before, After map[string][]byte
	Left          int // rules that did not run everywhere, since the deadline had come
	// Revealed is how many findings, that the report doesn't have, come to light behind the fixes
	// in Changes, and are there in After.
	Revealed int

	applied         map[string]bool // fingerprints whose fix is in Changes
	packages, rules map[string]bool // what was looked at, and what ran
	dirs, unsure    map[string]bool // of packages that were looked at, and of those that do not type-check
}

// Run loads, finds, plans and verifies until nothing changes. The error is for
// what stops everything; the rest stands in the report.
func Run(ctx context.Context, opts Options) (*Result, error) {
	job, err := newJob(opts)
	if err != nil {
		return nil, err
	}
	memo := newMemo(job)
	if result, ok := memo.recall(); ok {
		return result, nil
	}
	if !opts.Deadline.IsZero() {
		prog, err := load.Load(ctx, opts.Load)
		if err != nil {
			return nil, err
		}
		r := job.run(ctx, prog)
		return r.tell(func() ([]*found, error) { return r.findWithin(prog.Packages) })
	}
	survey, err := newSurvey(ctx, job)
	if err != nil {
		return nil, err
	}
	result, err := survey.result(ctx)
	if err != nil {
		return nil, err
	}
	memo.keep(result, survey.listing, survey.ledger)
	return result, nil
}

// RunOn is Run for a program that is loaded. f are the facts of its one package
// where somebody else has made them, or nil.
func RunOn(ctx context.Context, opts Options, prog *load.Program, f *facts.Package) (*Result, error) {
	job, err := newJob(opts)
	if err != nil {
		return nil, err
	}
	r := job.run(ctx, prog)
	if f != nil {
		r.facts = map[*load.Package]*facts.Package{prog.Packages[0]: f}
		r.summaries.given = f.Imports
	}
	return r.tell(func() ([]*found, error) { return r.findWithin(prog.Packages) })
}

// A job is the options of a run and the rules that they choose.
type job struct {
	Options
	library, chosen []*rules.Rule
	set             *match.Set
}

func newJob(opts Options) (*job, error) {
	lib, err := Library(opts.RuleDirs)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(lib, opts)
	if err != nil {
		return nil, err
	}
	set, mistakes := match.Compile(chosen)
	if len(mistakes) > 0 {
		return nil, Mistakes(mistakes)
	}
	return &job{opts, lib, chosen, set}, nil
}

// run begins a run on a program, which may come later.
func (j *job) run(ctx context.Context, prog *load.Program) *run {
	r := newRun(ctx, j.Options, j.set, prog)
	r.library, r.chosen = j.library, j.chosen
	return r
}

// tell goes from the findings of the program as it was loaded to the result.
func (r *run) tell(find func() ([]*found, error)) (*Result, error) {
	first, err := find()
	if err != nil {
		return nil, err
	}
	if err := r.declaredWrong(r.first); err != nil {
		return nil, err
	}
	r.open(first)
	r.findStale()
	r.repair()
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	return r.result(), nil
}

// repair looks for the fixes that are asked for.
func (r *run) repair() {
	switch {
	case r.opts.NoFixes:
		r.leaveUnplanned()
		return
	case r.opts.Brief:
		r.plan()
	default:
		r.rounds()
	}
	r.sweep()
	r.verifyOffers()
}

// leaveUnplanned closes all that is open: nothing is looked for.
func (r *run) leaveUnplanned() {
	for _, e := range r.entries {
		if e.open() {
			e.close(report.Unplanned, "")
		}
	}
	for _, s := range r.stale {
		s.status, s.because = report.Unplanned, ""
	}
}

func newRun(ctx context.Context, opts Options, set *match.Set, prog *load.Program) *run {
	r := &run{
		ctx: ctx, opts: opts, first: prog, prog: prog,
		directives: map[string]ignores{}, applied: map[string]bool{},
		woken: map[string]bool{}, known: map[*load.Package][]*found{}, tried: map[*load.Package]*facts.Package{}, harmed: map[harmed]map[harm]int{}, vetted: map[vetting]map[verify.Complaint]int{}, after: map[string][]byte{},
		summaries: &summaries{exports: map[*load.Package]*facts.Export{}, imports: map[*load.Package]facts.Imports{}},
		sketches:  &sketches{made: map[*load.Package]*order.Sketch{}},
	}
	r.use(set)
	return r
}

// A run is the state between two rounds.
type run struct {
	ctx        context.Context // once it is done every step does nothing, and Run returns its error
	opts       Options
	set        *match.Set
	first      *load.Program                    // as it was loaded
	prog       *load.Program                    // as it is now
	known      map[*load.Package][]*found       // what every package seen so far holds
	tried      map[*load.Package]*facts.Package // of the packages of attempts
	harmed     map[harmed]map[harm]int          // by harms
	vetted     map[vetting]map[verify.Complaint]int
	entries    []*entry
	library    []*rules.Rule      // all that there are
	chosen     []*rules.Rule      // those that run
	directives map[string]ignores // by file
	stale      []*stale
	left       int                              // rules that the deadline left out
	facts      map[*load.Package]*facts.Package // made before the rules run one by one
	applied    map[string]bool                  // fingerprints whose fix is in after
	after      map[string][]byte                // absolute path → contents, of every file changed so far
	faults     []report.Error                   // of rules and packages, beside what loading reported

	met map[key]meeting // in the batch that is tried

	summaries *summaries
	woken     map[string]bool // IDs of packages that were woken for an edit

	alone, whole *match.Set // the rules of package scope, and those of program scope
	sketches     *sketches
	wholes       map[*load.Program][]*found // what the latter find
	views        map[*load.Program]map[load.Platform]*match.Program
}

// rounds goes on until a round has nothing left to apply.
func (r *run) rounds() {
	for range r.mostRounds() {
		batch := r.pick(r.plan())
		if len(batch) == 0 || r.ctx.Err() != nil || r.late() {
			return
		}
		r.settle(batch)
	}
	r.giveUp()
}

// mostRounds is how many rounds there may be.
func (r *run) mostRounds() int {
	most, in := 0, map[ast.Decl]int{}
	for _, e := range r.entries {
		if e.open() {
			in[e.now.Match.Decl]++
			most = max(most, in[e.now.Match.Decl])
		}
	}
	return most + spareRounds
}

// giveUp closes what is still open after the last round, and names it.
func (r *run) giveUp() {
	for _, e := range r.entries {
		if e.open() && e.status == report.Fixable && r.allowed(e, e.offered) {
			e.close(report.Conflict, "the fixes of this declaration do not come to rest, round after round")
		}
	}
}
