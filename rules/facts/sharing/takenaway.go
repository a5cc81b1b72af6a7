package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// takesAway reports whether what an object held is the caller's alone, since the statement right
// before a Put gives the object another value.
//
//	out := b.Bytes()
//	*b = bytes.Buffer{}
//	pool.Put(b)
//	return out
func (f *Facts) takesAway(fn *function, put *ast.CallExpr, v *types.Var) (does bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		block, ok := n.(*ast.BlockStmt)
		if !ok || does {
			return !does
		}
		i := slices.IndexFunc(block.List, func(st ast.Stmt) bool {
			e, ok := st.(*ast.ExprStmt)
			return ok && ast.Unparen(e.X) == ast.Expr(put)
		})
		does = i > 0 && f.replacesContent(block.List[i-1], v)
		return !does
	})
	return does
}

// replacesContent reports whether a statement gives an object a value with which it has nothing to do.
func (f *Facts) replacesContent(st ast.Stmt, v *types.Var) bool {
	set, ok := st.(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
		return false
	}
	to, ok := ast.Unparen(set.Lhs[0]).(*ast.StarExpr)
	return ok && f.mentionsVar(to.X, v) && !f.mentionsVar(set.Rhs[0], v)
}
