package facts

import (
	"go/ast"
	"go/types"
)

// Names gives the places within one outermost function the names that its
// locks have: an alias is replaced by what it stands for.
type Names struct{ u *unit }

// NamesIn returns the names within root: an *ast.FuncDecl with a body, or an
// *ast.FuncLit that stands in no function.
func (p *Package) NamesIn(root ast.Node) Names {
	p.locks()
	return Names{p.named(root)}
}

// Place returns the name of what an expression leads to.
func (n Names) Place(e ast.Expr) (Lock, bool) {
	at, ok := n.u.place(e)
	return at.Lock, ok
}

// Receiver returns the name of the value whose method a call selects, with the
// embedded fields that lead to it.
func (n Names) Receiver(call *ast.CallExpr) (Lock, bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return Lock{}, false
	}
	at, ok := n.u.receiver(sel)
	return at.Lock, ok
}

// LockCall returns what a call does to a lock of package sync; ok is false if
// it calls anything else. A lock without a name has no root.
func (n Names) LockCall(call *ast.CallExpr) (c LockCall, ok bool) {
	sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !isSel {
		return c, false
	}
	m, ok := n.u.pkg.lockMethod(sel)
	if !ok {
		return c, false
	}
	c = LockCall{Call: call, Op: m.op, Read: m.read}
	if at, named := n.u.receiver(sel); named {
		c.Lock, c.Read = at.Lock, m.read || at.read
	}
	return c, true
}

// Value returns what a local variable is given by its one assignment, nil for
// a parameter, for a variable that is assigned again, and for one whose address
// is taken.
func (n Names) Value(v *types.Var) ast.Expr {
	if info := n.u.vars[v]; info.constant() {
		return info.init
	}
	return nil
}

// Steady reports whether a local variable or parameter has the same value wherever it
// is used.
func (n Names) Steady(v *types.Var) bool {
	info := n.u.vars[v]
	return info == nil || info.steady()
}

// CallersLocks returns the locks that fn releases although it has not taken
// them: its caller holds them, and finds them released for a while at least.
func (p *Package) CallersLocks(fn ast.Node) []Lock {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn] == nil {
		return nil
	}
	var locks []Lock
	for id := range u.locks {
		if u.routines[fn].done.orphans[lockID(id)] {
			locks = append(locks, u.locks[id].Lock)
		}
	}
	return locks
}

// OnlyCalled reports whether a local variable of func type is only ever called,
// compared or assigned.
func (n Names) OnlyCalled(v *types.Var) bool {
	info := n.u.vars[v]
	return info != nil && !info.escapes && !info.addressed
}

// Asks says on what it hangs that a callee takes a lock, as the function around the call sees it:
// 0 if only on what that got from elsewhere.
func (n Names) Asks(call *ast.CallExpr, t Take) uint64 {
	return uint64(n.u.passed(call, hangsOn(t.Asks)))
}
