package rewrite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
	"github.com/lockfix/lockfix/rules/match"
)

// A survey looks at the packages of a listing, and only at those of which no note
// is there that still holds. A note holds if the files of the package, and what
// the packages below declare and tell, are as they were; so an edit that changes
// no declaration and nothing that is told of locks stops where it was made.
//
// Packages of which nothing is to be told sleep: they are let go of as soon as
// they were looked at, and the program of the run is made of the others.
type survey struct {
	*job
	listing *load.Listing
	roots   []*load.Root
	order   []int  // of the roots: those that others need come first
	needed  []bool // by another root
	ledger  *cache.Ledger
	digests []load.Digest
	bases   []cache.Key // of the notes; zero: they are not kept

	mu        sync.Mutex
	notes     []*note
	looks     []look
	imports   []facts.Imports
	fresh     []bool // looked at in this run
	ill       []bool // of those, has problems that are to be told
	unparsed  bool   // one of them is that a file does not parse
	complains bool   // a program had problems
	kept      []bool // in the last program: not let go of
	last      bool   // nothing is let go of any more: the program is that of the run
}

func newSurvey(ctx context.Context, j *job) (*survey, error) {
	listing, err := load.ListCached(ctx, j.Load, j.Cache)
	if err != nil {
		return nil, err
	}
	s := surveyOf(j, listing)
	if j.Cache != nil {
		s.recall(nil)
	}
	return s, nil
}

// surveyOf is a survey without notes.
func surveyOf(j *job, listing *load.Listing) *survey {
	roots := listing.Roots()
	s := &survey{
		job: j, listing: listing, roots: roots, needed: make([]bool, len(roots)),
		bases: make([]cache.Key, len(roots)), notes: make([]*note, len(roots)), looks: make([]look, len(roots)),
		fresh: make([]bool, len(roots)), ill: make([]bool, len(roots)),
		imports: make([]facts.Imports, len(roots)),
	}
	for _, r := range roots {
		for _, i := range r.Needs {
			s.needed[i] = true
		}
	}
	s.sort()
	return s
}

// sort puts the roots in an order.
func (s *survey) sort() {
	seen := make([]bool, len(s.roots))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, j := range s.roots[i].Needs {
			visit(j)
		}
		s.order = append(s.order, i)
	}
	for i := range s.roots {
		visit(i)
	}
}

// recall fetches the notes that may hold, of a session or else from the cache.
func (s *survey) recall(from *Session) {
	h := cache.NewHash("ledger")
	h.String(s.listing.Dir())
	s.ledger = from.ledgerOf(func() *cache.Ledger { return s.Cache.OpenLedger(h.Key()) })
	s.digests = s.listing.Digests(s.ledger)
	s.ledger.Keep(s.Cache, h.Key())
	identity := cache.NewHash("identity")
	if !s.identity(identity) {
		return
	}
	identity.Strings(s.listing.Modules()) // a call leads somewhere if its package is one of the program
	key := identity.Key()
	var wg sync.WaitGroup
	for i, r := range s.roots {
		if r.SupersededBy >= 0 || s.digests[i] == (load.Digest{}) || !s.superseded(i) {
			continue
		}
		h := cache.NewHash("note")
		h.Bytes(key[:])
		h.Bytes(s.digests[i][:])
		h.String(fmt.Sprint(s.needed[i]))
		s.bases[i] = h.Key()
		if s.notes[i] = from.noteOf(s.bases[i]); s.notes[i] != nil {
			continue
		}
		wg.Go(func() { s.notes[i] = recallNote(s.Cache, s.bases[i]) })
	}
	wg.Wait()
}

// superseded reports whether all that a root supersedes can be told.
func (s *survey) superseded(by int) bool {
	for i, r := range s.roots {
		if r.SupersededBy == by && s.digests[i] == (load.Digest{}) {
			return false
		}
	}
	return true
}

// result looks at what must be looked at, and tells what is found.
func (s *survey) result(ctx context.Context) (*Result, error) {
	r := s.job.run(ctx, nil)
	prog, err := s.passes(r)
	if err != nil {
		return nil, err
	}
	var views map[load.Platform]*match.Program
	concerned := s.concerned(&views)
	o := s.outcome(s.wanted(concerned))
	if result, ok := o.recall(); ok {
		return result, nil
	}
	result, err := r.tell(func() ([]*found, error) { return s.find(r, prog, concerned, views) })
	if err != nil {
		return nil, err
	}
	o.keep(result, slices.Sorted(maps.Keys(r.woken)))
	return result, nil
}

