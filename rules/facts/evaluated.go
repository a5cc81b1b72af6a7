package facts

import (
	"go/ast"
	"go/token"
)

// Evaluated visits, outermost first, the nodes that run when control passes the
// flow node n: not the body of a function literal (the literal itself is
// visited), not the statements that a range or select statement contains. It
// does not descend where visit returns false.
func Evaluated(n ast.Node, visit func(ast.Node) bool) {
	evaluated(n, visit, func(root ast.Node, visit func(ast.Node) bool) {
		ast.Inspect(root, func(n ast.Node) bool { return n != nil && visit(n) })
	})
}

// Evaluated is [Evaluated] of a node of the package.
func (p *Package) Evaluated(n ast.Node, visit func(ast.Node) bool) { evaluated(n, visit, p.Inspect) }

func evaluated(n ast.Node, visit func(ast.Node) bool, walk func(ast.Node, func(ast.Node) bool)) {
	inspect := func(n ast.Node) bool {
		_, literal := n.(*ast.FuncLit)
		return visit(n) && !literal
	}
	switch n := n.(type) {
	case *ast.SelectStmt, *ast.BlockStmt, *ast.FuncLit:
		visit(n)
	case *ast.RangeStmt:
		if visit(n) {
			for _, part := range parts(n) {
				walk(part, inspect)
			}
		}
	default:
		walk(n, inspect)
	}
}

// parts returns what the flow node n evaluates, n itself left out.
func parts(n ast.Node) []ast.Node {
	var found []ast.Node
	switch n := n.(type) {
	case *ast.RangeStmt:
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				found = append(found, e)
			}
		}
	case *ast.SelectStmt, *ast.BlockStmt, *ast.FuncLit:
	case *ast.ExprStmt:
		return []ast.Node{n.X} // this and the next few only spare a walk
	case *ast.ParenExpr:
		return []ast.Node{n.X}
	case *ast.StarExpr:
		return []ast.Node{n.X}
	case *ast.UnaryExpr:
		return []ast.Node{n.X}
	case *ast.BinaryExpr:
		return []ast.Node{n.X, n.Y}
	default:
		ast.Inspect(n, func(child ast.Node) bool {
			if child != nil && child != n {
				found = append(found, child)
			}
			return child == n
		})
	}
	return found
}

// inOrder visits the nodes that the flow node n evaluates in the order in which
// their values are there: operands before what takes them, n itself last. maybe
// says that the node is the right operand of && or ||, or within it, and so
// need not be evaluated. The bodies of function literals are left out.
func inOrder(n ast.Node, visit func(n ast.Node, maybe bool)) {
	order(n, false, visit)
}

func order(n ast.Node, maybe bool, visit func(n ast.Node, maybe bool)) {
	switch n := n.(type) {
	case *ast.Ident, *ast.BasicLit:
		visit(n, maybe)
		return
	case *ast.SelectorExpr:
		order(n.X, maybe, visit) // the name alone is evaluated to nothing
		visit(n, maybe)
		return
	case *ast.CallExpr:
		order(n.Fun, maybe, visit)
		for _, arg := range n.Args {
			order(arg, maybe, visit)
		}
		visit(n, maybe)
		return
	}
	logical := false
	if b, ok := n.(*ast.BinaryExpr); ok {
		logical = b.Op == token.LAND || b.Op == token.LOR
	}
	for i, part := range parts(n) {
		order(part, maybe || logical && i > 0, visit)
	}
	visit(n, maybe)
}

// calls returns the calls that the flow node n is sure to make, in that order.
// The calls of go and defer statements are not among them, their operands are.
func calls(n ast.Node) []*ast.CallExpr {
	var found []*ast.CallExpr
	later := laterCall(n)
	inOrder(n, func(n ast.Node, maybe bool) {
		if call, ok := n.(*ast.CallExpr); ok && !maybe && call != later {
			found = append(found, call)
		}
	})
	return found
}

// laterCall returns the call that a go or defer statement makes later, else nil.
func laterCall(n ast.Node) *ast.CallExpr {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call
	case *ast.DeferStmt:
		return n.Call
	}
	return nil
}
