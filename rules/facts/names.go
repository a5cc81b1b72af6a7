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
	if id, ok := e.(*ast.Ident); ok {
		if v, ok := p.ObjectOf(id).(*types.Var); ok {
			return v.Type()
		}
	}
	return p.Info.TypeOf(e)
}

// Names are what the identifiers of the package stand for.
func (p *Package) Names() *syntax.Names {
	if p.byPlace == nil {
		p.byPlace = syntax.NewNames(p.Syntax(), p.Info)
	}
	return p.byPlace
}
