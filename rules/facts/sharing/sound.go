package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function that gives up waiting for a goroutine says so by an error: where it returns none, the
// goroutine has ended.
//
//	func Run(ctx context.Context, f func() error) error {
//		done := make(chan error, 1)
//		go func() { done <- f() }()
//		select {
//		case err := <-done:
//			return err
//		case <-ctx.Done():
//			return ctx.Err()
//		}
//	}

// failsUnjoined reports whether a function returns an error on each way on which it has not waited
// for the goroutine that it has started at a point.
func (f *Facts) failsUnjoined(fn *function, start facts.Point, joins func(ast.Node) bool) bool {
	results := fn.obj.Signature().Results()
	if results.Len() == 0 || !types.Identical(results.At(results.Len()-1).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	return !f.leads(f.pkg.Flow(fn.node), start, func(p facts.Point) bool {
		ret, ok := p.Block.Nodes[p.Index].(*ast.ReturnStmt)
		return ok && (len(ret.Results) == 0 || !f.surelyFails(ret.Results[len(ret.Results)-1]))
	}, joins)
}

// surelyFails reports whether an expression is an error: a new one, one of a package's, why a
// context is over.
func (f *Facts) surelyFails(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		v, ok := f.holder(e).(*types.Var)
		return ok && v.Kind() == types.PackageVar
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch callee.FullName() {
	case "(context.Context).Err", "context.Cause", "errors.New", "fmt.Errorf":
		return true
	}
	return false
}

// behindSuccess reports whether a node of a function stands behind a test that leaves it with the
// error that a call has returned.
//
//	err := Run(ctx, func() error { n = count(); return nil })
//	if err != nil {
//		return err
//	}
//	use(n)
func (f *Facts) behindSuccess(in *function, call, at ast.Node) (behind bool) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			behind = behind || n.Init != nil && within(n.Init, call) && f.leavesWith(n, n.Init, at)
		case *ast.BlockStmt:
			for i, st := range n.List[:max(len(n.List)-1, 0)] {
				test, ok := n.List[i+1].(*ast.IfStmt)
				behind = behind || ok && test.Init == nil && within(st, call) && f.leavesWith(test, st, at)
			}
		}
		return !behind && within(n, call)
	})
	return behind
}

// leavesWith reports whether a test leaves with the error that a statement sets, and a node stands
// behind that.
func (f *Facts) leavesWith(test *ast.IfStmt, set ast.Stmt, at ast.Node) bool {
	return leaves(test.Body) && at.Pos() >= test.Body.End() && f.failedBy(test, set)
}
