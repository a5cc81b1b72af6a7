package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// atomicOperand returns what a call of sync/atomic works on, by a function or by a method of an
// atomic type, and the name of what it does: Load, Store, Add, Swap or CompareAndSwap.
//
//	atomic.LoadInt32(&s.closed)
//	s.closed.Load()
func (f *Facts) atomicOperand(call *ast.CallExpr) (x ast.Expr, does string) {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" {
		return nil, ""
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && fn.Signature().Recv() != nil {
		return sel.X, fn.Name()
	}
	if len(call.Args) == 0 {
		return nil, ""
	}
	address, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return nil, ""
	}
	for _, does := range []string{"Load", "Store", "Add", "Swap", "CompareAndSwap"} {
		if strings.HasPrefix(fn.Name(), does) {
			return address.X, does
		}
	}
	return nil, ""
}
