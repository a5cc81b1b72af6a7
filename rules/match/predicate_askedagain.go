package match

import (
	"go/ast"
	"go/types"
	"slices"
)

var askedAgainPredicate = predicate{
	doc: "what follows an if asks the same condition again, and leaves where it still holds; or the call in it is followed by a return of constants: its caller asks",
	params: []parameter{
		{name: "in", doc: "something in the if"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		for _, file := range a.pkg.Files {
			if at := a.node("in"); file.FileStart <= at.Pos() && at.Pos() < file.FileEnd && (asksAgain(file, at) || leftToCaller(file, at)) {
				return yield(answer{})
			}
		}
		return true
	},
}

// asksAgain reports whether behind an if around a node stands an if with the same condition, the
// last statement of which leaves.
//
//	if len(q.items) == 0 {
//		q.ready.Wait()
//	}
//	if len(q.items) == 0 {
//		return nil
//	}
func asksAgain(file *ast.File, at ast.Node) (again bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || again || n.End() <= at.Pos() || at.End() <= n.Pos() {
			return false
		}
		block, ok := n.(*ast.BlockStmt)
		for i := 0; ok && i+1 < len(block.List); i++ {
			first, isIf := block.List[i].(*ast.IfStmt)
			next, follows := block.List[i+1].(*ast.IfStmt)
			if isIf && follows && first.Pos() <= at.Pos() && at.End() <= first.End() && leavesFunction(next.Body) {
				again = types.ExprString(first.Cond) == types.ExprString(next.Cond)
			}
		}
		return true
	})
	return again
}

func leavesFunction(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	_, returns := body.List[len(body.List)-1].(*ast.ReturnStmt)
	return returns
}

// leftToCaller reports whether the statement of a node in an if is followed by a return, and
// nothing is computed for that: what has been waited for is asked, and used, by the caller.
//
//	func (q *queue) pause() bool {
//		if q.timeout <= 0 {
//			q.ready.Wait()
//			return true
//		}
func leftToCaller(file *ast.File, at ast.Node) (left bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || left || n.End() <= at.Pos() || at.End() <= n.Pos() {
			return false
		}
		test, ok := n.(*ast.IfStmt)
		for i := 0; ok && i+1 < len(test.Body.List); i++ {
			st := test.Body.List[i]
			ret, returns := test.Body.List[i+1].(*ast.ReturnStmt)
			if returns && st.Pos() <= at.Pos() && at.End() <= st.End() {
				left = !slices.ContainsFunc(ret.Results, computes)
			}
		}
		return true
	})
	return left
}

// computes reports whether an expression is more than a name or a constant.
func computes(x ast.Expr) bool {
	switch ast.Unparen(x).(type) {
	case *ast.Ident, *ast.BasicLit:
		return false
	}
	return true
}
