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
			switch n := n.(type) {
			case *ast.CompositeLit:
				f.noteCommands(n)
			case *ast.AssignStmt:
				sel, ok := n.Lhs[0].(*ast.SelectorExpr)
				if ok && len(n.Lhs) == 1 && runsCommand[sel.Sel.Name] && f.isCommand(sel.X) {
					f.noteCommand(n.Rhs[0])
				}
			}
			return true
		})
	}
	return f.commands
}

// runsCommand are the fields that hold such functions.
var runsCommand = map[string]bool{"Run": true, "RunE": true, "Action": true}

// noteCommands notes what a literal of a command holds.
func (f *Facts) noteCommands(lit *ast.CompositeLit) {
	if !f.isCommand(lit) {
		return
	}
	for _, elt := range lit.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if ok && runsCommand[types.ExprString(kv.Key)] {
			f.noteCommand(kv.Value)
		}
	}
}

// isCommand reports whether an expression is of another package's type Command, or points to one.
func (f *Facts) isCommand(x ast.Expr) bool {
	t := f.pkg.TypeOf(x)
	if t == nil {
		return false
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && strings.HasSuffix(named.Obj().Name(), "Command") && named.Obj().Pkg() != f.pkg.Types
}

// noteCommand notes a literal, or a function of the package, also as a call wraps it up.
//
//	cmd.RunE = wrap(runIndex)
func (f *Facts) noteCommand(x ast.Expr) {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok && len(call.Args) == 1 {
		x = call.Args[0]
	}
	if lit, ok := ast.Unparen(x).(*ast.FuncLit); ok {
		f.commands[lit] = true
		return
	}
	if decl := f.pkg.Body(&ast.CallExpr{Fun: x}); decl != nil {
		f.commands[decl] = true
	}
}
