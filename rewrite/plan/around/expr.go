package around

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// AsIdent returns an expression that is a name, else nil.
func AsIdent(e ast.Expr) *ast.Ident {
	id, _ := e.(*ast.Ident)
	return id
}

// IsLogical reports whether an expression is && or ||, whose right side may not be computed.
func IsLogical(e *ast.BinaryExpr) bool { return e.Op.String() == "&&" || e.Op.String() == "||" }

// Mentions reports whether an expression of a spelling stands in a node.
func Mentions(in ast.Node, text string) (found bool) {
	ast.Inspect(in, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		found = found || ok && edit.Spelling(e) == text
		return !found
	})
	return found
}

// HoldsLockCall reports whether a lock is taken or released in a statement itself.
func HoldsLockCall(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		found = found || ok && slices.Contains([]string{"Lock", "Unlock", "RLock", "RUnlock", "TryLock", "TryRLock"}, sel.Sel.Name)
		return !found
	})
	return found
}
