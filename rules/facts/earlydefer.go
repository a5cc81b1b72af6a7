package facts

import (
	"go/ast"
	"slices"
)

// An EarlyDefer is a release that is deferred before the lock is taken, with a
// return in between: there it releases what nobody has locked. The caller cannot
// have locked it either, since the Lock behind would wait for him for ever.
type EarlyDefer struct {
	LockCall
	Defer *ast.DeferStmt
	Way   *ast.ReturnStmt // the first in between
}

// EarlyDefers returns those of fn itself, in source order. The lock is taken by
// one statement of the function's own list and released by the deferred call
// alone.
func (p *Package) EarlyDefers(fn ast.Node) []EarlyDefer {
	acqs := p.Acquisitions(fn)
	var found []EarlyDefer
	for _, acq := range acqs {
		if acq.Op != Acquire || acq.Unknown != "" || len(acq.Deferred) != 1 || len(acq.Releases) != 1 {
			continue
		}
		d := acq.Deferred[0]
		others := slices.ContainsFunc(acqs, func(o Acquisition) bool { return o.Call != acq.Call && o.Lock == acq.Lock })
		if others || d.Call != acq.Releases[0] || d.Pos() > acq.Call.Pos() || !unconditional(fn, d, acq.Call) {
			continue
		}
		if way := p.returnBetween(fn, d, acq.Call); way != nil {
			found = append(found, EarlyDefer{LockCall: acq.LockCall, Defer: d, Way: way})
		}
	}
	return found
}

// unconditional reports whether both statements stand in the function's own list.
func unconditional(fn ast.Node, d *ast.DeferStmt, lock *ast.CallExpr) bool {
	list := bodyOf(fn).List
	locks := slices.ContainsFunc(list, func(st ast.Stmt) bool {
		e, ok := st.(*ast.ExprStmt)
		return ok && e.X == ast.Expr(lock)
	})
	return locks && slices.Contains(list, ast.Stmt(d))
}

// returnBetween returns the first return that a path comes to behind the defer
// and before the Lock.
func (p *Package) returnBetween(fn ast.Node, d *ast.DeferStmt, lock *ast.CallExpr) (way *ast.ReturnStmt) {
	reached := p.Flow(fn).Reachable()
	p.inspectOwn(bodyOf(fn), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if ok && way == nil && d.End() <= ret.Pos() && ret.Pos() < lock.Pos() {
			if at, there := p.Flow(fn).At(ret); there && reached[at.Block] {
				way = ret
			}
		}
		return way == nil
	})
	return way
}
