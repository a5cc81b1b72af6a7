package facts

import (
	"go/ast"
	"go/types"
)

// callee returns the function or method that a call names statically; nil for
// a call of a func value, a conversion or a builtin. An interface's method is
// returned as such: it has no body anywhere.
func (p *Package) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(x.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(x.X)
	}
	var obj types.Object
	switch x := fun.(type) {
	case *ast.Ident:
		obj = p.Use(x)
	case *ast.SelectorExpr:
		obj = p.Use(x.Sel)
	}
	fn, _ := obj.(*types.Func)
	if fn == nil {
		return nil
	}
	return fn.Origin()
}

// declOf returns the declaration of fn if this package has it, else nil.
func (p *Package) declOf(fn *types.Func) *ast.FuncDecl {
	if fn == nil || fn.Pkg() != p.Types {
		return nil
	}
	if p.decls == nil {
		p.decls = p.declarations()
	}
	return p.decls[fn]
}

func (p *Package) declarations() map[*types.Func]*ast.FuncDecl {
	decls := make(map[*types.Func]*ast.FuncDecl)
	for _, file := range p.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn, ok := p.Def(decl.Name).(*types.Func); ok {
				decls[fn] = decl
			}
		}
	}
	return decls
}

// calls reports whether a call names the function name of the package path.
func (p *Package) calls(call *ast.CallExpr, path, name string) bool {
	fn := p.callee(call)
	return fn != nil && fn.Name() == name && fn.Pkg() != nil && fn.Pkg().Path() == path &&
		fn.Signature().Recv() == nil
}
