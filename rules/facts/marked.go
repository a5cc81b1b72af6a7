package facts

import (
	"go/ast"
	"go/types"
)

// ComesBackMarked reports whether a function marks the context that it hands to a call which
// comes back to its lock, and a function on the way asks for the mark: that is how it is kept
// from coming back.
//
//	ctx = context.WithValue(ctx, inner, true); c.do(ctx) // under c.mu
//	if ctx.Value(inner) == nil { c.refresh(ctx) }        // which takes c.mu
func (p *Package) ComesBackMarked(fn ast.Node, r Relock) bool {
	marks := map[types.Object]bool{}
	p.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if made, isFunc := p.calleeIn(call, ok); isFunc && call.Pos() < r.Call.End() && len(call.Args) == 3 && IsFunc(made, "context.WithValue") {
			marks[p.objectOf(call.Args[1])] = true
		}
		return true
	})
	delete(marks, nil)
	if len(marks) == 0 {
		return false
	}
	for _, hop := range r.Chain {
		if decl := p.declAt(hop.At); decl != nil && p.asksMark(decl, marks) {
			return true
		}
	}
	return false
}

// asksMark reports whether a function asks a context for one of some keys.
func (p *Package) asksMark(decl *ast.FuncDecl, marks map[types.Object]bool) (asks bool) {
	p.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if asked, isFunc := p.calleeIn(call, ok); isFunc && len(call.Args) == 1 && IsFunc(asked, "(context.Context).Value") {
			asks = asks || marks[p.objectOf(call.Args[0])]
		}
		return !asks
	})
	return asks
}

func (p *Package) calleeIn(call *ast.CallExpr, is bool) (*types.Func, bool) {
	if !is {
		return nil, false
	}
	fn, ok := p.Callee(call).(*types.Func)
	return fn, ok
}

// objectOf returns what a name, or a selected one, stands for; nil of any other expression.
func (p *Package) objectOf(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return p.ObjectOf(e)
	case *ast.SelectorExpr:
		return p.ObjectOf(e.Sel)
	}
	return nil
}

// declAt returns the function of the package that a position lies in.
func (p *Package) declAt(at Position) *ast.FuncDecl {
	pos := p.Pos(at)
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && pos.IsValid() && fn.Pos() <= pos && pos < fn.End() {
				return fn
			}
		}
	}
	return nil
}
