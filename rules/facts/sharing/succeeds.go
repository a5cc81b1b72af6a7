package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function that has started a goroutine says so by no error: where it returns one, it has given up
// before.
//
//	func (c *Client) send(r *Request) error {
//		if err := c.write(r); err != nil {
//			return err
//		}
//		time.AfterFunc(r.timeout, func() { r.done(errTimeout) })
//		return nil
//	}

// succeedsBehind reports whether a function with an error among its results returns none on each way
// behind a node.
func (f *Facts) succeedsBehind(fn *function, at ast.Node) bool {
	if fn.obj == nil {
		return false
	}
	results := fn.obj.Signature().Results()
	if results.Len() == 0 || !types.Identical(results.At(results.Len()-1).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	flow := f.pkg.Flow(fn.node)
	start, ok := flow.At(at)
	return ok && !f.leads(flow, start, func(p facts.Point) bool {
		ret, ok := p.Block.Nodes[p.Index].(*ast.ReturnStmt)
		return ok && (len(ret.Results) != results.Len() || !f.pkg.IsNil(ret.Results[len(ret.Results)-1]))
	}, func(ast.Node) bool { return false })
}

// behindFailure reports whether a node of a function stands where the error is known that a call has
// returned.
//
//	err := c.send(&Request{done: func(err error) { failed = err }})
//	if err != nil {
//		failed = err
//	}
func (f *Facts) behindFailure(in *function, call, at ast.Node) (behind bool) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			behind = behind || n.Init != nil && within(n.Init, call) && f.failedBy(n, n.Init) && within(n.Body, at)
		case *ast.BlockStmt:
			for i, st := range n.List[:max(len(n.List)-1, 0)] {
				test, ok := n.List[i+1].(*ast.IfStmt)
				behind = behind || ok && test.Init == nil && within(st, call) && f.failedBy(test, st) && within(test.Body, at)
			}
		}
		return !behind && within(n, call)
	})
	return behind
}

// failedBy reports whether a test asks whether the error that a statement sets is one.
func (f *Facts) failedBy(test *ast.IfStmt, set ast.Stmt) bool {
	assign, ok := set.(*ast.AssignStmt)
	cond, isTest := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	if !ok || !isTest || cond.Op != token.NEQ || !f.pkg.IsNil(cond.Y) {
		return false
	}
	failed := f.holder(assign.Lhs[len(assign.Lhs)-1])
	return failed != nil && failed == f.holder(cond.X)
}
