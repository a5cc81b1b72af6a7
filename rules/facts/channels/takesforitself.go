package channels

import (
	"go/ast"
	"go/types"
)

// takesForItself reports whether a function that sends has taken the channel out of what holds it,
// in the section of the lock in which it looked it up: who closes it takes it out, too, and does not
// find it any more.
//
//	w.mu.Lock(); item, ok := w.m[id]; delete(w.m, id); w.mu.Unlock()
//	if ok { item.ch <- x }
func (f *Facts) takesForItself(c *Class, decl *ast.FuncDecl, send *ast.SendStmt) bool {
	out, ok := f.removal(c, decl).(*ast.CallExpr)
	if !ok || out.End() > send.Pos() {
		return false
	}
	if _, always := f.pkg.Flow(decl).Precedes(out, send); !always {
		return false
	}
	look := f.lookup(decl, send, out)
	return look != nil && f.sameSection(decl, look, out)
}

// lookup returns where a function takes what it sends on out of the entry that it deletes.
func (f *Facts) lookup(decl *ast.FuncDecl, send *ast.SendStmt, out *ast.CallExpr) (look *ast.IndexExpr) {
	root := f.Root(send.Chan)
	if root == nil {
		return nil
	}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Rhs) != 1 || set.End() > out.Pos() {
			return look == nil
		}
		index, ok := ast.Unparen(set.Rhs[0]).(*ast.IndexExpr)
		if ok && f.Variable(root) == f.defined(set.Lhs[0]) && f.same(index.X, out.Args[0]) && types.ExprString(index.Index) == types.ExprString(out.Args[1]) {
			look = index
		}
		return look == nil
	})
	return look
}

// defined returns the variable that a name in an assignment declares.
func (f *Facts) defined(x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.Def(id).(*types.Var)
	return v
}

// sameSection reports whether a function surely holds one lock at two nodes, taken by one call.
func (f *Facts) sameSection(fn, a, b ast.Node) bool {
	first, ok := f.pkg.Held(fn, a)
	second, ok2 := f.pkg.Held(fn, b)
	for _, h := range first {
		for _, other := range second {
			if ok && ok2 && h.Must && other.Must && !other.Read && h.Lock == other.Lock && len(h.By) == 1 && len(other.By) == 1 && h.By[0] == other.By[0] {
				return true
			}
		}
	}
	return false
}
