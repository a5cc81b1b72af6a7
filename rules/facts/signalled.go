package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// onlySignalled reports whether a channel is a local one that the signals of the system come
// by, and that nobody has who could close it: package os/signal does not.
//
//	c := make(chan os.Signal, 1)
//	signal.Notify(c, os.Interrupt)
//	for range c { … }
func (p *Package) onlySignalled(v *types.Var) bool {
	ch, ok := v.Type().Underlying().(*types.Chan)
	if !ok || v.Kind() != types.LocalVar || ch.Elem().String() != "os.Signal" {
		return false
	}
	only, notified := true, false
	for _, file := range p.Files {
		if v.Pos() < file.FileStart || file.FileEnd <= v.Pos() {
			continue
		}
		p.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && p.Use(id) == v {
				call, called := stack[len(stack)-1].(*ast.CallExpr)
				only = only && (called && p.ofSignals(call) || hears(stack[len(stack)-1]))
				notified = notified || called
			}
			return only
		})
	}
	return only && notified
}

// ofSignals reports whether a call tells package os/signal of a channel.
func (p *Package) ofSignals(call *ast.CallExpr) bool {
	fn, ok := p.Callee(call).(*types.Func)
	return ok && (fn.FullName() == "os/signal.Notify" || fn.FullName() == "os/signal.Stop")
}

// hears reports whether what stands around a channel receives from it.
func hears(n ast.Node) bool {
	receive, ok := n.(*ast.UnaryExpr)
	_, loop := n.(*ast.RangeStmt)
	return loop || ok && receive.Op == token.ARROW
}
