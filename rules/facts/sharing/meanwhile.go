package sharing

import "go/ast"

// longestWriting is how many calls deep a write is looked for.
const longestWriting = 4

// WrittenMeanwhile returns a node in a statement of the function of an access that may write its
// variable: an access, or the call of a function of the package that comes to one. nil if none does.
func (f *Facts) WrittenMeanwhile(u Unguarded, st ast.Node) (write ast.Node) {
	f.pkg.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if callee := f.decls[originOf(f.pkg.Callee(n))]; callee != nil && write == nil && f.comesToWrite(callee, u) {
				write = n
			}
		case ast.Expr:
			if a := f.at[n]; a != nil && write == nil && a.Var == u.Var && (a.Write || a.Address) {
				write = n
			}
		}
		return write == nil
	})
	return write
}

// comesToWrite reports whether a function, or one that it calls, writes the variable of an access.
func (f *Facts) comesToWrite(fn *function, u Unguarded) bool {
	called := map[*function]bool{}
	f.reach(fn.outermost(), longestWriting, called)
	for _, a := range f.accesses[u.Var] {
		if (a.Write || a.Address) && called[a.fn.outermost()] {
			return true
		}
	}
	return false
}
