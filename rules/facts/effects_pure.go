package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Pure reports whether evaluating an expression has no effect that anybody
// could see and cannot block: it receives from no channel, writes nothing that
// existed before, and calls nothing but conversions, harmless builtins, calls
// that the models know as pure, and functions of this package that only return
// a pure expression.
//
// A pure expression may allocate (evaluated twice it may give two objects), may
// panic (nil pointer, index, division, failed assertion), and may read shared
// memory: for that see [Package.Stable].
func (p *Package) Pure(e ast.Expr) bool {
	pure := true
	p.inspectOwn(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			pure = pure && n.Op != token.ARROW
		case *ast.CallExpr:
			pure = pure && p.pureCall(n)
		}
		return pure
	})
	return pure
}

// pureCall reports whether the call itself, its operands aside, is pure.
func (p *Package) pureCall(call *ast.CallExpr) bool {
	if p.IsType(call.Fun) {
		return true
	}
	switch fn := p.Callee(call).(type) {
	case *types.Builtin:
		return pureBuiltins[fn.Name()]
	case *types.Func:
		if m := p.Model(call); m != nil {
			return m.Pure && (m.Opaque || !p.handsOut(call))
		}
		if decl := p.Body(call); decl != nil {
			return p.pureBody(fn.Origin(), decl)
		}
	}
	return false
}

// pureBuiltins have no effect. append is not here: it may write behind the
// length of a slice that others share.
var pureBuiltins = map[string]bool{
	"len": true, "cap": true, "make": true, "new": true, "min": true, "max": true,
	"complex": true, "real": true, "imag": true,
	"Add": true, "Alignof": true, "Offsetof": true, "Sizeof": true,
	"Slice": true, "SliceData": true, "String": true, "StringData": true, // of unsafe
}

// pureBody reports whether a function does nothing but return pure expressions.
// A recursive one does not count.
func (p *Package) pureBody(fn *types.Func, decl *ast.FuncDecl) bool {
	if pure, ok := p.pures[fn]; ok {
		return pure
	}
	if p.pures == nil {
		p.pures = map[*types.Func]bool{}
	}
	p.pures[fn] = false
	p.pures[fn] = p.returnsPure(decl.Body.List)
	return p.pures[fn]
}

func (p *Package) returnsPure(body []ast.Stmt) bool {
	if len(body) == 0 {
		return true
	}
	ret, ok := body[0].(*ast.ReturnStmt)
	if !ok || len(body) > 1 {
		return false
	}
	for _, e := range ret.Results {
		if !p.Pure(e) {
			return false
		}
	}
	return true
}
