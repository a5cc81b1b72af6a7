package waits

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// reassigned reports whether a function gives a variable another value than it
// has from the start, so that one name may mean two instances.
func (f *Facts) reassigned(root ast.Node, obj types.Object) bool {
	found := false
	f.pkg.Inspect(root, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		for i := 0; ok && !found && i < len(st.Lhs); i++ {
			id, isIdent := ast.Unparen(st.Lhs[i]).(*ast.Ident)
			found = isIdent && f.pkg.Use(id) == obj
		}
		return !found
	})
	return found
}

// anew is a barrier: the points at which one of the variables is declared. In a
// loop each turn has its own.
func (f *Facts) anew(objs ...types.Object) func(facts.Point) bool {
	return func(at facts.Point) bool {
		found := false
		f.pkg.Evaluated(at.Block.Nodes[at.Index], func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || ok && f.pkg.Def(id) != nil && slices.Contains(objs, f.pkg.Def(id))
			return !found
		})
		return found
	}
}
