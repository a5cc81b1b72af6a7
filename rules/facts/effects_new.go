package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// MakesNew reports whether a pure expression may make a new object, or be led to by one: two
// evaluations of it then need not give the same.
//
//	func pick() *Store { return &Store{} }
//	pick().m.Load(k); …; pick().m.Store(k, v)
func (p *Package) MakesNew(e ast.Expr) bool { return p.makesNew(e, map[*ast.FuncDecl]bool{}) }

func (p *Package) makesNew(e ast.Node, seen map[*ast.FuncDecl]bool) (made bool) {
	p.inspectOwn(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			_, literal := ast.Unparen(n.X).(*ast.CompositeLit)
			made = made || n.Op == token.AND && literal
		case *ast.CompositeLit:
			made = made || hasIdentity(p.typeOf(n))
		case *ast.CallExpr:
			made = made || p.callMakesNew(n, seen)
		}
		return !made
	})
	return made
}

func (p *Package) callMakesNew(call *ast.CallExpr, seen map[*ast.FuncDecl]bool) bool {
	if b, ok := p.Callee(call).(*types.Builtin); ok {
		return b.Name() == "make" || b.Name() == "new"
	}
	decl := p.Body(call)
	if decl == nil {
		return p.modelMakesNew(call)
	}
	if seen[decl] || decl.Body == nil {
		return false
	}
	seen[decl] = true
	return p.makesNew(decl.Body, seen)
}

// modelMakesNew: what a function of another package gives by reference is taken for its own; what
// a method gives is taken for a part of the object.
func (p *Package) modelMakesNew(call *ast.CallExpr) bool {
	fn, ok := p.Callee(call).(*types.Func)
	return ok && fn.Signature().Recv() == nil && hasIdentity(p.typeOf(call))
}

// hasIdentity reports whether two values of a type can differ that were made alike.
func hasIdentity(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Chan, *types.Signature:
		return true
	case *types.Interface:
		return types.Identical(t, types.Universe.Lookup("error").Type().Underlying())
	}
	return false
}
