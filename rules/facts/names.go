package facts

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/syntax"
)

// ObjectOf is what an identifier declares or stands for, as Info has it, but asked for faster.
func (p *Package) ObjectOf(id *ast.Ident) types.Object { return p.Names().Of(id) }

// Use is what an identifier stands for that declares nothing, as Info has it, but asked for faster.
func (p *Package) Use(id *ast.Ident) types.Object { return p.Names().Use(id) }

// Def is what an identifier declares, as Info has it, but asked for faster.
func (p *Package) Def(id *ast.Ident) types.Object { return p.Names().Def(id) }

// TypeOf is the type of an expression, as Info has it, but asked for faster.
func (p *Package) TypeOf(e ast.Expr) types.Type {
	if id := nameOf(e); id != nil {
		if v, ok := p.ObjectOf(id).(*types.Var); ok {
			return v.Type()
		}
	}
	return p.Info.TypeOf(e)
}

// IsType reports whether an expression denotes a type, as Info has it, but asked for faster.
func (p *Package) IsType(e ast.Expr) bool {
	if id := nameOf(e); id != nil {
		_, is := p.ObjectOf(id).(*types.TypeName)
		return is
	}
	return p.Info.Types[e].IsType()
}

// IsNil reports whether an expression is the predeclared nil.
func (p *Package) IsNil(e ast.Expr) bool {
	if e == nil {
		return false
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok || id.Name != "nil" {
		return false
	}
	_, is := p.Use(id).(*types.Nil)
	return is
}

// nameOf is the identifier that says what a name stands for, qualified or not; nil for other
// expressions.
func nameOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

// Names are what the identifiers of the package stand for.
func (p *Package) Names() *syntax.Names {
	if p.byPlace == nil {
		p.byPlace = syntax.NewNames(p.Syntax(), p.Info)
	}
	return p.byPlace
}
