package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// waitedUnderCondition reports whether all waits of a group stand under the condition under which a
// goroutine is done with it, of variables that are set once, and which it always comes to: where it is
// not done, nobody waits.
//
//	go func() { work(); if wait { wg.Done() } }()
//	if wait { wg.Wait() }
func (f *Facts) waitedUnderCondition(done *GroupCall) bool {
	test := f.onlyTest(done)
	if test == nil || f.returnsBefore(bodyOfFunc(done.Fn), test.End()) {
		return false
	}
	group, waits := f.field(done.Group), 0
	for _, c := range f.groups().all {
		if c.Kind != Wait || f.field(c.Group) != group {
			continue
		}
		if !slices.ContainsFunc(c.stack, func(n ast.Node) bool { return f.sameTest(n, test, c.Call) }) {
			return false
		}
		waits++
	}
	return waits > 0
}

// onlyTest returns the if of a function's own statements in whose body a call stands, of variables
// that are set once.
func (f *Facts) onlyTest(c *GroupCall) *ast.IfStmt {
	for _, st := range bodyOfFunc(c.Fn).List {
		test, ok := st.(*ast.IfStmt)
		if !ok || test.Init != nil || !contains(test.Body, c.Call) {
			continue
		}
		of := map[types.Object]bool{}
		f.variablesIn(test.Cond, of)
		for v := range of {
			if !f.setOnce(v) {
				return nil
			}
		}
		if len(of) > 0 {
			return test
		}
	}
	return nil
}

// sameTest reports whether a node is an if that asks the same as another, and in whose body a call stands.
func (f *Facts) sameTest(n ast.Node, test *ast.IfStmt, call ast.Node) bool {
	other, ok := n.(*ast.IfStmt)
	if !ok || other.Init != nil || !contains(other.Body, call) || types.ExprString(other.Cond) != types.ExprString(test.Cond) {
		return false
	}
	mine, theirs := map[types.Object]bool{}, map[types.Object]bool{}
	f.variablesIn(test.Cond, mine)
	f.variablesIn(other.Cond, theirs)
	for v := range mine {
		if !theirs[v] {
			return false
		}
	}
	return true
}

// setOnce reports whether a variable is a local one, or a parameter, that nothing sets again.
func (f *Facts) setOnce(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && (v.Kind() == types.LocalVar && f.sets(v) == 1 || v.Kind() == types.ParamVar && f.sets(v) == 0)
}

// returnsBefore reports whether a return, of no literal, stands before a place in a body.
func (f *Facts) returnsBefore(body *ast.BlockStmt, end token.Pos) (leaves bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = leaves || n.Pos() < end
		}
		return !leaves
	})
	return leaves
}
