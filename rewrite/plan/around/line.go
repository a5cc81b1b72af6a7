package around

import (
	"go/ast"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// Line returns the line of a node, for a sentence.
func Line(s *edit.Site, n ast.Node) int { return s.Match.Pkg.Fset.Position(n.Pos()).Line }
