package rewrite

import (
	"slices"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/load"
)

// An influence knows in which packages of a program a plan can bring a finding about: those that
// it edits, and those that import one of them, through others too.
type influence struct {
	prog  *load.Program
	met   map[key]meeting
	needs [][]int                    // as the program tells; made when first asked
	under map[string]map[string]bool // paths of the files that can change what is found in a package
}

// reaches reports whether a plan can change what is found in a package.
func (in *influence) reaches(pkg string, p *proposal) bool {
	files := in.filesUnder(pkg)
	return slices.ContainsFunc(p.Edits, func(e diffs.Edit) bool { return files[e.File] })
}

// filesUnder returns the files of a package and of all that it needs.
func (in *influence) filesUnder(pkg string) map[string]bool {
	if in.needs == nil {
		in.needs, in.under = in.prog.Needs(), map[string]map[string]bool{}
	}
	if files, ok := in.under[pkg]; ok {
		return files
	}
	files, seen := map[string]bool{}, map[int]bool{}
	for i, of := range in.prog.Packages {
		if of.Path == pkg {
			in.collect(i, files, seen)
		}
	}
	in.under[pkg] = files
	return files
}

func (in *influence) collect(i int, files map[string]bool, seen map[int]bool) {
	if seen[i] {
		return
	}
	seen[i] = true
	for _, f := range in.prog.Packages[i].Files {
		files[f.Path] = true
	}
	for _, j := range in.needs[i] {
		in.collect(j, files, seen)
	}
}

// A meeting is a finding that some plans have brought to light when they were tried without others:
// these are not to blame for it.
type meeting struct {
	n  int // of the finding, more than before
	by []*proposal
}

// known reports whether plans that are among these have brought a finding to light before.
func (in *influence) known(k key, n int, plans []*proposal) bool {
	m, ok := in.met[k]
	return ok && n <= m.n && !slices.ContainsFunc(m.by, func(p *proposal) bool { return !slices.Contains(plans, p) })
}

// remember notes what an attempt has brought to light.
func (r *run) remember(shown map[key]int, plans []*proposal) {
	for k, n := range shown {
		if _, ok := r.met[k]; !ok {
			r.met[k] = meeting{n, slices.Clone(plans)}
		}
	}
}
