package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A range statement over an iterator makes its body a function that the iterator
// calls (https://go.dev/ref/spec#For_range): with the locks held that the iterator
// holds at its yield.

// iterations collects the range statements of a unit over what a call returns, where
// the body takes a lock that is held at the yield.
func (u *unit) iterations(all map[*ast.CallExpr]CalledBack) {
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		call, ok := ast.Unparen(loop.X).(*ast.CallExpr)
		if !ok || !isFunc(u.pkg.typeOf(call)) {
			return true
		}
		if found, ok := u.iterates(loop, call); ok {
			all[call] = found
		}
		return true
	})
}

func (u *unit) iterates(loop *ast.RangeStmt, call *ast.CallExpr) (CalledBack, bool) {
	fn := u.pkg.callee(call)
	if fn == nil || isAbstract(fn) {
		return CalledBack{}, false
	}
	for _, back := range u.pkg.yields(fn.Origin()) {
		for _, held := range back.Held {
			lock, ok := u.lockOf(call, held.Ref)
			if !ok || !u.steady(u.operand(call, held.Ref).at) {
				continue
			}
			taken, writer := u.takenAgain(held.Ref.Class, held.Read, func(read bool) ast.Node { return u.takenWithin(loop.Body, lock, read) })
			if taken != nil {
				return CalledBack{Call: call, Taken: taken, Lock: lock, Held: held.By, Invoked: back.At, Writer: writer}, true
			}
		}
	}
	return CalledBack{}, false
}

// yields returns the calls, with locks held, of the parameter of the iterator that
// a function of this package returns.
func (p *Package) yields(fn *types.Func) (all []Invocation) {
	n := p.callGraph.nodes[fn]
	if n == nil || !n.reaches {
		return nil
	}
	lit := returnedLiteral(n.decl)
	if lit == nil || len(lit.Type.Params.List) != 1 || len(lit.Type.Params.List[0].Names) != 1 {
		return nil
	}
	u := p.named(n.decl)
	yield := p.Def(lit.Type.Params.List[0].Names[0])
	p.inspectOwn(lit.Body, func(m ast.Node) bool {
		call, ok := m.(*ast.CallExpr)
		if !ok {
			return true
		}
		if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && p.Use(id) == yield {
			all = append(all, Invocation{At: p.position(call.Pos()), Held: u.heldIn(lit, fn, call)})
		}
		return true
	})
	return all
}

// returnedLiteral returns the literal that a function returns, if that is all it does
// return, and nothing stands before it.
func returnedLiteral(decl *ast.FuncDecl) *ast.FuncLit {
	if len(decl.Body.List) != 1 {
		return nil
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil
	}
	lit, _ := ast.Unparen(ret.Results[0]).(*ast.FuncLit)
	return lit
}

// heldIn returns the locks that a literal of fn is sure to hold at a call, as callers
// of fn name them.
func (u *unit) heldIn(lit *ast.FuncLit, fn *types.Func, call *ast.CallExpr) (held []HeldRef) {
	holdings, ok := u.pkg.Held(lit, call)
	if !ok {
		return nil
	}
	for _, h := range holdings {
		id, ok := u.lockIDs[h.Lock]
		if !h.Must || !ok {
			continue
		}
		if ref := u.refFrom(fn, u.locks[id]); ref.Arg != Nowhere {
			held = append(held, HeldRef{ref, h.Read, u.pkg.position(h.By[0].Pos())})
		}
	}
	return held
}

// takenWithin returns where a statement takes a lock, nil if it is not sure to, or
// releases the lock somewhere.
func (u *unit) takenWithin(body ast.Node, lock Lock, read bool) ast.Node {
	var taken ast.Node
	for i := range u.sites {
		site := &u.sites[i]
		if site.started || site.dynamic || !within(site.call, body) || u.deferredWithin(body, site.call.Pos()) {
			continue
		}
		if m := site.method; m != nil {
			at, ok := u.receiver(ast.Unparen(site.call.Fun).(*ast.SelectorExpr))
			switch {
			case !ok || at.Lock != lock:
			case m.op == Release && taken == nil:
				return nil
			case m.op == Acquire && !(read && m.read) && taken == nil:
				taken = site.call
			}
			continue
		}
		if taken == nil && u.calleesTake(site, lock, read) {
			taken = site.call
		}
	}
	return taken
}

// deferredWithin reports whether a place stands in a literal of a statement: it may
// run later.
func (u *unit) deferredWithin(body ast.Node, pos token.Pos) (inner bool) {
	u.pkg.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			inner = inner || n.Pos() <= pos && pos < n.End()
		}
		return !inner
	})
	return inner
}

func (u *unit) calleesTake(site *callSite, lock Lock, read bool) bool {
	for _, callee := range site.fns {
		for _, t := range u.pkg.calleeTakes(callee) {
			own, ok := u.lockOf(site.call, t.ref)
			if ok && own == lock && u.pkg.blocks(t, read) {
				return true
			}
		}
	}
	return false
}
