package rewrite

import (
	"cmp"
	"fmt"
	"go/ast"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// A harm is a way in which code hurts itself with a lock, told by the function
// and the text of the call, so that it is the same before and after an edit.
type harm struct{ symbol, call, what string }

// newHarm is an error if a file's functions release a lock that is not held, or
// wait for themselves, where they did not before. A fix can do that even where
// each of its edits looks right: an unlock before a continue is one too many if
// the end of the loop unlocks again.
func (r *run) newHarm(had map[harm]int, after *load.Package, files map[string][]byte) error {
	has := r.harms(after, files)
	hadCalls, hasCalls := totals(had), totals(has)
	var o objection
	for _, h := range slices.SortedFunc(maps.Keys(has), harm.compare) {
		if has[h] > had[h] && hasCalls[h.stem()] > hadCalls[h.stem()] {
			o.add(fmt.Errorf("the result %s: %s in %s", h.what, h.call, h.symbol), key{pkg: after.Path, symbol: h.symbol})
		}
	}
	return o.orNil()
}

func (h harm) compare(other harm) int {
	return cmp.Or(cmp.Compare(h.symbol, other.symbol), cmp.Compare(h.what, other.what), cmp.Compare(h.call, other.call))
}

// factsOf returns the facts of a package that the finding of its matches has
// made already, if there are any; nil if the package is not matched at all.
func (r *run) factsOf(pkg *load.Package) *facts.Package {
	if pkg.Superseded || pkg.Types == nil {
		return nil
	}
	if all := r.known[pkg]; len(all) > 0 {
		return all[0].Pkg
	}
	if f := r.tried[pkg]; f != nil {
		return f
	}
	f := r.newFacts(pkg)
	f.Imports = r.summaries.of(pkg)
	return f
}

// harmsBefore returns the harms of packages as they were, and then lets the facts of the
// large ones go: to find those of the next version beside them takes twice the memory,
// and the plans are made.
func (r *run) harmsBefore(pkgs []*load.Package, files map[string][]byte) (had []map[harm]int) {
	for _, pkg := range pkgs {
		had = append(had, r.harms(pkg, files))
		if all := r.known[pkg]; len(all) > 0 && textOf(pkg) >= largeText {
			all[0].Pkg.Forget()
		}
	}
	return had
}

// A harmed is a file of a package of which the harms are known.
type harmed struct {
	pkg  *load.Package
	path string
}

// harms counts those of the files that change.
func (r *run) harms(pkg *load.Package, files map[string][]byte) map[harm]int {
	all := map[harm]int{}
	for _, file := range pkg.Files {
		if _, changed := files[file.Path]; !changed || pkg.Superseded || pkg.Types == nil {
			continue
		}
		of, known := r.harmed[harmed{pkg, file.Path}]
		if !known {
			of = harmsOf(r.factsOf(pkg), file)
			r.harmed[harmed{pkg, file.Path}] = of
		}
		for h, n := range of {
			all[h] += n
		}
	}
	return all
}

func harmsOf(f *facts.Package, file *load.File) map[harm]int {
	all := map[harm]int{}
	for _, decl := range file.Syntax.Decls {
		harmsIn(f, decl, all)
	}
	return all
}

// harmsIn counts the harms of a declaration and of the literals in it.
func harmsIn(f *facts.Package, decl ast.Decl, all map[harm]int) {
	at := match.Match{Decl: decl, At: decl}
	symbol := at.Symbol()
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			for _, bad := range f.BadReleases(n) {
				all[harm{symbol, normalText(f.Fset, []ast.Node{bad.Call}), "releases a lock that is not held"}]++
			}
			for _, again := range f.Relocks(n) {
				all[harm{symbol, normalText(f.Fset, []ast.Node{again.Call}), "takes a lock that it holds"}]++
			}
		}
		return true
	})
}
