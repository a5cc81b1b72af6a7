package facts

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/syntax"
)

// Syntax returns the files of the package, laid out to be walked quickly.
func (p *Package) Syntax() *syntax.Files {
	if p.syntax == nil {
		p.syntax = syntax.New(p.Files)
	}
	return p.syntax
}

// Inspect visits root and what is below it, parents first, and leaves out what is below
// a node for which visit returns false. Other than [ast.Inspect] it does not tell where
// a node ends.
func (p *Package) Inspect(root ast.Node, visit func(ast.Node) bool) {
	p.Syntax().Inspect(root, visit)
}

// PreorderStack is [Package.Inspect] with the nodes around each, see [ast.PreorderStack].
func (p *Package) PreorderStack(root ast.Node, stack []ast.Node, visit func(n ast.Node, stack []ast.Node) bool) {
	p.Syntax().PreorderStack(root, stack, visit)
}
