package channels

import (
	"go/ast"
	"go/types"
)

// closedInstead reports whether a function closes the channel of an object of its own, or of a
// method's receiver, on ways on which it does not come to start the goroutine that closes it as
// well: that the method is called twice would be a mistake with one close, too.
//
//	l := &lister{names: make(chan string)}
//	if err != nil {
//		close(l.names)
//		return l
//	}
//	go func() { defer close(l.names); … }()
func (f *Facts) closedInstead(op, other *ClassOp) bool {
	root := f.Root(op.Chan)
	starts := f.startedOnly(other.Fn)
	if root == nil || len(starts) == 0 {
		return false
	}
	if v := f.Variable(root); v == nil || v.Kind() != types.RecvVar && (v.Kind() != types.LocalVar || !f.madeAt(v)) {
		return false
	}
	flow := f.pkg.Flow(op.Fn)
	for _, start := range starts {
		if start.in != op.Fn {
			return false
		}
		if after, _ := flow.Follows(start.stmt, op.Node); after {
			return false
		}
		if after, _ := flow.Follows(op.Node, start.stmt); after {
			return false
		}
	}
	return true
}

// choosesOne reports whether a condition reads a local variable that the function of a Once sets:
// of all who come, one finds it set.
//
//	first := false
//	s.once.Do(func() { first = true })
//	if first { close(s.done) }
func (f *Facts) choosesOne(fn ast.Node, cond ast.Expr) (chooses bool) {
	asked := map[*types.Var]bool{}
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if v := f.Variable(e); v != nil && v.Kind() == types.LocalVar {
				asked[v] = true
			}
		}
		return true
	})
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return !chooses
		}
		callee, _ := f.pkg.Callee(call).(*types.Func)
		lit, literal := ast.Unparen(call.Args[0]).(*ast.FuncLit)
		if literal && callee != nil && callee.FullName() == "(*sync.Once).Do" {
			for v := range asked {
				chooses = chooses || f.setsAnywhere(lit.Body, v)
			}
		}
		return !chooses
	})
	return chooses
}
