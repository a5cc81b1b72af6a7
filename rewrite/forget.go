package rewrite

import (
	"maps"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
)

// forget drops what is known of packages that are neither in the program as it
// was loaded nor in the current one: those of attempts that are past. A large
// package has hundreds of megabytes of syntax and types, and each attempt has a
// version of its own.
func (r *run) forget() {
	live := map[*load.Package]bool{}
	for _, prog := range []*load.Program{r.first, r.prog} {
		for _, pkg := range prog.Packages {
			live[pkg] = true
		}
	}
	keep(r.known, live)
	keep(r.tried, live)
	maps.DeleteFunc(r.harmed, func(h harmed, _ map[harm]int) bool { return !live[h.pkg] })
	maps.DeleteFunc(r.vetted, func(v vetting, _ map[verify.Complaint]int) bool { return !live[v.pkg] })
	keep(r.summaries.exports, live)
	keep(r.summaries.imports, live)
	keep(r.sketches.made, live)
	programs := map[*load.Program]bool{r.first: true, r.prog: true}
	keep(r.wholes, programs)
	keep(r.views, programs)
}

// keep deletes what is not live.
func keep[K comparable, V any](all map[K]V, live map[K]bool) {
	for k := range all {
		if !live[k] {
			delete(all, k)
		}
	}
}
