package sharing

import (
	"go/ast"
	"slices"
)

// Crowded reports whether several goroutines may be in a function at once, as far as is known: other
// packages or nobody knows who call it, several goroutines come to it, or many that one place starts. It is
// not where all its callers hold a lock, or where it says that they do.
func (f *Facts) Crowded(node ast.Node) bool {
	fn := f.funcs[node]
	if fn == nil || fn.says() || fn.saysEarly() || len(f.entryOf(fn).locks) > 0 {
		return false
	}
	roots := f.rootsOf(fn)
	return len(roots) > 1 || slices.ContainsFunc(roots, func(r Root) bool { return r.Outside() || r.Many })
}
