package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A HalfLock is a release that every way comes to, of a lock that the function takes
// under a condition only: if c.shared { c.mu.Lock() } … c.mu.Unlock(). Where the
// condition does not hold, it releases what nobody holds, or what somebody else does.
type HalfLock struct {
	LockCall // the release
	Take     *ast.CallExpr
	If       *ast.IfStmt // around it
}

// HalfLocks returns those of a declared function, in source order. It is silent
// where the caller could hold the lock: one of the package does, some function
// keeps it, or other packages can get at it.
func (p *Package) HalfLocks(fn ast.Node) (found []HalfLock) {
	decl, ok := fn.(*ast.FuncDecl)
	u := p.locks().of[fn]
	if !ok || u == nil || decl.Body == nil {
		return nil
	}
	p.inspectOwn(decl.Body, func(n ast.Node) bool {
		for i, st := range StatementsOf(n) {
			test, ok := st.(*ast.IfStmt)
			if !ok || test.Else != nil || test.Init != nil || p.mayLeave(test.Body) {
				continue
			}
			for _, inner := range test.Body.List {
				take, at, ok := u.lockStatement(inner, Acquire)
				if release := u.releaseBehind(StatementsOf(n)[i+1:], at); ok && release != nil {
					if half := (HalfLock{LockCall{Call: release, Lock: at.Lock, Op: Release, Read: at.read}, take, test}); u.half(half, at) {
						found = append(found, half)
					}
				}
			}
		}
		return true
	})
	return found
}

// StatementsOf returns the list of statements that a node is: a block, a clause.
func StatementsOf(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// lockStatement returns the call that a statement makes of a lock's method, deferred
// or not, and the lock.
func (u *unit) lockStatement(st ast.Stmt, op LockOp) (call *ast.CallExpr, at place, ok bool) {
	switch st := st.(type) {
	case *ast.ExprStmt:
		call, _ = ast.Unparen(st.X).(*ast.CallExpr)
	case *ast.DeferStmt:
		call = st.Call
	}
	if call == nil {
		return nil, at, false
	}
	sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !isSel {
		return nil, at, false
	}
	m, isLock := u.pkg.lockMethod(sel)
	at, ok = u.receiver(sel)
	at.read = at.read || m.read
	return call, at, ok && isLock && m.op == op
}

// releaseBehind returns the first release of a lock in a list, if control is sure to
// come to it.
func (u *unit) releaseBehind(list []ast.Stmt, at place) (call *ast.CallExpr) {
	behind := slices.IndexFunc(list, func(st ast.Stmt) bool {
		c, released, ok := u.lockStatement(st, Release)
		call = c
		return ok && released.Lock == at.Lock && released.read == at.read
	})
	if behind < 0 || slices.ContainsFunc(list[:behind], u.pkg.mayLeave) {
		return nil
	}
	return call
}

// mayLeave reports whether a statement may end in another way than at its end.
func (p *Package) mayLeave(st ast.Stmt) (leaves bool) {
	p.PreorderStack(st, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Label != nil || !slices.ContainsFunc(stack, isLoop)
		case *ast.CallExpr:
			leaves = leaves || p.NoReturn(n) || p.Panics(n)
		}
		return !leaves
	})
	return leaves
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

// half reports whether nothing but the two calls of a candidate has to do with the
// lock, in the function and where it is called.
func (u *unit) half(h HalfLock, at place) bool {
	fn := u.function()
	taken := slices.ContainsFunc(u.pkg.Acquisitions(u.root), func(a Acquisition) bool { return a.Call == h.Take && a.Unknown == "" })
	return fn != nil && taken && u.steady(at) && at.class.of != nil && !at.class.shared && !reachable(at) &&
		!u.usesElsewhere(h) && !u.pkg.keepsHeld(at.class.of, fn) && !u.pkg.calledHolding(fn, at.class.of)
}

// usesElsewhere reports whether another call of the function uses the lock, or one of its class.
func (u *unit) usesElsewhere(h HalfLock) (uses bool) {
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && call != h.Take && call != h.Call && !uses {
			_, uses = u.pkg.NamesLock(call, h.Lock)
		}
		return !uses
	})
	return uses
}

// keepsHeld reports whether some other function is known to return with a lock of a
// class held, on some way.
func (p *Package) keepsHeld(of types.Object, but *types.Func) bool {
	class := p.ClassOf(of)
	for fn, own := range p.lockFacts.effects {
		if fn != but && slices.ContainsFunc(own.effects, func(e Effect) bool { return e.Class == class && (e.Does == Acquires || e.Does == MayAcquire) }) {
			return true
		}
	}
	return false
}

// calledHolding reports whether a function is called, or may be, with a lock of a class held.
func (p *Package) calledHolding(fn *types.Func, of types.Object) bool {
	uses, calls := 0, 0
	for _, used := range p.Info.Uses {
		if f, ok := used.(*types.Func); ok && f.Origin() == fn {
			uses++
		}
	}
	holds := false
	for _, file := range p.Files {
		for _, d := range file.Decls {
			p.eachOwnCall(d, func(home ast.Node, call *ast.CallExpr) {
				if p.callee(call) == fn {
					calls++
					holds = holds || p.holdsClass(d, home, call, of)
				}
			})
		}
	}
	return holds || uses != calls
}

// holdsClass reports whether a lock of a class may be held at a call.
func (p *Package) holdsClass(root, home ast.Node, call *ast.CallExpr, of types.Object) bool {
	u := p.locks().of[root]
	if u == nil {
		return false
	}
	holdings, ok := p.Held(home, call)
	return !ok || slices.ContainsFunc(holdings, func(h Holding) bool {
		id, known := u.lockIDs[h.Lock]
		return !known || u.locks[id].class.of == of
	})
}
