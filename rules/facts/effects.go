package facts

import (
	"go/ast"
	"go/types"
)

// effects keeps what was found out about functions and variables of the
// package, in the course of answering what a piece of code can do. Each question
// has its file: does it return (noreturn.go), is it pure (effects_pure.go), can
// its value change (effects_stable.go), can it wait (effects_blocks.go), can it
// operate on a lock (effects_touch.go).
//
// All answers lean to the cautious side: what is not known is assumed to happen.
type effects struct {
	endings   map[*ast.FuncDecl]ending
	pures     map[*types.Func]bool
	harmless  map[*types.Func]bool // neither waits nor takes long
	touches   map[*ast.FuncDecl]*touch
	variables *variables
}

// typeOf returns the type of an expression; an invalid type, of which nothing
// good is assumed, where the checker gave none (in files that use cgo).
func (p *Package) typeOf(e ast.Expr) types.Type {
	if t := p.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}
