package facts

import "go/ast"

// A Flow is the control-flow graph of one function, and the lock states on it.
type Flow struct{}

// Flow returns the control flow of fn, an *ast.FuncDecl or *ast.FuncLit.
func (p *Package) Flow(fn ast.Node) *Flow { panic("not built yet") }
