package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A RecoveredHold is a call of a func value with a lock held that only explicit
// calls release, in a function that recovers: after a panic there it goes on to
// its caller, and the lock stays held.
type RecoveredHold struct {
	LockCall
	Risk    *ast.CallExpr  // that may panic: nobody knows what it calls
	Recover *ast.DeferStmt // that recovers
}

// RecoveredHolds returns, for each lock that fn itself takes, the first such
// call, in source order. A deferred literal that mentions the lock, panics again
// or ends the process leaves none.
func (p *Package) RecoveredHolds(fn ast.Node) []RecoveredHold {
	var found []RecoveredHold
	for _, acq := range p.Acquisitions(fn) {
		if acq.Op != Acquire || acq.Unknown != "" || len(acq.Releases) == 0 || len(acq.Deferred) > 0 {
			continue
		}
		if hold, ok := p.recoveredHold(fn, acq); ok {
			found = append(found, hold)
		}
	}
	return found
}

func (p *Package) recoveredHold(fn ast.Node, acq Acquisition) (hold RecoveredHold, ok bool) {
	recovering := p.recovering(fn, acq.Lock)
	above := p.recoveredAbove(fn)
	if ownLock(acq.Lock) {
		above = nil // it is gone with the call
	}
	if len(recovering) == 0 && above == nil {
		return hold, false
	}
	flow := p.Flow(fn)
	p.inspectOwn(bodyOf(fn), func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall || ok || call.Pos() < acq.Call.Pos() || !p.callsValue(call) && !p.panicsOnPurpose(call) || !p.heldFrom(fn, call, acq) {
			return !ok
		}
		if above != nil {
			hold, ok = RecoveredHold{LockCall: acq.LockCall, Risk: call, Recover: above}, true
		}
		for _, d := range recovering {
			if _, all := flow.Precedes(d, call); all {
				hold, ok = RecoveredHold{LockCall: acq.LockCall, Risk: call, Recover: d}, true
				break
			}
		}
		return !ok
	})
	return hold, ok
}

// ownLock reports whether a lock is, or lies in, a local variable.
func ownLock(lock Lock) bool {
	v, ok := lock.Root.(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return false
	}
	_, pointer := v.Type().Underlying().(*types.Pointer)
	return !pointer
}

// heldFrom reports whether a call is always made with an acquisition held, and not one of another branch.
func (p *Package) heldFrom(fn ast.Node, at *ast.CallExpr, acq Acquisition) bool {
	holdings, ok := p.Held(fn, at)
	if !ok {
		return false
	}
	for _, h := range holdings {
		if h.Must && h.Lock == acq.Lock && h.Read == acq.Read && slices.Contains(h.By, acq.Call) {
			return true
		}
	}
	return false
}

// recovering returns the defer statements of a function whose literal stops a
// panic for good and has nothing to do with a lock.
func (p *Package) recovering(fn ast.Node, lock Lock) []*ast.DeferStmt {
	var found []*ast.DeferStmt
	p.inspectOwn(bodyOf(fn), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		if !ok {
			return true
		}
		lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
		if !ok {
			if p.rescues(d.Call) {
				found = append(found, d)
			}
			return true
		}
		if !p.recovers(lit.Body) || p.goesOn(lit.Body) {
			return true
		}
		if _, uses := p.NamesLock(lit.Body, lock); !uses {
			found = append(found, d)
		}
		return true
	})
	return found
}

// goesOn reports whether a body panics again, or ends the process.
func (p *Package) goesOn(body *ast.BlockStmt) bool {
	found := false
	p.inspectOwn(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && p.NoReturn(call)
		return !found
	})
	return found
}

// callsValue reports whether a call is one of a func value that comes from
// elsewhere: a variable, a field, an element, a result.
func (p *Package) callsValue(call *ast.CallExpr) bool {
	fun := ast.Unparen(call.Fun)
	if tv := p.Info.Types[fun]; tv.IsType() || tv.IsBuiltin() || tv.Type == nil {
		return false
	}
	if fn := p.callee(call); fn != nil {
		return p.unseen(fn)
	}
	if _, literal := fun.(*ast.FuncLit); literal || p.holdsOwnLiteral(fun) {
		return false
	}
	_, isFunc := p.TypeOf(fun).Underlying().(*types.Signature)
	return isFunc && !p.isCancel(fun)
}

// holdsOwnLiteral reports whether an expression is a local variable of a function to which
// that assigns nothing but literals of its own: what is called is known.
func (p *Package) holdsOwnLiteral(fun ast.Expr) bool {
	id, ok := fun.(*ast.Ident)
	v, isVar := p.Use(id).(*types.Var)
	decl := p.topLevel(fun)
	if !ok || !isVar || v.Kind() != types.LocalVar || decl == nil {
		return false
	}
	literals, others := 0, 0
	p.Inspect(decl, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, left := range st.Lhs {
			if to, ok := left.(*ast.Ident); !ok || p.ObjectOf(to) != v {
				continue
			}
			if _, literal := ast.Unparen(st.Rhs[min(i, len(st.Rhs)-1)]).(*ast.FuncLit); literal {
				literals++
			} else {
				others++
			}
		}
		return true
	})
	return literals > 0 && others == 0
}

// unseen reports whether a method is one of an interface of the package that nothing in
// sight implements: what it calls is a plug-in of others.
func (p *Package) unseen(fn *types.Func) bool {
	return isAbstract(fn) && fn.Pkg() == p.Types && len(p.graph().implementations(p, fn)) == 0
}
