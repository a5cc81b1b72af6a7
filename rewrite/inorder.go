package rewrite

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lockfix/lockfix/rewrite/load"
)

// Packages are matched after those that they import, so that the summaries of
// those are there. The order decides what is known, so it must not depend on
// which package is done first: an edge is there or not, whatever -j.

// needs returns, for each package, the packages among pkgs that it is matched
// after. What the files of a test import counts only where that closes no
// circle: a package may test itself with one that imports it.
func needs(pkgs []*load.Package) [][]int {
	g := importGraph{pkgs: pkgs, at: map[place]int{}, needs: make([][]int, len(pkgs))}
	for i, pkg := range pkgs {
		if pkg.Superseded || pkg.Types == nil {
			continue
		}
		if other, ok := g.at[place{pkg.Path, pkg.Platform}]; !ok || pkgs[other].Superseded {
			g.at[place{pkg.Path, pkg.Platform}] = i
		}
	}
	for _, tests := range []bool{false, true} {
		for i := range pkgs {
			g.link(i, tests)
		}
	}
	return g.needs
}

// A place is where an import path leads on one platform.
type place struct {
	path     string
	platform load.Platform
}

type importGraph struct {
	pkgs  []*load.Package
	at    map[place]int
	needs [][]int
}

// link adds what the files of a package import: those of tests, or the others.
func (g *importGraph) link(i int, tests bool) {
	pkg := g.pkgs[i]
	if pkg.Superseded || pkg.Types == nil {
		return
	}
	for _, file := range pkg.Files {
		if file.Test != tests || file.Syntax == nil {
			continue
		}
		for _, spec := range file.Syntax.Imports {
			to, ok := g.at[place{strings.Trim(spec.Path.Value, "`\""), pkg.Platform}]
			if ok && to != i && !slices.Contains(g.needs[i], to) && !(tests && g.leads(to, i)) {
				g.needs[i] = append(g.needs[i], to)
			}
		}
	}
}

// leads reports whether one package needs another, directly or not.
func (g *importGraph) leads(from, to int) bool {
	seen := make([]bool, len(g.pkgs))
	var visit func(int) bool
	visit = func(i int) bool {
		if i == to {
			return true
		}
		if seen[i] {
			return false
		}
		seen[i] = true
		return slices.ContainsFunc(g.needs[i], visit)
	}
	return visit(from)
}

// inOrder calls work(0) … work(n-1), each after those that it needs, on at most
// jobs goroutines. The needs must not form a circle.
func inOrder(jobs int, needs [][]int, work func(int)) {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	waiters := make([][]int, len(needs))
	pending := make([]int, len(needs))
	ready := make(chan int, len(needs))
	for i, on := range needs {
		pending[i] = len(on)
		for _, j := range on {
			waiters[j] = append(waiters[j], i)
		}
	}
	for i, n := range pending {
		if n == 0 {
			ready <- i
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	left := len(needs)
	finish := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range waiters[i] {
			if pending[w]--; pending[w] == 0 {
				ready <- w
			}
		}
		if left--; left == 0 {
			close(ready)
		}
	}
	for range min(jobs, len(needs)) {
		wg.Go(func() {
			for i := range ready {
				work(i)
				finish(i)
			}
		})
	}
	wg.Wait()
}
