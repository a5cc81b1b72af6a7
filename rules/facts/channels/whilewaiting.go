package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// whileWaiting returns the condition under which a loop comes to a Wait in it: its own, and that no
// test before the Wait leaves it. What it adds stands where the test does, and has no types.
//
//	for len(q.items) == 0 {
//		if q.closed {
//			return nil, false
//		}
//		q.cond.Wait()
//	}
//
// waits while len(q.items) == 0 && !q.closed.
func (f *Facts) whileWaiting(loop *ast.ForStmt, w *condCall) ast.Expr {
	cond := loop.Cond
	for _, st := range loop.Body.List {
		if contains(st, w.call) {
			if _, plain := st.(*ast.ExprStmt); !plain {
				return f.spelledOut(loop.Cond) // it waits under a test of its own
			}
			break
		}
		test, ok := st.(*ast.IfStmt)
		if !ok || test.Init != nil || test.Else != nil || !endsLoop(test.Body) {
			continue
		}
		if goesOn := negated(test.Cond); cond == nil {
			cond = goesOn
		} else {
			cond = &ast.BinaryExpr{X: cond, OpPos: test.If, Op: token.LAND, Y: goesOn}
		}
	}
	return f.spelledOut(cond)
}

// endsLoop reports whether a branch of a loop's body ends in a statement that leaves the loop.
func endsLoop(branch *ast.BlockStmt) bool {
	if len(branch.List) == 0 {
		return false
	}
	switch last := branch.List[len(branch.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK
	}
	return false
}

// negated returns what holds where a condition does not.
func negated(cond ast.Expr) ast.Expr {
	switch x := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return x.X
		}
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LOR:
			return &ast.BinaryExpr{X: negated(x.X), OpPos: x.OpPos, Op: token.LAND, Y: negated(x.Y)}
		case token.LAND:
			return &ast.BinaryExpr{X: negated(x.X), OpPos: x.OpPos, Op: token.LOR, Y: negated(x.Y)}
		}
		if op, compares := opposite[x.Op]; compares {
			return &ast.BinaryExpr{X: x.X, OpPos: x.OpPos, Op: op, Y: x.Y}
		}
	}
	return &ast.UnaryExpr{OpPos: cond.Pos(), Op: token.NOT, X: cond}
}

// setWhenIdle reports whether a function comes to a statement only if the object counts little
// enough of something: nobody waits at one that has nothing to do.
//
//	if len(cc.streams) > 0 {
//		return
//	}
//	cc.closed = true
func (f *Facts) setWhenIdle(fn ast.Node, st ast.Stmt) (idle bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if ok && test.Pos() < st.Pos() && (contains(test.Body, st) || endsLoop(test.Body)) {
			idle = idle || f.comparesCount(test.Cond)
		}
		return !idle
	})
	return idle
}

// comparesCount reports whether a condition compares the number that a field holds, or of its elements.
func (f *Facts) comparesCount(cond ast.Expr) (compares bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		x, ok := n.(*ast.BinaryExpr)
		if !ok || opposite[x.Op] == token.ILLEGAL {
			return true
		}
		count := ast.Unparen(x.X)
		if call, isCall := count.(*ast.CallExpr); isCall && f.isBuiltin(call, "len") {
			count = ast.Unparen(call.Args[0])
		} else if !isInteger(f.pkg.TypeOf(count)) {
			return true
		}
		v, isVar := f.field(count).(*types.Var)
		compares = compares || isVar && v.IsField()
		return !compares
	})
	return compares
}
