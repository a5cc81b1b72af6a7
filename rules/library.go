package rules

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed library/*.json
var library embed.FS

// Library returns the rules that lockfix ships with, sorted by id. Each call
// reads them anew, so that a caller may change its copy.
func Library() []*Rule {
	root, err := fs.Sub(library, "library")
	if err != nil {
		panic(fmt.Sprintf("rules: the embedded library: %v", err))
	}
	all, mistakes := Read(root)
	if len(mistakes) > 0 {
		panic(fmt.Sprintf("rules: the embedded library, which a test holds free of mistakes: %v", mistakes[0]))
	}
	return all
}
