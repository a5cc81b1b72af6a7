package rewrite

import (
	"fmt"
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
	only := changedOnly(before, after)
	had := r.vet(before, only)
	var o objection
	has := r.vet(after, only)
	for _, c := range slices.SortedFunc(maps.Keys(has), verify.Complaint.Compare) {
		if has[c] > had[c] {
			o.add(fmt.Errorf("go vet complains of the result: %s: %s in %s", c.Analyzer, c.Message, c.Symbol), key{pkg: after.Path, symbol: c.Symbol})
		}
	}
	return o.orNil()
}

// changedOnly returns the paths of the files that differ between two states of a
// package, where that is nothing to the others; else nil.
func changedOnly(before, after *load.Package) (paths []string) {
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
		case !verify.SameShape(verify.FileIn{File: old, Pkg: before}, verify.FileIn{File: f, Pkg: after}):
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
		var chosen func(*load.File) bool
		if only != nil {
			chosen = func(f *load.File) bool { return slices.Contains(only, f.Path) }
		}
		all = verify.Vet(pkg, chosen)
		r.vetted[key] = all
	}
	return all
}
