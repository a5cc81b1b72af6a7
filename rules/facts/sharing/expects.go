package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// expectsNothing reports whether a function, on its own goroutine, looks whether a
// variable has been set, and complains if it has: as long as nothing goes wrong, the
// goroutine that would set it has not come so far.
//
//	time.Sleep(time.Second)
//	if finished {
//		t.Error("it should block for ever")
//	}
func (f *Facts) expectsNothing(a *Access, s strand) bool {
	if s.start != nil || a.Write {
		return false
	}
	if test := f.testOf(a); test != nil {
		return f.trueIfSet(test.Cond, a.Expr)
	}
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && within(call, a.Expr) {
			name := calledMethod(call)
			found = found || strings.HasPrefix(name, "False") || strings.HasPrefix(name, "Zero") || strings.HasPrefix(name, "Empty") || strings.HasPrefix(name, "Nil") || strings.HasPrefix(name, "NoError")
		}
		return !found
	})
	return found
}

// trueIfSet reports whether a condition holds once an operand is no longer zero.
func (f *Facts) trueIfSet(cond, operand ast.Expr) bool {
	switch x := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		return x.Op == token.NOT && !f.trueIfSet(x.X, operand)
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR:
			if within(x.X, operand) {
				return f.trueIfSet(x.X, operand)
			}
			return f.trueIfSet(x.Y, operand)
		case token.NEQ, token.GTR:
			return f.zero(x.X) || f.zero(x.Y)
		}
		return false
	}
	basic, ok := f.typeOf(cond).(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// zero reports whether an expression is a constant of the value zero, or nil.
func (f *Facts) zero(e ast.Expr) bool {
	tv := f.pkg.Info.Types[e]
	return tv.IsNil() || tv.Value != nil && (tv.Value.ExactString() == "0" || tv.Value.ExactString() == `""` || tv.Value.ExactString() == "false")
}
