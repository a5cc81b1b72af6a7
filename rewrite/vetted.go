package rewrite

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
)

// newComplaint is an error if go vet says of a package what it did not say
// before: a fix that copies a lock or forgets a cancel is no fix. It is asked of
// the files that were changed, where it has nothing new to say of the others.
func (r *run) newComplaint(before, after *load.Package) error {
	if r.opts.NoVet {
		return nil
	}
	of := r.complaints(before, after)
	has := of(after)
	if len(has) == 0 {
		return nil // what it said before does not matter
	}
	had := of(before)
	var o objection
	for _, c := range slices.SortedFunc(maps.Keys(has), verify.Complaint.Compare) {
		if has[c] > had[c] {
			o.add(fmt.Errorf("go vet complains of the result: %s: %s in %s", c.Analyzer, c.Message, c.Symbol), key{pkg: after.Path, symbol: c.Symbol})
		}
	}
	return o.orNil()
}

// complaints returns what tells those of a package before and after an edit. Where fixes
// are only told of, and no declaration differs, vet is asked of the functions that do: what
// it says of others comes of their own bodies, for the most part.
func (r *run) complaints(before, after *load.Package) func(*load.Package) map[verify.Complaint]int {
	alike := verify.SameShape
	if r.opts.Brief {
		alike = verify.SameDeclarations
	}
	only := changedOnly(before, after, alike)
	if !r.opts.Brief || only == nil {
		return func(pkg *load.Package) map[verify.Complaint]int { return r.vet(pkg, only) }
	}
	in := func(path string) bool { return slices.Contains(only, path) }
	was, is := declsIn(before, in), declsIn(after, in)
	return func(pkg *load.Package) map[verify.Complaint]int {
		if pkg == before {
			return verify.Vet(before, withFuncs(apartFrom(was, is)))
		}
		return verify.Vet(after, withFuncs(apartFrom(is, was)))
	}
}

// withFuncs takes of a file the functions that are among some declarations, and all that
// is no function; nil of a file that has none of them.
func withFuncs(some []ast.Decl) func(*load.File) *ast.File {
	among := map[ast.Decl]bool{}
	for _, decl := range some {
		among[decl] = true
	}
	return func(f *load.File) *ast.File {
		if !slices.ContainsFunc(f.Syntax.Decls, func(decl ast.Decl) bool { return among[decl] }) {
			return nil
		}
		part := *f.Syntax
		part.Decls = slices.DeleteFunc(slices.Clone(part.Decls), func(decl ast.Decl) bool {
			_, isFunc := decl.(*ast.FuncDecl)
			return isFunc && !among[decl]
		})
		return &part
	}
}

// changedOnly returns the paths of the files that differ between two states of a
// package, where all of them are alike, so that it is nothing to the others; else nil.
func changedOnly(before, after *load.Package, alike func(before, after verify.FileIn) bool) (paths []string) {
	was := map[string]*load.File{}
	for _, f := range before.Files {
		was[f.Path] = f
	}
	for _, f := range after.Files {
		old := was[f.Path]
		switch {
		case old == nil || len(after.Files) != len(before.Files):
			return nil
		case old == f:
		case !alike(verify.FileIn{File: old, Pkg: before}, verify.FileIn{File: f, Pkg: after}):
			return nil
		default:
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// A vetting is of some files of a package; of all where none is named.
type vetting struct {
	pkg   *load.Package
	files string
}

// vet asks once for each package and choice of files.
func (r *run) vet(pkg *load.Package, only []string) map[verify.Complaint]int {
	key := vetting{pkg, strings.Join(only, "\x00")}
	all, ok := r.vetted[key]
	if !ok {
		var chosen func(*load.File) *ast.File
		if only != nil {
			chosen = func(f *load.File) *ast.File {
				if !slices.Contains(only, f.Path) {
					return nil
				}
				return f.Syntax
			}
		}
		all = verify.Vet(pkg, chosen)
		r.vetted[key] = all
	}
	return all
}
