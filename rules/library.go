package rules

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"
)

//go:embed library/*.json
var library embed.FS

// Library returns the rules that lockfix ships with, sorted by id. A caller may
// set fields of its rules; what they point to is shared.
func Library() []*Rule {
	all := make([]*Rule, 0, len(shipped()))
	for _, r := range shipped() {
		own := *r
		all = append(all, &own)
	}
	return all
}

// shipped reads the library, once.
var shipped = sync.OnceValue(func() []*Rule {
	root, err := fs.Sub(library, "library")
	if err != nil {
		panic(fmt.Sprintf("rules: the embedded library: %v", err))
	}
	all, mistakes := Read(root)
	if len(mistakes) > 0 {
		panic(fmt.Sprintf("rules: the embedded library, which a test holds free of mistakes: %v", mistakes[0]))
	}
	return all
})
