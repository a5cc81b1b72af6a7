package rewrite

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/match"
)

// A found is one match with the package and file that it stands in.
type found struct {
	*match.Match
	pkg  *load.Package
	file *load.File
	key  key
}

// find matches all rules in all packages, in parallel, and returns what it
// finds sorted by file, place and rule. A file that several variants or
// platforms share counts once.
func (r *run) find(pkgs []*load.Package) []*found {
	perPackage := make([][]*found, len(pkgs))
	faults := make([][]report.Error, len(pkgs))
	var done int
	var mu sync.Mutex
	parallel(r.opts.Load.Jobs, len(pkgs), func(i int) {
		perPackage[i], faults[i] = r.findIn(pkgs[i])
		mu.Lock()
		defer mu.Unlock()
		done++
		r.progress(done, len(pkgs), pkgs[i].Path)
	})
	r.faults = append(r.faults, slices.Concat(faults...)...)
	return once(slices.Concat(perPackage...))
}

func (r *run) progress(done, all int, what string) {
	if r.opts.Progress != nil {
		r.opts.Progress(done, all, what)
	}
}

// findIn matches all rules in one package. A panic is a fault of ours: it costs
// this package its findings, and is reported as such.
func (r *run) findIn(pkg *load.Package) (all []*found, faults []report.Error) {
	if pkg.Superseded || pkg.Types == nil {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			faults = append(faults, report.Error{Package: pkg.Path, Message: fmt.Sprintf("internal error while matching: %v: please report it", p)})
		}
	}()
	matches, problems := r.set.Find(pkg.Facts())
	for _, p := range problems {
		faults = append(faults, report.Error{Package: pkg.Path, Message: p.Error()})
	}
	for _, m := range matches {
		all = append(all, &found{Match: m, pkg: pkg, file: pkg.FileOf(m.File), key: keyOf(pkg, m)})
	}
	return all, faults
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
func (f *found) offset() int { return f.Pkg.Fset.Position(f.At.Pos()).Offset }

// parallel calls work(0) … work(n-1) on at most jobs goroutines.
func parallel(jobs, n int, work func(int)) {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(jobs, n) {
		wg.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
