package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// countsOut reports whether the only goroutine that receives adds up what it gets, and leaves
// where that has come to nought: a sender who counts himself out has been counted in.
//
//	case n := <-f.senders:
//		count += n
//	…
//	if count <= 0 { return } // f.senders <- -1 comes before
func (f *Facts) countsOut(c *Class, send *ast.SendStmt) bool {
	n := f.pkg.Info.Types[send.Value].Value
	receives := c.Of(Receive, Range)
	if n == nil || n.Kind() != constant.Int || constant.Sign(n) >= 0 || len(receives) != 1 {
		return false
	}
	loop := f.endlessAround(receives[0])
	if loop == nil {
		return false
	}
	sum, nought := f.sumOf(receives[0]), true
	for _, way := range f.waysOut(loop) {
		nought = nought && sum != nil && f.underNought(loop, way, sum)
	}
	return nought
}

// endlessAround returns the loop without a condition around a receive, nil if there is none.
func (f *Facts) endlessAround(r *ClassOp) *ast.ForStmt {
	loops := f.loopsAround(r.Fn, r.Node)
	if len(loops) == 0 {
		return nil
	}
	loop, ok := loops[len(loops)-1].(*ast.ForStmt)
	if !ok || loop.Cond != nil {
		return nil
	}
	return loop
}

// waysOut returns the statements by which control leaves a loop, and some more that jump.
func (f *Facts) waysOut(loop *ast.ForStmt) (all []ast.Node) {
	f.pkg.PreorderStack(loop.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			all = append(all, n)
		case *ast.BranchStmt:
			if n.Label != nil || n.Tok == token.BREAK && !breaksInner(stack) {
				all = append(all, n)
			}
		}
		return true
	})
	return all
}

// breaksInner reports whether a statement around ends by a break, and not the loop itself.
func breaksInner(stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			return true
		}
		return false
	})
}

// underNought reports whether a node runs only where a sum has come to nought.
func (f *Facts) underNought(loop, n ast.Node, sum *types.Var) bool {
	under := false
	f.pkg.Inspect(loop, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		if !ok || under || !contains(test.Body, n) {
			return !under
		}
		for _, cond := range conjuncts(test.Cond) {
			v, op, bound := f.bounded(cond)
			under = under || v == sum && (op == token.LEQ || op == token.EQL) && constant.Sign(bound) == 0
		}
		return true
	})
	return under
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

// takesTheRest reports whether the only goroutine that receives counts down with each receive, and
// before it leaves takes one more for each that is still out:
//
//	case <-h.done:
//		active--
//	case <-h.quit:
//		for ; active > 0; active-- { <-h.done }
//		return
func (f *Facts) takesTheRest(c *Class) bool {
	receives := c.Of(Receive)
	if len(receives) < 2 || len(c.Of(Range)) > 0 || slices.ContainsFunc(receives, func(r *ClassOp) bool { return r.Fn != receives[0].Fn }) {
		return false
	}
	i := slices.IndexFunc(receives, func(r *ClassOp) bool { return f.endlessAround(r) != nil && r.Case != nil })
	if i < 0 {
		return false
	}
	loop, out := f.endlessAround(receives[i]), f.countedDown(receives[i].Case)
	ways := f.waysOut(loop)
	return out != nil && len(ways) > 0 && !slices.ContainsFunc(ways, func(way ast.Node) bool { return !f.restTaken(loop, way, out, receives) })
}

// countedDown returns the variable that a case counts down first, nil if there is none.
func (f *Facts) countedDown(clause *ast.CommClause) *types.Var {
	if len(clause.Body) == 0 {
		return nil
	}
	if dec, ok := clause.Body[0].(*ast.IncDecStmt); ok && dec.Tok == token.DEC {
		return f.Variable(dec.X)
	}
	return nil
}

// restTaken reports whether a loop that receives until a variable has come to nought stands right
// before a way out.
func (f *Facts) restTaken(loop *ast.ForStmt, way ast.Node, out *types.Var, receives []*ClassOp) (taken bool) {
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		clause, ok := n.(*ast.CommClause)
		if !ok {
			return !taken
		}
		i := slices.IndexFunc(clause.Body, func(st ast.Stmt) bool { return ast.Node(st) == way })
		if i < 1 {
			return !taken
		}
		rest, ok := clause.Body[i-1].(*ast.ForStmt)
		taken = taken || ok && rest.Cond != nil && f.asksWhetherAny(rest.Cond, out) && slices.ContainsFunc(receives, func(r *ClassOp) bool { return r.Alone() && contains(rest, r.Node) })
		return !taken
	})
	return taken
}

// asksWhetherAny reports whether a condition holds while a variable is above nought: active > 0.
func (f *Facts) asksWhetherAny(cond ast.Expr, v *types.Var) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.GTR && b.Op != token.NEQ || f.Variable(b.X) != v {
		return false
	}
	n := f.pkg.Info.Types[b.Y].Value
	return n != nil && n.Kind() == constant.Int && constant.Sign(n) == 0
}
