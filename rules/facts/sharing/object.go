package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// calledAt returns the call of which a selector is the function, of a method of
// its operand; nil if it is none. k is where the selector stands in the stack.
func (w *walker) calledAt(k int, sel *ast.SelectorExpr, child ast.Node) *ast.CallExpr {
	if sel.X != child || k == 0 || w.pkg.Info.Selections[sel] == nil || w.pkg.Info.Selections[sel].Kind() != types.MethodVal {
		return nil
	}
	call, ok := w.stack[k-1].(*ast.CallExpr)
	if !ok || ast.Unparen(call.Fun) != sel {
		return nil
	}
	return call
}

// operates notes that a call is of a method of an object that takes no lock: the
// models say whether that changes what the object holds.
func (w *walker) operates(a *Access, call *ast.CallExpr) bool {
	if a.Content || a.Element || !w.pkg.Unsynchronised(w.pkg.TypeOf(a.Expr)) || w.sourced(a.Var) {
		return false
	}
	model := w.pkg.Model(call)
	if model == nil {
		return false
	}
	if a.Apart = model.Apart && !model.Mutates; a.Apart {
		return a.reads()
	}
	a.operate(call, model.Mutates)
	a.Line = w.pkg.ApartFromReads(w.pkg.TypeOf(a.Expr))
	return true
}

func (a *Access) operate(call *ast.CallExpr, write bool) {
	a.Content, a.Object, a.Use = true, !isMap(a.Var.Type()), call
	a.Read, a.Write = true, write
}

// fills reports whether a call changes the object that is its first argument.
func (w *walker) fills(call *ast.CallExpr, arg ast.Node) bool {
	model := w.pkg.Model(call)
	return model != nil && model.Fills && len(call.Args) > 0 && call.Args[0] == arg
}

// goesToKnown notes what becomes of the address of an object that takes no lock,
// where that is seen: a function that fills it, or one of this package.
func (w *walker) goesToKnown(a *Access, address *ast.UnaryExpr, depth int) bool {
	if depth == 0 || !w.pkg.Unsynchronised(w.pkg.TypeOf(a.Expr)) {
		return false
	}
	call, ok := w.stack[depth-1].(*ast.CallExpr)
	if !ok || ast.Unparen(call.Fun) == address {
		return false
	}
	if w.fills(call, address) {
		a.operate(call, true)
		return true
	}
	if fn, ok := w.pkg.Callee(call).(*types.Func); ok && w.decls[fn.Origin()] != nil {
		return a.reads()
	}
	return false
}

// sourced reports whether a random generator may have a source of the package's
// own, which may take a lock.
func (w *walker) sourced(v *types.Var) bool {
	named := namedOf(v.Type())
	if named == nil || named.Name() != "Rand" {
		return false
	}
	if w.sources == unasked {
		w.sources = no
		for _, file := range w.pkg.Files {
			w.Facts.pkg.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && w.ownSource(call) {
					w.sources = yes
				}
				return true
			})
		}
	}
	return w.sources == yes
}

// ownSource reports whether a call makes a random generator of a source that is
// not one of the standard library, made right there.
func (w *walker) ownSource(call *ast.CallExpr) bool {
	fn, ok := w.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Name() != "New" || fn.Pkg().Path() != "math/rand" && fn.Pkg().Path() != "math/rand/v2" || len(call.Args) != 1 {
		return false
	}
	source, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	if !ok {
		return true
	}
	maker, ok := w.pkg.Callee(source).(*types.Func)
	return !ok || maker.Pkg() != fn.Pkg()
}

// onlyApart reports whether an access is of a connection by what does not mind who writes, and the
// variable keeps the connection that it was given first.
func (f *Facts) onlyApart(a *Access) bool {
	return a.Apart && !slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool { return b.Write && !b.Object && f.ownerOf(b) != Own })
}
