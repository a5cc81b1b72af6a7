package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// CopiedLock returns the variable on which a call runs a method of the package, where that is
// declared, if it is a copy that only this call of the function around has, and the method takes
// a lock which is a part of that copy, to change it: nobody waits, and nobody sees the change.
//
//	b, ok := l.buckets[tenant] // a map of structs
//	return ok && b.Take(1)     // func (b *bucket) Take(n float64) bool { b.mu.Lock(); …; b.tokens -= n
func (p *Package) CopiedLock(call *ast.CallExpr) *ast.Ident {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || p.throughPointer(sel) {
		return nil
	}
	v, method := p.heldBy(sel.X), p.Body(call)
	if v == nil || isPointer(v.Type()) || method == nil || method.Recv == nil || !p.changesUnderOwnLock(method) {
		return nil
	}
	decl := p.topLevel(call)
	if decl == nil || v.Pos() < decl.Pos() || decl.End() <= v.Pos() {
		return nil
	}
	uses := p.usesOf(v, decl)
	if uses.leaks || !uses.copied || !uses.oneFunction(decl, false) {
		return nil
	}
	return uses.declared
}

// changesUnderOwnLock reports whether a method takes a lock that is a part of its receiver, and not
// what a pointer in it leads to, and sets another part.
func (p *Package) changesUnderOwnLock(method *ast.FuncDecl) bool {
	obj, ok := p.Def(method.Name).(*types.Func)
	if !ok || !isPointer(obj.Signature().Recv().Type()) {
		return false
	}
	recv := obj.Signature().Recv()
	locks, changes := false, false
	p.Inspect(method.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if ok {
				m, isLock := p.lockMethod(sel)
				locks = locks || isLock && m.op == Acquire && p.partOf(sel.X, recv) && !p.throughPointer(sel)
			}
		case *ast.IncDecStmt:
			changes = changes || p.partOf(container(n.X), recv)
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				changes = changes || n.Tok != token.DEFINE && p.partOf(container(lhs), recv)
			}
		}
		return true
	})
	return locks && changes
}

// container returns what an expression names an element of, else the expression.
func container(e ast.Expr) ast.Expr {
	if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		return index.X
	}
	return e
}

// partOf reports whether an expression selects a part of what a variable holds, or leads to, and
// nothing that a pointer in it leads to; the whole is a part, too.
func (p *Package) partOf(e ast.Expr, v *types.Var) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return p.Use(x) == types.Object(v)
	case *ast.SelectorExpr:
		sel := p.Info.Selections[x]
		if sel == nil || sel.Kind() != types.FieldVal || len(sel.Index()) > 1 && p.throughPointer(x) {
			return false
		}
		_, direct := ast.Unparen(x.X).(*ast.Ident)
		return (direct || !isPointer(p.typeOf(x.X))) && p.partOf(x.X, v)
	}
	return false
}
