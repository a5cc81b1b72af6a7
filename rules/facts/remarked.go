package facts

import (
	"go/ast"
	"strings"
)

// remarked reports whether a comment beside a call that takes a lock, or on the
// line above, speaks of its release: that nobody does it is meant then.
func (p *Package) remarked(call *ast.CallExpr) bool {
	for _, file := range p.Files {
		if !encloses(file, call.Pos()) {
			continue
		}
		for _, group := range file.Comments {
			below := p.Fset.Position(call.Pos()).Line - p.Fset.Position(group.End()).Line
			if (below == 0 || below == 1) && strings.Contains(strings.ToLower(group.Text()), "unlock") {
				return true
			}
		}
	}
	return false
}
