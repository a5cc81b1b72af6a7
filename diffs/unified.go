package diffs

// A Change is one file before and after.
type Change struct {
	Path          string // slash-separated, relative to where the diff is applied
	Before, After []byte
	Context       []Symbol
}

// A Symbol is shown after the @@ of hunks that lie in it.
type Symbol struct {
	StartLine, EndLine int
	Name               string
}

// Unified returns a git-style diff of the changes, sorted by path, that
// `git apply` accepts; files that did not change are left out.
func Unified(changes []Change) string { panic("not built yet") }