// find makes the program of a run, of the packages that something is to be told
// of, and returns what is found in it.
func (s *survey) find(r *run, prog *load.Program, concerned []bool, views map[load.Platform]*match.Program) ([]*found, error) {
	wanted := s.wanted(concerned)
	if prog == nil || !covers(s.kept, wanted) {
		s.last = true
		var err error
		if prog, err = s.load(r, wanted); err != nil {
			return nil, err
		}
		views = nil
	}
	r.first, r.prog = prog, prog
	if views != nil {
		r.views[prog] = views
	}
	s.hand(r, prog)
	return r.find(prog, prog.Packages), nil
}

// passes looks at packages until every note holds. It returns the program of the
// last pass, if there was one.
func (s *survey) passes(r *run) (prog *load.Program, err error) {
	s.kept, s.last = make([]bool, len(s.roots)), false
	for {
		stale := s.stale()
		if !slices.Contains(stale, true) {
			return prog, r.ctx.Err()
		}
		if prog, err = s.load(r, stale); err != nil {
			return nil, err
		}
	}
}

// stale finds the roots that must be looked at now. One that needs another stale
// one waits: it may prove to be none.
func (s *survey) stale() []bool {
	stale, holds := make([]bool, len(s.roots)), make([]bool, len(s.roots))
	below := s.below()
	for _, i := range s.order {
		if s.roots[i].SupersededBy >= 0 {
			holds[i] = true
			continue
		}
		ready := !slices.ContainsFunc(s.roots[i].Needs, func(j int) bool { return !holds[j] })
		switch n := s.notes[i]; {
		case n == nil || ready && n.Below != below[i]:
			stale[i] = true
		case ready:
			holds[i] = true
		}
	}
	return stale
}

// below hashes, for each root, what the packages below it tell.
func (s *survey) below() []cache.Key {
	all := make([]cache.Key, len(s.roots))
	for _, i := range s.order {
		all[i] = s.belowOf(i, all)
	}
	return all
}

func (s *survey) belowOf(i int, all []cache.Key) cache.Key {
	h := cache.NewHash("below")
	for _, j := range s.roots[i].Needs {
		h.String(s.roots[j].Path)
		if n := s.notes[j]; n != nil {
			h.Bytes(n.ExportHash[:])
		}
		h.Bytes(all[j][:])
	}
	return h.Key()
}

// load looks at some roots, and at what supersedes nothing of them. Those of
// which nothing is to be told are let go of.
func (s *survey) load(r *run, which []bool) (*load.Program, error) {
	awake := slices.Clone(which)
	count := 0
	for i, root := range s.roots {
		if root.SupersededBy >= 0 {
			awake[i] = which[root.SupersededBy]
		} else if which[i] {
			count++
		}
	}
	clear(s.imports)
	s.kept = make([]bool, len(s.roots))
	below := make([]cache.Key, len(s.roots))
	for i, done := range s.below() {
		if !which[i] {
			below[i] = done
		}
	}
	tick := r.ticker(count)
	prog, err := s.listing.Load(r.ctx, awake, &load.Visit{
		Begin: r.opts.Largest,
		Tell:  func(i int, pkg *load.Package) { s.ask(r, i, pkg, below) },
		Look: func(i int, pkg *load.Package) bool {
			defer tick(pkg.Path)
			return s.visit(r, i, pkg)
		},
	})
	if err != nil {
		s.drop()
		return nil, err
	}
	s.settle(prog, which)
	return prog, nil
}

// drop takes away what the packages of a run that ends early would have been kept by.
func (s *survey) drop() {
	for _, n := range s.notes {
		if n != nil {
			n.staged.Drop()
		}
	}
}

