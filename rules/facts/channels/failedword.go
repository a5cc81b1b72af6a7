package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A goroutine that ends without what somebody waits for may have told him before, by an error on
// another channel, at which he leaves:
//
//	go func() {
//		conn, err := l.Accept()
//		if err != nil {
//			result <- err
//			return
//		}
//		data <- read(conn)
//		result <- nil
//	}()
//	require.NoError(t, <-result)
//	use(<-data)

// leavesAtFailure reports whether a function leaves where it receives an error.
func (f *Facts) leavesAtFailure(fn ast.Node, receive ast.Node) (leaves bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			leaves = leaves || f.requiresNil(n, receive)
		case *ast.IfStmt:
			leaves = leaves || n.Init != nil && f.testsReceived(n.Init, n, receive)
		case *ast.BlockStmt:
			for i, st := range n.List[:max(len(n.List)-1, 0)] {
				test, ok := n.List[i+1].(*ast.IfStmt)
				leaves = leaves || ok && test.Init == nil && f.testsReceived(st, test, receive)
			}
		}
		return !leaves && contains(n, receive)
	})
	return leaves
}

// requiresNil reports whether a call ends the test where what it is given is an error.
func (f *Facts) requiresNil(call *ast.CallExpr, received ast.Node) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || callee.Pkg() == nil || !strings.HasSuffix(callee.Pkg().Path(), "/require") {
		return false
	}
	switch callee.Name() {
	case "NoError", "NoErrorf", "Nil", "Nilf":
	default:
		return false
	}
	for _, arg := range call.Args {
		if ast.Unparen(arg) == received {
			return true
		}
	}
	return false
}

// testsReceived reports whether a statement defines a variable as what is received, and a test
// leaves if it is an error.
func (f *Facts) testsReceived(set ast.Stmt, test *ast.IfStmt, received ast.Node) bool {
	assign, ok := set.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || ast.Unparen(assign.Rhs[0]) != received || len(test.Body.List) == 0 {
		return false
	}
	cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ || !f.pkg.IsNil(cond.Y) || f.Variable(cond.X) == nil || f.Variable(cond.X) != f.Variable(assign.Lhs[0]) {
		return false
	}
	switch last := test.Body.List[len(test.Body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		return ok && f.pkg.NoReturn(call)
	}
	return false
}

// sendsFailure reports whether an operation sends an error that has been tested: it stands where
// that is not nil.
func (f *Facts) sendsFailure(op *Op) bool {
	send, ok := op.Node.(*ast.SendStmt)
	if !ok {
		return false
	}
	sent := f.Variable(send.Value)
	conds := conditionsAround(op.Fn, send)
	if sent == nil || len(conds) == 0 {
		return false
	}
	cond, ok := ast.Unparen(conds[len(conds)-1]).(*ast.BinaryExpr)
	return ok && cond.Op == token.NEQ && f.pkg.IsNil(cond.Y) && f.Variable(cond.X) == sent
}
