package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// countsOut reports whether the only goroutine that receives adds up what it gets, and leaves
// where that has come to nought: a sender who counts himself out has been counted in.
//
//	case n := <-f.senders:
//		count += n
//	…
//	if count <= 0 { return } // f.senders <- -1 comes before
func (f *Facts) countsOut(c *Class, d *Deserted, send *ast.SendStmt) bool {
	n := f.pkg.Info.Types[send.Value].Value
	receives := c.Of(Receive, Range)
	if n == nil || n.Kind() != constant.Int || constant.Sign(n) >= 0 || len(receives) != 1 || d.Exit == nil {
		return false
	}
	sum := f.sumOf(receives[0])
	for _, test := range conditionsAround(receives[0].Fn, d.Exit) {
		for _, cond := range conjuncts(test) {
			v, op, bound := f.bounded(cond)
			if v != nil && v == sum && (op == token.LEQ || op == token.EQL) && constant.Sign(bound) == 0 {
				return true
			}
		}
	}
	return false
}

// sumOf returns the variable to which what is received is added, nil if there is none.
func (f *Facts) sumOf(r *ClassOp) (sum *types.Var) {
	var got *types.Var
	f.pkg.Inspect(r.Fn, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || len(st.Rhs) != 1 {
			return true
		}
		value := ast.Unparen(st.Rhs[0])
		switch received := ast.Node(value) == r.Node; {
		case st.Tok == token.ADD_ASSIGN && (received || got != nil && f.Variable(value) == got):
			sum = f.Variable(st.Lhs[0])
		case received:
			got = f.Variable(st.Lhs[0])
		}
		return true
	})
	return sum
}
