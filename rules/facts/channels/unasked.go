package channels

import (
	"go/ast"
	"go/types"
)

// closedUnasked returns the calls that close a channel which a function has made for a stream
// to read its requests from, and on which it has sent nothing till then: there is nothing to
// answer.
//
//	in := make(chan request)
//	answers := pipe(in)
//	select {
//	case in <- r:
//		close(in)
//	case <-ctx.Done():
//		close(in)
//		return ctx.Err()
//	}
func (f *Facts) closedUnasked(fn ast.Node, st *ast.AssignStmt) map[ast.Node]bool {
	unasked := map[ast.Node]bool{}
	call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return unasked
	}
	for _, arg := range call.Args {
		v := f.Variable(arg)
		if v == nil || v.Kind() != types.LocalVar {
			continue
		}
		sends, closes := f.sendsAndCloses(fn, v)
		for _, end := range closes {
			if !f.anyPrecedes(fn, sends, end) {
				unasked[end] = true
			}
		}
	}
	return unasked
}

// sendsAndCloses returns what a function sends on the channel of a variable, and where it
// closes that. A send in a literal may come at any time: then no close is known.
func (f *Facts) sendsAndCloses(fn ast.Node, v *types.Var) (sends, closes []ast.Node) {
	inLiteral := false
	f.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		_, home := functionAt(stack)
		switch n := n.(type) {
		case *ast.SendStmt:
			if f.Variable(n.Chan) == v {
				sends = append(sends, n)
				inLiteral = inLiteral || home > 0
			}
		case *ast.ExprStmt:
			if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && home == 0 && f.closesVar(call, v) {
				closes = append(closes, call)
			}
		}
		return true
	})
	if inLiteral {
		return sends, nil
	}
	return sends, closes
}

// closesVar reports whether a call closes the channel of a variable.
func (f *Facts) closesVar(call *ast.CallExpr, v *types.Var) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && len(call.Args) == 1 && f.pkg.Use(id) == types.Universe.Lookup("close") && f.Variable(call.Args[0]) == v
}

func (f *Facts) anyPrecedes(fn ast.Node, nodes []ast.Node, before ast.Node) bool {
	for _, n := range nodes {
		if some, _ := f.pkg.Flow(fn).Precedes(n, before); some {
			return true
		}
	}
	return false
}
