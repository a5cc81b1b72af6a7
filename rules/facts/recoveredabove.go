package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// rescues reports whether a deferred call is of a function of the package that stops a
// panic for good and has nothing to do with locks: defer s.rescue().
func (p *Package) rescues(call *ast.CallExpr) bool {
	fn := p.callee(call)
	decl := p.declOf(fn)
	if decl == nil || decl.Body == nil || !p.recovers(decl.Body) || p.goesOn(decl.Body) {
		return false
	}
	n := p.graph().nodes[fn]
	return n != nil && !n.reaches
}

type recoveredCallsKey struct{}

// recoveredAbove returns the defer statement of a caller of a function that stops its
// panics for good; nil if there is none, or the function has one itself.
func (p *Package) recoveredAbove(fn ast.Node) *ast.DeferStmt {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	obj, ok := p.Def(decl.Name).(*types.Func)
	if !ok || p.mayRecover(decl.Body) {
		return nil
	}
	above := p.Keep(recoveredCallsKey{}, func() any { return p.recoveredCalls() }).(map[*types.Func]*ast.DeferStmt)
	return above[obj]
}

// recoveredCalls returns the functions that are called, by one that recovers or through
// another that this one calls, where their panics are stopped, with what stops them.
func (p *Package) recoveredCalls() map[*types.Func]*ast.DeferStmt {
	found := make(map[*types.Func]*ast.DeferStmt)
	for _, file := range p.Files {
		if p.InTest(file.Package) {
			continue // a test looks whether it panics, and throws the object away
		}
		p.Inspect(file, func(n ast.Node) bool {
			if body := bodyOf(n); body != nil {
				p.recoveredIn(n, found)
			}
			return true
		})
	}
	direct := make([]*types.Func, 0, len(found))
	for fn := range found {
		direct = append(direct, fn)
	}
	slices.SortFunc(direct, func(a, b *types.Func) int { return cmp.Compare(a.Pos(), b.Pos()) })
	for _, fn := range direct {
		if decl := p.declOf(fn); !p.mayRecover(decl.Body) {
			p.eachPlainCall(decl, func(call *ast.CallExpr, callee *types.Func) {
				if found[callee] == nil {
					found[callee] = found[fn]
				}
			})
		}
	}
	return found
}

// recoveredIn notes the functions that one calls behind a defer statement that recovers.
func (p *Package) recoveredIn(fn ast.Node, found map[*types.Func]*ast.DeferStmt) {
	var recovering []*ast.DeferStmt
	p.inspectOwn(bodyOf(fn), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && p.stopsPanics(d) {
			recovering = append(recovering, d)
		}
		return true
	})
	if len(recovering) == 0 {
		return
	}
	flow := p.Flow(fn)
	p.eachPlainCall(fn, func(call *ast.CallExpr, callee *types.Func) {
		for _, d := range recovering {
			if _, all := flow.Precedes(d, call); all && found[callee] == nil {
				found[callee] = d
			}
		}
	})
}

// stopsPanics reports whether a deferred call stops a panic for good, and names no lock.
func (p *Package) stopsPanics(d *ast.DeferStmt) bool {
	lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
	if !ok {
		return p.rescues(d.Call)
	}
	return p.recovers(lit.Body) && !p.goesOn(lit.Body) && !p.mentionsLocks(lit.Body)
}

// mentionsLocks reports whether a body calls a method of a lock, or a function of the
// package that has to do with locks.
func (p *Package) mentionsLocks(body *ast.BlockStmt) (found bool) {
	p.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return !found
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			_, locks := p.lockMethod(sel)
			found = found || locks
		}
		n2 := p.graph().nodes[p.callee(call)]
		found = found || n2 != nil && n2.reaches
		return !found
	})
	return found
}

// eachPlainCall visits the calls of functions of the package that a function makes where
// they stand.
func (p *Package) eachPlainCall(fn ast.Node, visit func(call *ast.CallExpr, callee *types.Func)) {
	p.inspectOwn(bodyOf(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if callee := p.callee(n); callee != nil && p.Body(n) != nil {
				visit(n, callee)
			}
		}
		return true
	})
}

// panicsOnPurpose reports whether a call is of a function of the package that panics with
// a value of its own, an error or a struct: somebody is meant to recover it.
func (p *Package) panicsOnPurpose(call *ast.CallExpr) (found bool) {
	decl := p.Body(call)
	if decl == nil || p.mayRecover(decl.Body) {
		return false
	}
	p.inspectOwn(decl.Body, func(n ast.Node) bool {
		panics, ok := n.(*ast.CallExpr)
		if !ok || len(panics.Args) != 1 || found {
			return !found
		}
		builtin, ok := p.Callee(panics).(*types.Builtin)
		if ok && builtin.Name() == "panic" {
			t := p.typeOf(panics.Args[0])
			found = isError(t) || isStruct(deref(t))
		}
		return !found
	})
	return found
}
