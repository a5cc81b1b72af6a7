package rewrite

import (
	"fmt"

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
	for c, n := range r.vet(after) {
		if n > had[c] {
			return fmt.Errorf("go vet complains of the result: %s: %s in %s", c.Analyzer, c.Message, c.Symbol)
		}
	}
	return nil
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
