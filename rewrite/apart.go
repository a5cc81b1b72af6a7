package rewrite

import (
	"go/ast"
	"maps"

	"github.com/lockfix/lockfix/diffs"
)

// apart splits proposals into those that stand in different declarations and
// touch different bytes, and the rest.
func apart(proposals []*proposal) (batch, rest []*proposal) {
	taken := map[ast.Decl]bool{}
	sets := map[string][]diffs.Edit{}
	for _, p := range proposals {
		if taken[p.Match.Decl] || !fits(sets, p.Edits) {
			rest = append(rest, p)
			continue
		}
		taken[p.Match.Decl] = true
		batch = append(batch, p)
	}
	return batch, rest
}

// fits adds edits to the sets of their files, or reports that they clash.
func fits(sets map[string][]diffs.Edit, edits []diffs.Edit) bool {
	merged := map[string][]diffs.Edit{}
	for file, more := range byFile(edits) {
		all, err := diffs.Merge(sets[file], more)
		if err != nil || besides(sets[file], more) {
			return false
		}
		merged[file] = all
	}
	maps.Copy(sets, merged)
	return true
}

// besides reports whether one of two sets inserts lines right at an edit of the
// other: each is laid out for the lines as they were, and of the fields of a struct
// gofmt asks for one layout.
func besides(a, b []diffs.Edit) bool {
	for _, x := range a {
		for _, y := range b {
			if (x.Start == x.End || y.Start == y.End) && (x.End == y.Start || y.End == x.Start) {
				return true
			}
		}
	}
	return false
}
