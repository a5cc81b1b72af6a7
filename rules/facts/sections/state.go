package sections

import (
	"go/ast"
	"go/types"
)

// hasState reports whether it matters which of two values of a type one has: channels, and pointers to
// structs that have a lock, a channel or an atomic in them, or that methods of the package change. Of what
// is made once and only read afterwards, a second one is as good as the first.
func (f *Facts) hasState(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Chan:
		return true
	case *types.Pointer:
		st, ok := t.Elem().Underlying().(*types.Struct)
		if !ok {
			return false
		}
		if named, ok := types.Unalias(t.Elem()).(*types.Named); ok {
			if f.isSync(named) {
				return named.Obj().Name() != "Pool"
			}
			return f.synchronised(st, 3) || f.changed(named.Origin().Obj())
		}
		return f.synchronised(st, 3)
	}
	return false
}

// isSync reports whether a type is one of the packages sync and sync/atomic.
func (f *Facts) isSync(named *types.Named) bool {
	pkg := named.Obj().Pkg()
	return pkg != nil && (pkg.Path() == "sync" || pkg.Path() == "sync/atomic")
}

// synchronised reports whether a struct has a lock, a channel or an atomic in it.
func (f *Facts) synchronised(st *types.Struct, depth int) bool {
	for field := range st.Fields() {
		t := field.Type()
		if _, ok := t.Underlying().(*types.Chan); ok {
			return true
		}
		if named, ok := types.Unalias(t).(*types.Named); ok && f.isSync(named) && named.Obj().Name() != "Once" && named.Obj().Name() != "Pool" {
			return true
		}
		if inner, ok := t.Underlying().(*types.Struct); ok && depth > 0 && f.synchronised(inner, depth-1) {
			return true
		}
	}
	return false
}

// changed reports whether a method of a type of the package sets a field of its receiver.
func (f *Facts) changed(of *types.TypeName) bool {
	if of.Pkg() != f.pkg.Types {
		return false
	}
	is, known := f.written[of]
	if !known {
		is = f.setsOwnField(of)
		f.written[of] = is
	}
	return is
}

func (f *Facts) setsOwnField(of *types.TypeName) (sets bool) {
	named, ok := of.Type().(*types.Named)
	if !ok {
		return false
	}
	for m := range named.Methods() {
		decl := f.pkg.Declaration(m)
		if decl == nil || decl.Body == nil || f.builds(m, named, map[*types.Func]bool{}) {
			continue
		}
		f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					sets = sets || f.ownField(m, lhs)
				}
			case *ast.IncDecStmt:
				sets = sets || f.ownField(m, n.X)
			}
			return !sets
		})
	}
	return sets
}

// builds reports whether only functions that make a value of a type call a method of it: it is a part of
// the making.
func (f *Facts) builds(m *types.Func, named *types.Named, seen map[*types.Func]bool) bool {
	if m.Exported() || seen[m] {
		return seen[m]
	}
	seen[m] = true
	calls := f.callers(m)
	for _, by := range calls {
		caller, _ := f.pkg.Def(by.Name).(*types.Func)
		if caller == nil || !f.makesOne(by, named) && (!methodOf(caller, named) || !f.builds(caller, named, seen)) {
			return false
		}
	}
	return len(calls) > 0
}

// callers returns the functions of the package that name a function.
func (f *Facts) callers(m *types.Func) []*ast.FuncDecl {
	if f.callees == nil {
		f.callees = map[*types.Func][]*ast.FuncDecl{}
		for _, file := range f.pkg.Files {
			for _, d := range file.Decls {
				decl, ok := d.(*ast.FuncDecl)
				if !ok || decl.Body == nil {
					continue
				}
				f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						if fn, ok := f.pkg.Use(id).(*types.Func); ok && fn.Pkg() == f.pkg.Types {
							f.callees[fn.Origin()] = append(f.callees[fn.Origin()], decl)
						}
					}
					return true
				})
			}
		}
	}
	return f.callees[m.Origin()]
}

// makesOne reports whether a function has a literal of a type.
func (f *Facts) makesOne(decl *ast.FuncDecl, named *types.Named) (makes bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		makes = makes || ok && types.Identical(f.pkg.TypeOf(lit), named)
		return !makes
	})
	return makes
}

func methodOf(fn *types.Func, named *types.Named) bool {
	recv := fn.Signature().Recv()
	if recv == nil {
		return false
	}
	t := recv.Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.Identical(t, named)
}

// ownField reports whether an expression is a field of the receiver of a method, or an element of one.
func (f *Facts) ownField(m *types.Func, x ast.Expr) bool {
	if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok {
		x = index.X
	}
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	return ok && m.Signature().Recv() != nil && f.rootOf(sel.X) == types.Object(m.Signature().Recv())
}
