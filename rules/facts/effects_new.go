package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// MakesNew reports whether what a pure expression gives may be a new object, or lie in one:
// two evaluations of it then need not give the same. What is only made on the way does not
// matter: strings.Join([]string{a, b}, "/") gives equal strings.
//
//	func pick() *Store { return &Store{} }
//	pick().m.Load(k); …; pick().m.Store(k, v)
func (p *Package) MakesNew(e ast.Expr) bool {
	n := &newness{p, map[*ast.FuncDecl]bool{}, map[*types.Var]bool{}}
	return n.of(e, nil)
}

// A newness is the search for what makes the value of an expression.
type newness struct {
	pkg  *Package
	seen map[*ast.FuncDecl]bool
	open map[*types.Var]bool
}

// of reports whether a value may be new, in a function of which the variables are known by
// what they are given; nil: they are what they are.
func (n *newness) of(e ast.Expr, in *ast.FuncDecl) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return n.ofVariable(e, in)
	case *ast.UnaryExpr:
		return e.Op == token.AND && n.ofPlace(e.X, in)
	case *ast.CompositeLit:
		return hasIdentity(n.pkg.typeOf(e)) || n.ofElements(e, in)
	case *ast.CallExpr:
		return n.ofCall(e, in)
	case *ast.SelectorExpr:
		return n.pkg.Info.Selections[e] != nil && n.of(e.X, in)
	case *ast.IndexExpr:
		return holdsIdentity(n.pkg.typeOf(e)) && n.of(e.X, in) // an equal number or string, else
	case *ast.SliceExpr:
		return n.of(e.X, in)
	case *ast.StarExpr:
		return n.of(e.X, in)
	case *ast.TypeAssertExpr:
		return n.of(e.X, in)
	}
	return false
}

// ofPlace reports whether an address is one of something new: a literal, or a variable that
// every call of the function has for itself.
func (n *newness) ofPlace(e ast.Expr, in *ast.FuncDecl) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.Ident:
		v, ok := n.pkg.Use(e).(*types.Var)
		return ok && in != nil && v.Kind() != types.PackageVar
	case *ast.SelectorExpr:
		if _, pointer := types.Unalias(n.pkg.typeOf(e.X)).Underlying().(*types.Pointer); !pointer && n.pkg.Info.Selections[e] != nil {
			return n.ofPlace(e.X, in)
		}
	}
	return n.of(e, in)
}

func (n *newness) ofElements(lit *ast.CompositeLit, in *ast.FuncDecl) bool {
	for _, elt := range lit.Elts {
		if pair, ok := elt.(*ast.KeyValueExpr); ok {
			elt = pair.Value
		}
		if n.of(elt, in) {
			return true
		}
	}
	return false
}

// ofCall reports whether the result of a call may be new, or be an operand that is.
func (n *newness) ofCall(call *ast.CallExpr, in *ast.FuncDecl) bool {
	if b, ok := n.pkg.Callee(call).(*types.Builtin); ok {
		return b.Name() == "make" || b.Name() == "new"
	}
	if !holdsIdentity(n.pkg.typeOf(call)) {
		return false
	}
	for _, operand := range operandsOf(call) {
		if n.of(operand, in) {
			return true
		}
	}
	if decl := n.pkg.Body(call); decl != nil {
		return n.ofResults(decl)
	}
	return n.pkg.modelMakesNew(call)
}

// ofResults reports whether a function returns something new.
func (n *newness) ofResults(decl *ast.FuncDecl) (made bool) {
	if n.seen[decl] || decl.Body == nil {
		return false
	}
	n.seen[decl] = true
	n.pkg.inspectOwn(decl.Body, func(m ast.Node) bool {
		if ret, ok := m.(*ast.ReturnStmt); ok {
			for _, result := range ret.Results {
				made = made || n.of(result, decl)
			}
		}
		return !made
	})
	if decl.Type.Results != nil {
		for _, field := range decl.Type.Results.List {
			for _, name := range field.Names {
				made = made || n.ofVariable(name, decl)
			}
		}
	}
	return made
}

// ofVariable reports whether a function gives something new to a variable of its own.
func (n *newness) ofVariable(id *ast.Ident, in *ast.FuncDecl) (made bool) {
	v, ok := n.pkg.ObjectOf(id).(*types.Var)
	if !ok || in == nil || v.Kind() != types.LocalVar && v.Kind() != types.ResultVar || !holdsIdentity(v.Type()) || n.open[v] {
		return false
	}
	n.open[v] = true
	n.pkg.inspectOwn(in.Body, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.AssignStmt:
			for i, left := range m.Lhs {
				target, ok := left.(*ast.Ident)
				made = made || ok && n.pkg.ObjectOf(target) == v && n.of(m.Rhs[min(i, len(m.Rhs)-1)], in)
			}
		case *ast.ValueSpec:
			for i, name := range m.Names {
				made = made || n.pkg.Def(name) == v && len(m.Values) > 0 && n.of(m.Values[min(i, len(m.Values)-1)], in)
			}
		case *ast.RangeStmt:
			target, ok := m.Value.(*ast.Ident)
			made = made || ok && n.pkg.ObjectOf(target) == v && n.of(m.X, in)
		}
		return !made
	})
	return made
}

// modelMakesNew: what a function of another package gives by reference is taken for its own,
// unless it gives what it gets: cmp.Or(a, b). What a method gives is a part of the object.
func (p *Package) modelMakesNew(call *ast.CallExpr) bool {
	fn, ok := p.Callee(call).(*types.Func)
	if !ok || fn.Signature().Recv() != nil || fn.Signature().Results().Len() != 1 {
		return false
	}
	result := fn.Origin().Signature().Results().At(0).Type()
	_, given := types.Unalias(result).(*types.TypeParam)
	return !given && hasIdentity(result)
}

// hasIdentity reports whether two values of a type can differ that were made alike.
func hasIdentity(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Chan, *types.Signature:
		return true
	case *types.Interface:
		return types.Identical(t, types.Universe.Lookup("error").Type().Underlying())
	}
	return false
}

// holdsIdentity reports whether a value of a type can be, or have in it, one that differs from
// another made alike: all but numbers, strings and what is made of them.
func holdsIdentity(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Array:
		return holdsIdentity(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if holdsIdentity(f.Type()) {
				return true
			}
		}
		return false
	}
	return true
}
