package channels

import (
	"go/ast"
	"go/types"
	"strings"
)

// commandFunctions returns the functions that a command of the program runs, as the libraries
// for command lines have it: when one returns the program ends.
//
//	var index = &cobra.Command{Use: "index", RunE: func(…) error { … }}
func (f *Facts) commandFunctions() map[ast.Node]bool {
	if f.commands != nil {
		return f.commands
	}
	f.commands = map[ast.Node]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !f.isCommand(lit) {
				return true
			}
			for _, elt := range lit.Elts {
				kv, ok := elt.(*ast.KeyValueExpr)
				if ok && runsCommand[types.ExprString(kv.Key)] {
					f.noteCommand(kv.Value)
				}
			}
			return true
		})
	}
	return f.commands
}

// runsCommand are the fields that hold such functions.
var runsCommand = map[string]bool{"Run": true, "RunE": true, "Action": true}

// isCommand reports whether a literal is of another package's type Command.
func (f *Facts) isCommand(lit *ast.CompositeLit) bool {
	t := f.pkg.TypeOf(lit)
	if t == nil {
		return false
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && strings.HasSuffix(named.Obj().Name(), "Command") && named.Obj().Pkg() != f.pkg.Types
}

// noteCommand notes a literal, or a function of the package.
func (f *Facts) noteCommand(x ast.Expr) {
	if lit, ok := ast.Unparen(x).(*ast.FuncLit); ok {
		f.commands[lit] = true
		return
	}
	if decl := f.pkg.Body(&ast.CallExpr{Fun: x}); decl != nil {
		f.commands[decl] = true
	}
}
