package order

import (
	"go/ast"
	"go/token"
	"go/types"
)

// shown reports whether a variable is used before a position otherwise than to
// select a field of it, or to call a method that keeps it to itself: then others may know its object.
func (w *walker) shown(v *types.Var, before token.Pos) bool {
	return w.shows(w.root, v, before, map[*types.Func]bool{})
}

// shows is shown for what stands in a node; the methods are those that are being looked at.
func (w *walker) shows(root ast.Node, v *types.Var, before token.Pos, seen map[*types.Func]bool) (shown bool) {
	own := make(map[*ast.Ident]bool)
	w.collector.pkg.Inspect(root, func(n ast.Node) bool {
		if shown || n.Pos() >= before {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			if root == w.root && n.Else == nil && n.End() <= before && returns(n.Body) {
				shown = w.shows(n.Cond, v, before, seen) || n.Init != nil && w.shows(n.Init, v, before, seen)
				return false // who comes on has not been there
			}
		case *ast.GoStmt:
			shown = mentions(w.pkg.Info, n, v)
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if id := w.receiver(sel); ok && id != nil && w.pkg.Use(id) == types.Object(v) {
				own[id] = w.keeps(w.pkg.Callee(n), seen)
			}
		case *ast.SelectorExpr:
			if id := w.receiver(n); id != nil && !own[id] {
				sel := w.pkg.Info.Selections[n]
				own[id] = sel != nil && (sel.Kind() == types.FieldVal || lockMethods[n.Sel.Name])
			}
		case *ast.FuncLit:
			if n.Pos() < before && before < n.End() && w.pkg.Info.Uses != nil && v.Pos() < n.Pos() {
				shown = true // the literal runs at another time
			}
		case *ast.Ident:
			shown = w.pkg.Use(n) == types.Object(v) && !own[n]
		}
		return !shown
	})
	return shown
}

// returns reports whether a block ends in a return.
func returns(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	_, ok := block.List[len(block.List)-1].(*ast.ReturnStmt)
	return ok
}

// receiver returns the variable that something is selected of, if it is one.
func (w *walker) receiver(sel *ast.SelectorExpr) *ast.Ident {
	if sel == nil {
		return nil
	}
	id, _ := ast.Unparen(sel.X).(*ast.Ident)
	return id
}

// keeps reports whether a function is a method of this package that shows its receiver to nobody: it
// uses the fields of it, and calls such methods.
func (w *walker) keeps(callee types.Object, seen map[*types.Func]bool) bool {
	method, ok := callee.(*types.Func)
	if !ok || seen[method] {
		return ok
	}
	decl := w.pkg.Declaration(method)
	if decl == nil || decl.Body == nil || decl.Recv == nil || len(decl.Recv.List[0].Names) == 0 {
		return decl != nil && decl.Recv != nil
	}
	seen[method] = true
	recv := w.collector.pkg.Declaration(method).Recv.List[0].Names[0]
	self, ok := w.pkg.Info.Defs[recv].(*types.Var)
	return ok && !w.shows(decl.Body, self, decl.End(), seen) && !captured(w.pkg.Info, decl.Body, self)
}

// captured reports whether a literal uses a variable: it may run when others do.
func captured(info *types.Info, body ast.Node, v *types.Var) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && mentions(info, lit, v) {
			found = true
		}
		return !found
	})
	return found
}

func mentions(info *types.Info, n ast.Node, v *types.Var) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && info.Uses[id] == types.Object(v)
		return !found
	})
	return found
}
