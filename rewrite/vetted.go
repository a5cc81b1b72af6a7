package rewrite

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
)

// newComplaint is an error if go vet says of a package what it did not say
// before: a fix that copies a lock or forgets a cancel is no fix.
func (r *run) newComplaint(before, after *load.Package) error {
	if r.opts.NoVet {
		return nil
	}
	had := r.vet(before)
	var o objection
	has := r.vet(after)
	for _, c := range slices.SortedFunc(maps.Keys(has), verify.Complaint.Compare) {
		if has[c] > had[c] {
			o.add(fmt.Errorf("go vet complains of the result: %s: %s in %s", c.Analyzer, c.Message, c.Symbol), key{pkg: after.Path, symbol: c.Symbol})
		}
	}
	return o.orNil()
}

// vet asks once for each package.
func (r *run) vet(pkg *load.Package) map[verify.Complaint]int {
	all, ok := r.vetted[pkg]
	if !ok {
		all = verify.Vet(pkg)
		r.vetted[pkg] = all
	}
	return all
}
