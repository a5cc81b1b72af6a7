package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// AppendsToRoom reports whether a function appends to a slice in a field, which nobody writes
// in use, of an object that others have, too, without a lock, and keeps the result for itself: where the slice was
// built by append it may have room, and whoever else comes here writes the same elements.
//
//	all := append(state.masters, state.replicas...) // state := c.state.Load()
func (f *Facts) AppendsToRoom(call *ast.CallExpr) bool {
	if !f.appends(call) || len(call.Args) < 2 {
		return false
	}
	a := f.at[ast.Unparen(call.Args[0])]
	if a == nil || !a.Var.IsField() || a.Element || a.Content || a.fn.test || a.fn.initialises() || a.fn.once || f.prepares(a.fn.outermost()) || !f.roomy(a.Var) || f.varies(a.Var) {
		return false
	}
	if state := f.stateAt(a.fn, a.Expr); len(state.locks) > 0 || state.mixed || f.givesBack(a, call) || f.gated(a.fn, a.Expr) || a.fn.says() || f.excused(a) || f.confined(a.Var) {
		return false
	}
	return f.ofEverybody(a)
}

// givesBack reports whether what an append returns is put into the field that it is of, or
// into that of another object.
func (f *Facts) givesBack(a *Access, call *ast.CallExpr) bool {
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok {
			for i, rhs := range set.Rhs {
				if ast.Unparen(rhs) == call && i < len(set.Lhs) {
					into := f.at[ast.Unparen(set.Lhs[i])]
					found = found || into != nil && into.Var == a.Var
				}
			}
		}
		return !found
	})
	return found
}

// roomy reports whether the array of the slice in a field may be longer than the slice: some
// function has put there what append returns, or a slice with a capacity of its own.
func (f *Facts) roomy(v *types.Var) bool {
	if f.roomyFields == nil {
		f.roomyFields = map[*types.Var]bool{}
		for _, fn := range f.order {
			if fn.around == nil {
				f.findRoom(fn)
			}
		}
	}
	return f.roomyFields[v]
}

func (f *Facts) findRoom(fn *function) {
	note := func(field *types.Var, value ast.Expr) {
		if field != nil && field.IsField() && f.valueHasRoom(value) {
			f.roomyFields[field.Origin()] = true
		}
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if a := f.at[ast.Unparen(lhs)]; a != nil && len(n.Lhs) == len(n.Rhs) {
					note(a.Var, n.Rhs[i])
				}
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				field, _ := f.pkg.Use(id).(*types.Var)
				note(field, n.Value)
			}
		}
		return true
	})
}

// valueHasRoom reports whether a value is the result of an append to something, or has room.
func (f *Facts) valueHasRoom(value ast.Expr) bool {
	switch value := ast.Unparen(value).(type) {
	case *ast.CallExpr:
		if callee := f.decls[originOf(f.pkg.Callee(value))]; callee != nil {
			return f.returnsGrown(callee)
		}
		return f.grows(value) || f.hasRoom(value)
	case *ast.Ident:
		v, ok := f.pkg.Use(value).(*types.Var)
		return ok && v.Kind() == types.LocalVar && f.mayHaveRoom(v)
	}
	return f.hasRoom(value)
}

// grows reports whether a call is an append to what may hold something already.
func (f *Facts) grows(call *ast.CallExpr) bool {
	return f.appends(call) && len(call.Args) > 1 && !f.pkg.IsNil(call.Args[0]) && !f.exactCopy(call)
}

// returnsGrown reports whether a function appends to its first parameter, and returns that.
func (f *Facts) returnsGrown(fn *function) bool {
	return slices.ContainsFunc((&entryPath{Facts: f, top: fn}).results(), func(e ast.Expr) bool {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || !f.grows(call) || fn.obj == nil || fn.obj.Signature().Params().Len() == 0 {
			return false
		}
		return f.isVariable(call.Args[0], fn.obj.Signature().Params().At(0))
	})
}

// exactCopy reports whether an append is to nothing: append([]T(nil), s...), append([]T{}, s...).
func (f *Facts) exactCopy(call *ast.CallExpr) bool {
	switch first := ast.Unparen(call.Args[0]).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		return f.pkg.IsType(first.Fun)
	}
	return false
}

// ofEverybody reports whether an access is of an object that several goroutines have at once:
// an atomic has handed it out, here or to the function that returns it, or a function under a
// lock that it has released; or it is the receiver of an exported method, and has a lock.
func (f *Facts) ofEverybody(a *Access) bool {
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	top := a.fn.outermost()
	if f.loadOf(top, sel.X, deepest) != nil {
		return true
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	switch {
	case !ok:
		return false
	case v.Kind() == types.RecvVar:
		return a.fn == top && top.public && f.stateAt(a.fn, a.Expr).bare && !top.byContract() && f.hasLock(v.Type()) && f.quiet(a.fn, a.Expr)
	case v.Kind() == types.LocalVar:
		call, isCall := f.onlyValue(top, v).(*ast.CallExpr)
		if !isCall {
			return false
		}
		callee := f.decls[originOf(f.pkg.Callee(call))]
		return callee != nil && callee != top && f.handsOut(callee, longestEntryPath)
	}
	return false
}

// hasLock reports whether a struct, or what a pointer leads to, has a mutex.
func (f *Facts) hasLock(t types.Type) bool {
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	strct, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range strct.Fields() {
		if name := field.Type().String(); name == "sync.Mutex" || name == "sync.RWMutex" || name == "*sync.Mutex" || name == "*sync.RWMutex" {
			return true
		}
	}
	return false
}

// handsOut reports whether a function returns first, somewhere, what an atomic hands out, or
// a field that it has read under a lock.
func (f *Facts) handsOut(fn *function, depth int) bool {
	path := &entryPath{Facts: f, top: fn}
	return slices.ContainsFunc(path.results(), func(e ast.Expr) bool {
		if f.loadOf(fn, e, deepest) != nil {
			return true
		}
		if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
			callee := f.decls[originOf(f.pkg.Callee(call))]
			return callee != nil && callee != fn && depth > 0 && f.handsOut(callee, depth-1)
		}
		a := f.at[ast.Unparen(e)]
		if a == nil || !a.Var.IsField() {
			return false
		}
		for class := range f.stateAt(fn, a.Expr).locks {
			if f.siblings(a.Var, class) && f.heldHere(a, a.Expr, class) {
				return true
			}
		}
		return false
	})
}
