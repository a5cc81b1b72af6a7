package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"time"
)

// keepsStart reports whether a statement writes what a start has returned: the goroutine may run
// before that.
//
//	s.timer = time.AfterFunc(d, func() { s.timer.Reset(d) })
func keepsStart(st, start, written ast.Node) bool {
	set, ok := st.(*ast.AssignStmt)
	return ok && len(set.Lhs) == 1 && len(set.Rhs) == 1 && within(set.Lhs[0], written) && ast.Unparen(set.Rhs[0]) == start
}

// setAfterwards reports whether a timer is kept that is only made, far from its time, and set in a
// statement behind: that comes before its function runs.
//
//	t = time.AfterFunc(time.Hour, func() { t.Reset(d) })
//	t.Reset(d)
func (f *Facts) setAfterwards(in *function, kept ast.Node) bool {
	set := kept.(*ast.AssignStmt)
	start, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
	if !ok || len(start.Args) != 2 || !f.isCall(start, "time") {
		return false
	}
	d := f.pkg.Info.Types[start.Args[0]].Value
	if d == nil || constant.Compare(d, token.LSS, constant.MakeInt64(int64(time.Minute))) {
		return false
	}
	found := false
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call.Pos() > set.End() && calledMethod(call) == "Reset" && calledOn(call) == types.ExprString(set.Lhs[0]) {
			_, always := f.pkg.Flow(in.node).Precedes(set, call)
			found = found || always
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && !found
	})
	return found
}