// ask notes what one package tells, given what those tell that it needs.
func (s *survey) ask(r *run, i int, pkg *load.Package, below []cache.Key) {
	s.mu.Lock()
	imports := s.importsOf(i)
	below[i] = s.belowOf(i, below)
	key := below[i]
	s.mu.Unlock()
	seen := r.ask(pkg, imports, s.needed[i])
	n := newNote(seen, key, s.digests != nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[i], s.looks[i] = n, seen
}

// visit looks at one package that was asked, and reports whether something is to be
// told of it.
func (s *survey) visit(r *run, i int, pkg *load.Package) bool {
	s.mu.Lock()
	seen, n := s.looks[i], s.notes[i]
	s.mu.Unlock()
	r.search(pkg, &seen)
	if r.ctx.Err() != nil {
		return true
	}
	n.complete(pkg, seen, s.digests != nil)
	n.stage(s.Cache, s.bases[i])
	if seen.facts != nil && textOf(pkg) < largeText {
		seen.facts.Forget() // what is found holds on to it until the fixes are made
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[i] = true
	s.looks[i] = look{found: seen.found, faults: seen.faults} // the facts would hold on to the package
	return !n.Silent || s.last
}

// largeText is how many bytes of source a package has of which facts are not made
// twice: of the few that are that large, half a minute's work each.
const largeText = 2 << 20

func textOf(pkg *load.Package) (bytes int) {
	for _, f := range pkg.Files {
		bytes += len(f.Text)
	}
	return bytes
}

// importsOf returns what the packages below a root tell.
func (s *survey) importsOf(i int) facts.Imports {
	if s.imports[i] != nil {
		return s.imports[i]
	}
	all := facts.Imports{}
	for _, j := range s.roots[i].Needs {
		maps.Copy(all, s.importsOf(j))
	}
	for _, j := range s.roots[i].Needs {
		if n := s.notes[j]; n != nil && n.exports() != nil {
			all[s.roots[j].Path] = n.exports()
		}
	}
	s.imports[i] = all
	return all
}

// settle keeps the notes of the packages that type-check, and need none that do
// not. The others are looked at in every run, so that their problems are told;
// what was noted above them held while they were well.
func (s *survey) settle(prog *load.Program, which []bool) {
	s.complains = s.complains || len(prog.Problems) > 0
	s.unparsed = s.unparsed || slices.ContainsFunc(prog.Problems, func(p load.Problem) bool { return p.Kind == "parse" })
	for i, pkg := range prog.Packages {
		s.kept[i] = which[i] && !pkg.Asleep
		by := s.roots[i].SupersededBy
		if len(pkg.Problems) > 0 || s.roots[i].Errors {
			s.ill[i] = true
			if by >= 0 {
				s.ill[by] = true
			}
		}
	}
	above := s.listing.Above(s.ill)
	for i, n := range s.notes {
		switch {
		case n == nil:
		case above[i] && !s.fresh[i]:
			s.notes[i] = nil
		case which[i]:
			n.passing = n.passing || s.ill[i] || above[i] || prog.Packages[i].IllTyped
			if s.bases[i] != (cache.Key{}) {
				n.keep(s.Cache, s.bases[i])
			}
		}
	}
}

// views puts the program together, for each platform.
func (s *survey) views() map[load.Platform]*match.Program {
	parts := map[load.Platform][]*order.Sketch{}
	for i, r := range s.roots {
		if n := s.notes[i]; n != nil && n.adds(s.listing.Fset()) != nil {
			parts[r.Platform] = append(parts[r.Platform], n.sketch)
		}
	}
	views := make(map[load.Platform]*match.Program, len(parts))
	for platform, sketches := range parts {
		views[platform] = &match.Program{Order: order.Build(sketches)}
	}
	return views
}

// wanted are the roots of which something is to be told, or where something of
// the whole program is.
func (s *survey) wanted(concerned []bool) []bool {
	wanted := make([]bool, len(s.roots))
	for i, r := range s.roots {
		if r.SupersededBy >= 0 {
			continue
		}
		n := s.notes[i]
		wanted[i] = n == nil || !n.Silent || s.ill[i] || concerned[i]
	}
	return wanted
}

// covers reports whether all that is wanted was kept.
func covers(kept, wanted []bool) bool {
	for i := range wanted {
		if wanted[i] && !kept[i] {
			return false
		}
	}
	return true
}

// hand gives a run what is known of the packages of its program.
func (s *survey) hand(r *run, prog *load.Program) {
	clear(s.imports) // some may be of what was told before
	for i, pkg := range prog.Packages {
		r.known[pkg] = s.looks[i].found
		r.faults = append(r.faults, s.looks[i].faults...)
		n := s.notes[i]
		if n == nil {
			continue
		}
		r.summaries.tell(pkg, s.importsOf(i))
		r.summaries.keep(pkg, n.exports())
		r.sketches.keep(pkg, n.adds(prog.Fset))
	}
}
