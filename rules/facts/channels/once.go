package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// OnceAgain returns the call by which what a Do runs comes to a Do of the same
// Once, and that Do; nil if it does not, so far as the calls of functions and
// methods of the package tell. The inner Do waits for the outer to come back.
func (f *Facts) OnceAgain(do *ast.CallExpr) (step, again *ast.CallExpr) {
	once, ok := f.onceOf(do)
	if !ok || len(do.Args) != 1 {
		return nil, nil
	}
	w := &onceWalk{f: f, seen: map[ast.Node]bool{}}
	switch fn := ast.Unparen(do.Args[0]).(type) {
	case *ast.FuncLit:
		return w.body(fn.Body, once, 0)
	case *ast.Ident, *ast.SelectorExpr:
		call := &ast.CallExpr{Fun: fn.(ast.Expr)}
		if again := w.call(call, once, 0); again != nil {
			return do, again
		}
	}
	return nil, nil
}

// A onceName names a Once in one function: by the variable that it begins with,
// and the fields from there.
type onceName struct {
	root types.Object
	path string
}

// onceOf returns which Once a call of its Do is about.
func (f *Facts) onceOf(do *ast.CallExpr) (onceName, bool) {
	sel, ok := ast.Unparen(do.Fun).(*ast.SelectorExpr)
	fn, isFunc := f.pkg.Callee(do).(*types.Func)
	if !ok || !isFunc || !facts.IsFunc(fn, "(*sync.Once).Do") {
		return onceName{}, false
	}
	return f.nameOf(sel.X)
}

func (f *Facts) nameOf(x ast.Expr) (onceName, bool) {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, ok := f.pkg.ObjectOf(x).(*types.Var)
		return onceName{root: v}, ok
	case *ast.SelectorExpr:
		inner, ok := f.nameOf(x.X)
		inner.path += "." + x.Sel.Name
		return inner, ok
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return f.nameOf(x.X)
		}
	case *ast.StarExpr:
		return f.nameOf(x.X)
	}
	return onceName{}, false
}

// A onceWalk follows calls, each function once.
type onceWalk struct {
	f    *Facts
	seen map[ast.Node]bool
}

// body looks for the Do, or for a call that comes to it, in what a function
// itself runs.
func (w *onceWalk) body(body ast.Node, once onceName, depth int) (step, again *ast.CallExpr) {
	left := false // by a branch that hangs on an argument: what stands behind it does, too
	w.f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.IfStmt, *ast.SwitchStmt:
			if depth == 0 || !w.hangsOnArgument(n) {
				return true
			}
			if branch, ok := n.(*ast.IfStmt); ok && again == nil && !left {
				step, again = w.body(branch.Cond, once, depth) // that is asked in any case
			}
			left = left || returns(n)
			return false
		case *ast.AssignStmt:
			if w.replaces(n, once) {
				step, again = nil, nil
			}
		case *ast.CallExpr:
			if again != nil || left {
				return false
			}
			if name, ok := w.f.onceOf(n); ok && name == once {
				step, again = n, n
			} else if found := w.call(n, once, depth); found != nil {
				step, again = n, found
			}
		}
		return again == nil
	})
	return step, again
}

// returns reports whether a branch can leave the function.
func returns(branch ast.Node) (leaves bool) {
	ast.Inspect(branch, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		_, is := n.(*ast.ReturnStmt)
		leaves = leaves || is
		return !leaves
	})
	return leaves
}

// hangsOnArgument reports whether a parameter of the function decides what a branch
// does: this call may be one for which it does not come to the Do.
func (w *onceWalk) hangsOnArgument(branch ast.Node) bool {
	var by []ast.Expr
	switch n := branch.(type) {
	case *ast.IfStmt:
		by = append(by, n.Cond)
	case *ast.SwitchStmt:
		by = append(by, n.Tag)
		for _, clause := range n.Body.List {
			by = append(by, clause.(*ast.CaseClause).List...)
		}
	}
	return slices.ContainsFunc(by, w.asksParameter)
}

func (w *onceWalk) asksParameter(x ast.Expr) (asks bool) {
	if x == nil {
		return false
	}
	w.f.pkg.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, ok := w.f.pkg.Use(id).(*types.Var)
			asks = asks || ok && v.Kind() == types.ParamVar
		}
		return !asks
	})
	return asks
}

// replaces reports whether an assignment sets what the Once is part of.
func (w *onceWalk) replaces(st *ast.AssignStmt, once onceName) bool {
	for _, x := range st.Lhs {
		if name, ok := w.f.nameOf(x); ok && name.root == once.root && len(name.path) <= len(once.path) && once.path[:len(name.path)] == name.path {
			return true
		}
	}
	return false
}

// call follows a call into a function of the package that knows the Once.
func (w *onceWalk) call(call *ast.CallExpr, once onceName, depth int) *ast.CallExpr {
	decl := w.f.pkg.SoleBody(call)
	if decl == nil || depth > 2*deepest || w.seen[decl] {
		return nil
	}
	inner := once
	if v, ok := once.root.(*types.Var); ok && v.Kind() != types.PackageVar {
		if inner.root = w.passedTo(call, decl, once.root); inner.root == nil {
			return nil
		}
	}
	w.seen[decl] = true
	_, again := w.body(decl.Body, inner, depth+1)
	return again
}

// passedTo returns the receiver or the parameter of a function that is a variable of its
// caller's, nil if none is.
func (w *onceWalk) passedTo(call *ast.CallExpr, decl *ast.FuncDecl, v types.Object) types.Object {
	is := func(e ast.Expr) bool {
		name, ok := w.f.nameOf(e)
		return ok && name == onceName{root: v}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && is(sel.X) && decl.Recv != nil && len(decl.Recv.List[0].Names) > 0 {
		return w.f.pkg.Def(decl.Recv.List[0].Names[0])
	}
	i := 0
	for _, field := range decl.Type.Params.List {
		for _, name := range field.Names {
			if i < len(call.Args) && is(call.Args[i]) {
				return w.f.pkg.Def(name)
			}
			i++
		}
	}
	return nil
}
