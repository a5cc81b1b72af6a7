package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// TwoSteps returns another access of the same variable in the function of one, with
// which that makes two steps of what is meant as one: a read and the write that may
// rest on it, or a count and the read of its result. Each made atomic, others come in
// between, and the race detector says nothing of it any more.
//
//	if s.left > 0 {
//		s.left--
func (f *Facts) TwoSteps(a *Access) *Access {
	for _, b := range f.accesses[a.Var] {
		if b == a || b.fn.outermost() != a.fn.outermost() || types.ExprString(b.Expr) != types.ExprString(a.Expr) {
			continue
		}
		if f.restsOn(a, b) || f.restsOn(b, a) {
			return b
		}
	}
	return nil
}

// restsOn reports whether one access reads and another writes behind it; or one
// counts, and another reads behind it.
func (f *Facts) restsOn(first, second *Access) bool {
	read, _, counts := f.effect(first)
	reads, writes, _ := f.effect(second)
	if !(read && writes || counts && reads) {
		return false
	}
	if first.fn != second.fn {
		return first.Expr.Pos() < second.Expr.Pos()
	}
	follows, _ := f.pkg.Flow(first.fn.node).Follows(first.Expr, second.Expr)
	return follows
}

// effect says what an access does in one step: it only reads, it writes, it counts,
// which is a write that rests on nothing but itself.
func (f *Facts) effect(a *Access) (reads, writes, counts bool) {
	if !a.Atomic {
		return !a.Write, a.Write, a.Write && a.Read
	}
	call := f.atomicCall(a)
	if call == nil {
		return true, true, false
	}
	name := calledMethod(call)
	if strings.HasPrefix(name, "CompareAndSwap") {
		return false, false, false // it finds out what it rests on
	}
	counts = strings.HasPrefix(name, "Add") && f.alone(a, call)
	return loads(name), !loads(name), counts
}

// alone reports whether nothing is made of the result of a call.
func (f *Facts) alone(a *Access, call *ast.CallExpr) bool {
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		st, ok := n.(*ast.ExprStmt)
		found = found || ok && ast.Unparen(st.X) == call
		return !found
	})
	return found
}
