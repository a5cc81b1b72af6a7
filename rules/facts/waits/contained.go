package waits

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// contained returns the lock of a partner that is the same as the one held at a wait, where both
// reach what they meet at from an object in a container of the lock's owner: the one who waits
// has taken it out there, and the function of the other has put it in.
//
//	s.mu.Lock(); s.tasks[id] = t; s.mu.Unlock(); go func() { defer close(t.done); s.note() }()
//	s.mu.Lock(); t := s.tasks[id]; <-t.done
func (f *Facts) contained(w, p *op, held facts.Lock) (facts.Lock, bool) {
	if held.Root == nil || w.at.Root == nil || p.at.Root == nil || w.at.Path != p.at.Path || !sameType(w.at.Root, p.at.Root) {
		return facts.Lock{}, false
	}
	from := f.takenFrom(w.root, w.at.Root)
	if from == nil || !f.isUse(ast.Unparen(from.X), held.Root) {
		return facts.Lock{}, false
	}
	owner := f.putInto(p.root, f.pkg.ObjectOf(from.Sel), p.at.Root)
	if owner == nil || !sameType(owner, held.Root) {
		return facts.Lock{}, false
	}
	return facts.Lock{Root: owner, Path: held.Path}, true
}

// putInto is the variable of a function into whose field, a map or slice, it puts what another
// variable stands for; nil if there is none.
func (f *Facts) putInto(root ast.Node, field, child types.Object) (owner types.Object) {
	f.pkg.Inspect(root, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || owner != nil || len(st.Lhs) != 1 || len(st.Rhs) != 1 {
			return owner == nil
		}
		to, value := st.Lhs[0], st.Rhs[0]
		if index, ok := ast.Unparen(to).(*ast.IndexExpr); ok {
			to = index.X
		} else if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && len(call.Args) == 2 && f.pkg.Callee(call) == types.Universe.Lookup("append") {
			value = call.Args[1]
		} else {
			return true
		}
		sel, ok := ast.Unparen(to).(*ast.SelectorExpr)
		if !ok || f.pkg.ObjectOf(sel.Sel) != field || !f.isUse(ast.Unparen(value), child) {
			return true
		}
		if id, ok := ast.Unparen(sel.X).(*ast.Ident); ok {
			owner = f.pkg.ObjectOf(id)
		}
		return true
	})
	return owner
}
