// Package sections answers what a function does to one element of a guarded map in two critical sections,
// one after the other.
//
// # Theory
//
// Each section by itself is free of data races; what the function does with both is not atomic. Between
// them another goroutine can do the same: then both find an element missing, and both make it. Such
// atomicity violations are the larger part of the non-blocking bugs that the race detector does not tell
// (Lu et al., ASPLOS 2008; Tu et al., ASPLOS 2019, "lack of atomicity").
//
// # Words
//
// A use of an element is a look or a store. It stands in the function, under a lock that the function
// takes, or is the call of a method that is one such section and nothing else. An element is named by the
// map and the words of its key.
package sections

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Facts answers the questions of this package about one package.
type Facts struct {
	pkg       *facts.Package
	helpers   map[*types.Func]*helper
	written   map[*types.TypeName]bool
	callees   map[*types.Func][]*ast.FuncDecl // who names a function; made when first asked for
	overtaken map[ast.Node][]Overtake
}

type key struct{}

// Of returns the facts about a package, which are made once.
func Of(pkg *facts.Package) *Facts {
	return pkg.Keep(key{}, func() any {
		return &Facts{
			pkg:       pkg,
			helpers:   map[*types.Func]*helper{},
			written:   map[*types.TypeName]bool{},
			overtaken: map[ast.Node][]Overtake{},
		}
	}).(*Facts)
}

// variable returns the variable that an expression names, nil if it is no plain name of one.
func (f *Facts) variable(x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.ObjectOf(id).(*types.Var)
	return v
}

// own visits what a function evaluates itself: not what stands in literals.
func (f *Facts) own(body ast.Node, visit func(n ast.Node, stack []ast.Node)) {
	f.pkg.PreorderStack(body, nil, func(n ast.Node, stack []ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		visit(n, stack)
		return true
	})
}

func bodyOf(fn ast.Node) *ast.BlockStmt {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return nil
}
