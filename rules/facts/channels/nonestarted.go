package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// noneStarted reports whether an edge is taken only where no goroutine of a thread runs: a
// variable that is counted up beside each start of one is zero.
//
//	for _, c := range dialers {
//		if c.fits(kind) {
//			dialing++
//			go func() { results <- c.dial() }()
//		}
//	}
//	if dialing == 0 { return errNone }
func (f *Facts) noneStarted(e facts.Edge, th *Thread) bool {
	v := f.zeroAt(e)
	return v != nil && f.countsStart(th, v)
}

// zeroAt returns the local variable that is zero where an edge is taken; nil if none is known to be.
func (f *Facts) zeroAt(e facts.Edge) *types.Var {
	cond, ok := ast.Unparen(e.Cond).(*ast.BinaryExpr)
	if !ok || e.Tag != nil {
		return nil
	}
	if !f.isZero(cond.Y) {
		return nil
	}
	if cond.Op == token.EQL && e.Truth || (cond.Op == token.NEQ || cond.Op == token.GTR) && !e.Truth {
		return f.Variable(cond.X)
	}
	return nil
}

// countsStart reports whether a variable is counted up in the statements among which a goroutine
// is started, and nothing sets it but the counting.
func (f *Facts) countsStart(th *Thread, v *types.Var) bool {
	beside := false
	f.pkg.Inspect(th.In.Fn, func(n ast.Node) bool {
		if list := statements(n); slices.ContainsFunc(list, func(st ast.Stmt) bool { return ast.Node(st) == th.Start }) {
			beside = beside || slices.ContainsFunc(list, func(st ast.Stmt) bool { return f.addsOne(st, v) })
		}
		return !beside
	})
	return beside && f.onlyCounted(v)
}

// addsOne reports whether a statement adds one to a variable.
func (f *Facts) addsOne(st ast.Stmt, v *types.Var) bool {
	inc, ok := st.(*ast.IncDecStmt)
	return ok && inc.Tok == token.INC && f.Variable(inc.X) == v
}

// statements returns the list of a block or clause.
func statements(n ast.Node) []ast.Stmt {
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

// onlyCounted reports whether a local variable begins as zero, and is only counted and read.
func (f *Facts) onlyCounted(v *types.Var) bool {
	return v.Kind() == types.LocalVar && !slices.ContainsFunc(f.mentions(v), func(m mention) bool {
		if _, counts := m.around(0).(*ast.IncDecStmt); counts {
			return false
		}
		value, sets := f.setBy(m)
		return sets && (f.pkg.Def(m.id) == nil || !f.isZero(value))
	})
}

// isZero reports whether an expression is the constant zero.
func (f *Facts) isZero(x ast.Expr) bool {
	v := f.pkg.Info.Types[x].Value
	return v != nil && v.Kind() == constant.Int && constant.Sign(v) == 0
}
