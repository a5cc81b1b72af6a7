package rewrite

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"sync"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/match"
)

// A found is one match with the package and file that it stands in.
type found struct {
	*match.Match
	pkg        *load.Package
	file       *load.File
	key        key
	suppressed bool
	known      bool // suppressed since it is in the baseline
}

// find matches all rules in packages of a program, in parallel, and returns
// what it finds sorted by file, place and rule; what rules of program scope find
// is always that of the whole program. A file that several variants or platforms
// share counts once.
func (r *run) find(prog *load.Program, pkgs []*load.Package) []*found {
	fresh := map[*load.Package]bool{}
	for _, pkg := range pkgs {
		if _, ok := r.known[pkg]; !ok {
			fresh[pkg] = true
		}
	}
	if len(fresh) > 0 {
		r.findFresh(prog, fresh)
	}
	var all []*found
	for _, pkg := range pkgs {
		all = append(all, r.known[pkg]...)
	}
	return once(append(all, r.findWhole(prog)...))
}

// findFresh matches packages that were not looked at before, each after those
// that it imports.
func (r *run) findFresh(prog *load.Program, fresh map[*load.Package]bool) {
	all := prog.Packages
	perPackage := make([][]*found, len(all))
	faults := make([][]report.Error, len(all))
	made := make([]*facts.Package, len(all))
	tick := r.ticker(len(fresh))
	needs := prog.Needs()
	needed := make([]bool, len(all))
	for _, on := range needs {
		for _, j := range on {
			needed[j] = true
		}
	}
	inOrder(r.opts.Load.Jobs, needs, func(i int) {
		if fresh[all[i]] {
			seen := r.look(all[i], r.summaries.importsOf(all[i], chosen(all, needs[i])), needed[i])
			r.summaries.keep(all[i], seen.export)
			r.sketches.keep(all[i], seen.sketch)
			perPackage[i], faults[i], made[i] = seen.found, seen.faults, seen.facts
			tick(all[i].Path)
		}
	})
	r.faults = append(r.faults, slices.Concat(faults...)...)
	for i, pkg := range all {
		if fresh[pkg] {
			r.known[pkg] = perPackage[i]
			if prog != r.first {
				r.tried[pkg] = made[i] // there are few, and the verification asks more of them
			}
		}
	}
}

func chosen(all []*load.Package, which []int) (some []*load.Package) {
	for _, i := range which {
		some = append(some, all[i])
	}
	return some
}

// ticker returns a func that tells the user how far a step of n parts has come.
func (r *run) ticker(n int) func(what string) {
	if r.opts.Progress == nil {
		return func(string) {}
	}
	var mu sync.Mutex
	done := 0
	return func(what string) {
		mu.Lock()
		defer mu.Unlock()
		done++
		r.opts.Progress(done, n, what)
	}
}

// A look is what there is to see in one package.
type look struct {
	found  []*found
	faults []report.Error
	export *facts.Export // nil if nobody needs it
	sketch *order.Sketch // nil if no rule needs it
	facts  *facts.Package
}

// look asks and searches one package, given what those tell that it needs.
func (r *run) look(pkg *load.Package, imports facts.Imports, needed bool) look {
	seen := r.ask(pkg, imports, needed)
	r.search(pkg, &seen)
	return seen
}

// ask finds what a package tells others, if one needs that.
func (r *run) ask(pkg *load.Package, imports facts.Imports, needed bool) (seen look) {
	if pkg.Superseded || pkg.Types == nil || r.ctx.Err() != nil {
		return look{}
	}
	defer seen.catch(pkg)
	seen.facts = r.newFacts(pkg)
	seen.facts.Imports = imports
	if needed {
		seen.export = sharing.Export(seen.facts)
	}
	return seen
}

// search matches all rules in a package that was asked.
func (r *run) search(pkg *load.Package, seen *look) {
	if seen.facts == nil || len(seen.faults) > 0 || r.ctx.Err() != nil {
		return
	}
	defer seen.catch(pkg)
	matches, problems := r.alone.Find(seen.facts)
	if !r.whole.Empty() {
		seen.sketch = order.Collect(seen.facts)
	}
	for _, p := range problems {
		seen.faults = append(seen.faults, fault(pkg, p))
	}
	seen.found = r.foundIn(pkg, matches)
}

// catch, deferred, notes a panic as a fault of ours: it costs the package its
// findings, and is reported as such.
func (seen *look) catch(pkg *load.Package) {
	if p := recover(); p != nil {
		seen.faults = append(seen.faults, report.Error{Package: pkg.Path, Message: fmt.Sprintf("internal error while matching: %v: please report it", p)})
	}
}

// foundIn are the matches in a package of the rules that the configuration
// leaves on for their files.
func (r *run) foundIn(pkg *load.Package, matches []*match.Match) (all []*found) {
	files := fileOf(pkg)
	for _, m := range matches {
		if r.setting(m.Rule, files[m.File].Path).Off {
			continue
		}
		all = append(all, &found{Match: m, pkg: pkg, file: files[m.File], key: keyOf(pkg, m)})
	}
	return all
}

// fault is a rule that failed on a file, as the user is told.
func fault(pkg *load.Package, p match.Problem) report.Error {
	at := pkg.Fset.PositionFor(p.Pos, false)
	return report.Error{
		File: at.Filename, Line: at.Line, Column: at.Column, Package: pkg.Path,
		Message: fmt.Sprintf("rule %s: %s", p.Rule.ID, p.Message),
	}
}

func fileOf(pkg *load.Package) map[*ast.File]*load.File {
	files := make(map[*ast.File]*load.File, len(pkg.Files))
	for _, f := range pkg.Files {
		files[f.Syntax] = f
	}
	return files
}

// once sorts by place and drops what another variant of the package found too.
func once(all []*found) []*found {
	slices.SortStableFunc(all, func(a, b *found) int {
		return cmp.Or(
			cmp.Compare(a.file.Path, b.file.Path),
			cmp.Compare(a.offset(), b.offset()),
			cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	return slices.CompactFunc(all, func(a, b *found) bool {
		return a.file.Path == b.file.Path && a.offset() == b.offset() && a.key == b.key
	})
}

// offset is the place in the normalised text.
func (f *found) offset() int { return f.Pkg.Fset.PositionFor(f.At.Pos(), false).Offset }
