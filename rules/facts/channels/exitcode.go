package channels

import (
	"go/ast"
	"go/types"
)

// endsByExit reports whether the program ends when a function of package main returns: all that
// the package does with it is to give its result to os.Exit, or to return it from a function of
// which the same is true.
//
//	func main() { os.Exit(run(os.Args)) }
//	func run(args []string) int { …; return serve() }
func (f *Facts) endsByExit(decl *ast.FuncDecl) bool {
	if f.pkg.Types.Name() != "main" || decl.Recv != nil {
		return false
	}
	ends, known := f.exits[decl]
	if !known {
		if f.exits == nil {
			f.exits = map[*ast.FuncDecl]bool{}
		}
		f.exits[decl] = false // while it is asked: it may call itself
		ends = f.onlyExits(f.pkg.Def(decl.Name))
		f.exits[decl] = ends
	}
	return ends
}

// onlyExits reports whether a function is used, and nowhere but for the result that ends the program.
func (f *Facts) onlyExits(fn types.Object) bool {
	uses, all := 0, true
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && fn != nil && f.pkg.Use(id) == fn {
				uses++
				all = all && f.isExit(id, stack)
			}
			return all
		})
	}
	return uses > 0 && all
}

// isExit reports whether a name is called for the result that the program ends with.
func (f *Facts) isExit(id *ast.Ident, stack []ast.Node) bool {
	if len(stack) < 2 {
		return false
	}
	call, ok := stack[len(stack)-1].(*ast.CallExpr)
	if !ok || call.Fun != ast.Expr(id) {
		return false
	}
	switch parent := stack[len(stack)-2].(type) {
	case *ast.CallExpr:
		exit, ok := f.pkg.Callee(parent).(*types.Func)
		return ok && exit.FullName() == "os.Exit"
	case *ast.ReturnStmt:
		around, ok := f.around(parent).(*ast.FuncDecl)
		return ok && f.endsTheProgram(around)
	}
	return false
}
