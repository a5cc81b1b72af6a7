package around

import (
	"fmt"
	"go/ast"
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
)

// NoteElsewhere lowers the level of a rewrite that changes what a function does to a lock for
// its callers, where a file that is not built here names the function, and one of the
// methods by which such a caller would take or release the lock itself:
//
//	// store_windows.go
//	s.mu.Lock()
//	n := s.size() // waits for itself, if size takes the lock now
//	s.mu.Unlock()
func NoteElsewhere(s *edit.Site, fn ast.Node, calls ...string) {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || s.Pkg.Dir == "" {
		return
	}
	for _, call := range calls {
		if file := s.Pkg.NamedElsewhere(decl.Name.Name, call); file != "" {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, which is not built here, names %s and %s: it may handle the lock around the call", filepath.Base(file), decl.Name.Name, call))
			return
		}
	}
}
