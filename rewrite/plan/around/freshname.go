package around

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// FreshName returns a name that no field, method, or other thing of the package has, in files
// that are not built here neither.
func FreshName(s *edit.Site, name string) string {
	taken := map[string]bool{}
	for _, file := range s.Match.Pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				taken[id.Name] = true
			}
			return true
		})
	}
	fresh := name
	for i := 2; taken[fresh] || s.Pkg.NamedElsewhere(fresh) != ""; i++ {
		fresh = fmt.Sprint(name, i)
	}
	return fresh
}
