package sharing

import (
	"go/ast"
)

// beforeParallel reports whether a subtest makes an access before it calls
// t.Parallel. Until then t.Run waits for it, and what its siblings do behind their
// own call begins only when the test that runs them all has returned.
func (fn *function) beforeParallel(a *Access) bool {
	run, ok := fn.at.(*ast.CallExpr)
	if !ok || a.fn != fn || calledMethod(run) != "Run" {
		return false
	}
	for _, stmt := range fn.body().List {
		expr, ok := stmt.(*ast.ExprStmt)
		if !ok {
			continue
		}
		if call, ok := expr.X.(*ast.CallExpr); ok && calledMethod(call) == "Parallel" && len(call.Args) == 0 {
			return a.node().End() <= stmt.Pos()
		}
	}
	return false
}

// aheadOfSiblings reports whether a subtest makes an access before it calls t.Parallel, and the
// other access is made by the test that runs it, or by a sibling.
//
//	for _, most := range limits { // go1.21: one variable
//		t.Run(name(most), func(t *testing.T) {
//			most := most
//			t.Parallel()
func aheadOfSiblings(a, other *Access) bool {
	lit, fn := a.goroutine(), other.goroutine()
	return lit != nil && lit.beforeParallel(a) && (fn == nil || runsSubtest(fn.at))
}
