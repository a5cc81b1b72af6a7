package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// An AddressEscape is a struct under a lock, the address of which a method hands to
// callers who do not hold the lock.
//
//	func (c *Controller) Status() *Status {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return &c.status
//	}
type AddressEscape struct {
	Access *Access
	Guard  *Guard
	Write  *Access // of a field of the struct, under the lock
	Return *ast.ReturnStmt
}

// AddressEscapeAt returns how the address of what an expression names gets out of the
// lock under which all others write it, a field at a time.
func (f *Facts) AddressEscapeAt(e ast.Expr) (out AddressEscape, ok bool) {
	a := f.at[e]
	if a == nil || !a.Address || a.Atomic || !a.fn.public || a.fn.once || a.fn.initialises() || f.prepares(a.fn) || !isStruct(a.Var.Type()) || ownLock(a.Var.Type()) {
		return out, false
	}
	out = AddressEscape{Access: a, Guard: f.GuardOf(a.Var), Return: returnsAddress(a)}
	if out.Return == nil || out.Guard == nil || !out.Guard.exact() || f.excused(a) || !f.quiet(a.fn, e) {
		return out, false
	}
	if !f.heldHere(a, e, out.Guard.Lock) || !f.releasesLater(a.fn, out.Guard.Lock) {
		return out, false
	}
	for _, b := range f.partsOf(a.Var) {
		if _, counts := f.counts(b); counts && b.Write && b.fn.outermost() != a.fn && !f.early(b) && slices.Contains(out.Guard.Holding, b) {
			out.Write = b
			return out, true
		}
	}
	return out, false
}

// ownLock reports whether a struct has a lock or an atomic of its own.
func ownLock(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range s.Fields() {
		if synchronises(field.Type()) || ownLock(field.Type()) {
			return true
		}
	}
	return false
}

// returnsAddress returns the statement that returns the address which an access takes.
func returnsAddress(a *Access) (found *ast.ReturnStmt) {
	ast.Inspect(a.fn.body(), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if ok {
			for _, result := range ret.Results {
				if address, ok := ast.Unparen(result).(*ast.UnaryExpr); ok && address.Op == token.AND && ast.Unparen(address.X) == a.Expr {
					found = ret
				}
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return found
}
