package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A lock may be one of the package's own: a pair of methods, of which the one lets a caller
// through at a time and the other is deferred, or a type that embeds a mutex and locks it by
// a method of its own.

// keptApart reports whether two functions take such a lock of the same kind.
//
//	if !c.acquirePage(name) {
//		return errBusy
//	}
//	defer c.releasePage(name)
func (f *Facts) keptApart(a, b *Access) bool {
	mine := f.releases(a.fn.outermost())
	return slices.ContainsFunc(f.releases(b.fn.outermost()), func(r types.Object) bool { return slices.Contains(mine, r) })
}

// releases returns the functions of this package that a function defers, and whose names
// say that they give something back.
func (f *Facts) releases(fn *function) (all []types.Object) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			if callee := originOf(f.pkg.Callee(d.Call)); callee != nil && f.decls[callee] != nil && releaseName.MatchString(callee.Name()) {
				all = append(all, callee)
			}
		}
		return true
	})
	return all
}

var releaseName = lazyregexp.New(`^([Rr]elease|[Uu]nlock|[Ll]eave|[Ee]xit)`)

// lockItself reports whether a guard is the mutex that a type embeds which has a Lock of its
// own: whoever calls its other methods has locked it, mostly.
func (f *Facts) lockItself(guard types.Object) bool {
	mutex, ok := guard.(*types.Var)
	if !ok || !mutex.Embedded() {
		return false
	}
	return slices.ContainsFunc(f.order, func(fn *function) bool {
		if fn.obj == nil || fn.name() != "Lock" || fn.obj.Signature().Recv() == nil {
			return false
		}
		st, ok := structOf(fn.obj.Signature().Recv().Type())
		if !ok {
			return false
		}
		field := fieldNamed(st, mutex.Name())
		return field != nil && field.Origin() == mutex
	})
}

// confinedBy reports whether a function says in its documentation that no two goroutines
// may call it, or use its object meanwhile.
func (fn *function) confinedBy() bool {
	top := fn.outermost()
	if top.confined == unasked {
		top.confined = no
		if decl, ok := top.node.(*ast.FuncDecl); ok && decl.Doc != nil && confinedDoc.MatchString(decl.Doc.Text()) {
			top.confined = yes
		}
	}
	return top.confined == yes
}
