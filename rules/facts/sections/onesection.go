package sections

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A helper is a method, or function, that is one critical section and does nothing in it but look an
// element of a map up, or store one. Who stores may note that elsewhere, too.
//
//	func (c *cache) get(k string) *entry { c.mu.Lock(); defer c.mu.Unlock(); return c.m[k] }
//	func (c *cache) put(k string, e *entry) { c.mu.Lock(); c.m[k] = e; c.mu.Unlock() }
type helper struct {
	of    *types.Var // the map, or another field of the receiver; a variable of the package
	key   int        // index of the parameter that is the key; -1: of is no map
	value int        // index of the parameter that is stored; -1: it looks only, or
	fixed ast.Expr   // a constant is stored, or
	does  change     // what it adds or takes away
	lists bool       // it adds what is stored, or its key, to a list or a sum as well
	read  bool       // it takes the lock to read
}

// helperOf returns what a function is so, nil if it is anything else.
func (f *Facts) helperOf(fn *types.Func) *helper {
	if fn == nil {
		return nil
	}
	h, known := f.helpers[fn]
	if !known {
		f.helpers[fn] = nil
		h = f.asHelper(fn)
		f.helpers[fn] = h
	}
	return h
}

func (f *Facts) asHelper(fn *types.Func) *helper {
	decl := f.pkg.Declaration(fn)
	if decl == nil || decl.Body == nil || len(decl.Body.List) > 8 {
		return nil
	}
	acqs := f.pkg.Acquisitions(decl)
	if len(acqs) != 1 || acqs[0].Unknown != "" || len(acqs[0].Lost) > 0 || len(acqs[0].Releases) == 0 {
		return nil
	}
	if h := f.ofField(fn, decl); h != nil {
		h.read = acqs[0].Read
		return h
	}
	looks, stores, other := f.elementsIn(decl)
	if other || len(looks)+len(stores) != 1 {
		return f.noting(fn, decl, acqs[0].Read)
	}
	h := &helper{value: -1, read: acqs[0].Read}
	element := append(looks, f.elementOf(stores)...)[0]
	if len(stores) == 1 && !f.storesBy(h, fn, decl, stores[0], element) {
		return nil
	}
	h.of, h.key = f.mapOf(element.X), f.parameter(fn, element.Index)
	if h.of == nil || h.key < 0 || !f.locked(decl, element) {
		return nil
	}
	return h
}

// elementOf returns the elements that statements store, count or add to.
func (f *Facts) elementOf(stores []ast.Stmt) (all []*ast.IndexExpr) {
	for _, st := range stores {
		var x ast.Expr
		switch st := st.(type) {
		case *ast.AssignStmt:
			x = st.Lhs[0]
		case *ast.IncDecStmt:
			x = st.X
		}
		if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok {
			all = append(all, index)
		}
	}
	return all
}

// storesBy notes how a helper stores an element: a parameter, or what it adds to it or takes from it. It
// must come to that whatever happens.
func (f *Facts) storesBy(h *helper, fn *types.Func, decl *ast.FuncDecl, st ast.Stmt, element *ast.IndexExpr) bool {
	if h.does = f.changes(st, element); h.does == nothing {
		set, ok := st.(*ast.AssignStmt)
		if !ok || set.Tok != token.ASSIGN {
			return false
		}
		if h.value = f.parameter(fn, set.Rhs[0]); h.value < 0 && isTrue(set.Rhs[0]) {
			h.fixed = set.Rhs[0]
		}
	}
	return (h.does != nothing || h.value >= 0 || h.fixed != nil) && !h.read && f.always(decl, st)
}

// locked reports whether a function holds exactly one lock where it comes to a node.
func (f *Facts) locked(fn, at ast.Node) bool {
	held, ok := f.pkg.Held(fn, at)
	return ok && len(held) == 1 && held[0].Must
}

// always reports whether a function comes to a statement whatever happens: it stands at the top, and
// nothing before it leaves.
func (f *Facts) always(decl *ast.FuncDecl, st ast.Stmt) bool {
	left := false
	for _, top := range decl.Body.List {
		if top == st {
			return !left
		}
		f.pkg.Inspect(top, func(n ast.Node) bool {
			_, returns := n.(*ast.ReturnStmt)
			left = left || returns
			return !left
		})
	}
	return false
}

// elementsIn returns the elements of maps that a function looks up and stores. other: it does more, with
// what its receiver or the package has, or in a loop.
func (f *Facts) elementsIn(decl *ast.FuncDecl) (looks []*ast.IndexExpr, stores []ast.Stmt, other bool) {
	stored := map[ast.Expr]bool{}
	f.pkg.PreorderStack(decl.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt, *ast.SendStmt:
			other = true
		case *ast.IncDecStmt:
			index, ok := ast.Unparen(n.X).(*ast.IndexExpr)
			stored[index] = true
			stores, other = append(stores, n), other || !ok
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok {
					other = other || len(n.Lhs) != 1 || len(n.Rhs) != 1
					stored[index] = true
					stores = append(stores, n)
				} else if v := f.variable(lhs); v == nil || v.Kind() == types.PackageVar {
					other = other || !f.makesMap(n)
				}
			}
		case *ast.IndexExpr:
			if f.mapOf(n.X) != nil && !stored[n] {
				looks = append(looks, n)
			}
		case *ast.CallExpr:
			other = other || !f.harmless(n)
		}
		return !other
	})
	return looks, stores, other
}

// makesMap reports whether an assignment sets a map to a new one: c.m = make(map[K]V).
func (f *Facts) makesMap(st *ast.AssignStmt) bool {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 || f.mapOf(st.Lhs[0]) == nil {
		return false
	}
	switch value := ast.Unparen(st.Rhs[0]).(type) {
	case *ast.CallExpr:
		return f.isBuiltin(value, "make")
	case *ast.CompositeLit:
		return len(value.Elts) == 0
	}
	return false
}

// harmless reports whether a call has nothing to do with what is guarded: of the lock itself, of a
// predeclared function, a conversion.
func (f *Facts) harmless(call *ast.CallExpr) bool {
	if tv := f.pkg.Info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
		return !f.isBuiltin(call, "delete") && !f.isBuiltin(call, "clear")
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync"
}

func (f *Facts) isBuiltin(call *ast.CallExpr, name string) bool {
	b, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && b.Name() == name
}

// mapOf returns the field, or variable of the package, that an expression names, if it is a map.
func (f *Facts) mapOf(x ast.Expr) *types.Var {
	x = ast.Unparen(x)
	t := f.pkg.TypeOf(x)
	if t == nil {
		return nil
	}
	if _, ok := t.Underlying().(*types.Map); !ok {
		return nil
	}
	switch x := x.(type) {
	case *ast.SelectorExpr:
		v, _ := f.pkg.Use(x.Sel).(*types.Var)
		return v
	case *ast.Ident:
		if v, _ := f.pkg.Use(x).(*types.Var); v != nil && v.Kind() == types.PackageVar {
			return v
		}
	}
	return nil
}

// parameter returns the index of the parameter that an expression names, -1 if it is none.
func (f *Facts) parameter(fn *types.Func, x ast.Expr) int {
	v := f.variable(x)
	params := fn.Signature().Params()
	for i := range params.Len() {
		if v != nil && params.At(i) == v {
			return i
		}
	}
	return -1
}
