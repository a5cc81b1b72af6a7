package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A place is where an expression leads within a function, with what is needed
// to say how long the name stays good and which other names may mean the same.
type place struct {
	Lock
	read   bool           // through RLocker
	deps   []types.Object // root and index variables: assigning one makes it another place
	fields []*types.Var   // on the way
	typ    types.Type     // of what stands there
	class  lockClass
	// nameless says that the lock has no name here, but a func that releases it.
	nameless bool
}

// maxSteps bounds the length of a path: longer ones have no name.
const maxSteps = 6

// place returns the place of an expression, if it has a name.
func (u *unit) place(e ast.Expr) (place, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return u.place(e.X)
	case *ast.StarExpr:
		return u.place(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return u.place(e.X)
		}
	case *ast.Ident:
		return u.variable(e)
	case *ast.SelectorExpr:
		return u.selected(e)
	case *ast.IndexExpr:
		return u.indexed(e)
	case *ast.CallExpr:
		if at, ok := u.self(e); ok {
			return at, true
		}
		if at, ok := u.got(e); ok {
			return at, true
		}
		return u.readLocker(e)
	}
	return place{}, false
}

func (u *unit) variable(id *ast.Ident) (place, bool) {
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return place{}, false
	}
	if target, ok := u.alias(v); ok {
		return target, true
	}
	return rooted(v), true
}

func rooted(v *types.Var) place {
	return place{Lock: Lock{Root: v}, deps: []types.Object{v}, typ: v.Type(), class: lockClass{of: v}}
}

// selected is the place of a field, or of another package's variable.
func (u *unit) selected(e *ast.SelectorExpr) (place, bool) {
	sel := u.pkg.Info.Selections[e]
	if sel == nil {
		return u.variable(e.Sel)
	}
	if sel.Kind() != types.FieldVal {
		return place{}, false
	}
	if mutex := u.condLocker(e); mutex != nil {
		return u.place(mutex)
	}
	if at, ok := u.besideCond(e); ok {
		return at, true
	}
	base, ok := u.place(e.X)
	if !ok {
		return place{}, false
	}
	return base.fieldsAt(sel.Recv(), sel.Index())
}

// receiver is the place of the mutex whose method a selector names: x.Lock,
// with the embedded fields that lead to it written out.
func (u *unit) receiver(e *ast.SelectorExpr) (place, bool) {
	sel := u.pkg.Info.Selections[e]
	if sel == nil || sel.Kind() != types.MethodVal {
		return place{}, false // a method expression
	}
	base, ok := u.place(e.X)
	if !ok {
		return place{}, false
	}
	index := sel.Index()
	at, ok := base.fieldsAt(sel.Recv(), index[:len(index)-1])
	return at.locked(), ok
}

// fieldsAt follows field indices from a value of type t, as types.Selection has them.
func (b place) fieldsAt(t types.Type, index []int) (place, bool) {
	for _, i := range index {
		st, ok := deref(t).Underlying().(*types.Struct)
		if !ok || len(b.fields) >= maxSteps {
			return place{}, false
		}
		f := st.Field(i)
		b = b.step("."+f.Name(), nil, f.Type())
		b.fields = append(slices.Clip(b.fields), f.Origin())
		if !wrapsLock(st) || len(b.fields) == 1 && !isGlobal(b.Root) {
			b.class.of = f.Origin()
		}
		t = f.Type()
	}
	return b, true
}

// isGlobal reports whether a root is declared at package level, or is not known.
func isGlobal(root types.Object) bool {
	return root == nil || root.Pkg() != nil && root.Parent() == root.Pkg().Scope()
}

func (b place) step(s string, dep types.Object, t types.Type) place {
	b.Path += s
	b.typ = t
	if dep != nil {
		b.deps = append(slices.Clip(b.deps), dep)
	}
	return b
}

// indexed is the place of an element, if the index is a constant or a variable.
func (u *unit) indexed(e *ast.IndexExpr) (place, bool) {
	base, ok := u.place(e.X)
	if !ok {
		return place{}, false
	}
	t := u.pkg.TypeOf(e)
	if tv := u.pkg.Info.Types[e.Index]; tv.Value != nil {
		return base.step("["+tv.Value.ExactString()+"]", nil, t), true
	}
	id, ok := ast.Unparen(e.Index).(*ast.Ident)
	if !ok {
		return place{}, false
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Parent() == u.pkg.Types.Scope() {
		return place{}, false
	}
	return base.step("["+u.indexName(v)+"]", v, t), true
}

// readLocker is the place of mu.RLocker(): the mutex itself, to be read-locked.
func (u *unit) readLocker(call *ast.CallExpr) (place, bool) {
	if !u.pkg.isReadLocker(call) {
		return place{}, false
	}
	at, ok := u.receiver(ast.Unparen(call.Fun).(*ast.SelectorExpr))
	at.read = true
	return at, ok
}

func (p *Package) isReadLocker(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "RLocker" && p.syncReceiver(sel) != ""
}

// condLocker returns &mu for c.L, where c is a variable that is only ever
// sync.NewCond(&mu); else nil.
func (u *unit) condLocker(e *ast.SelectorExpr) ast.Expr {
	if e.Sel.Name != "L" {
		return nil
	}
	id, ok := ast.Unparen(e.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if !ok || !u.vars[v].constant() {
		return nil
	}
	call, ok := ast.Unparen(u.vars[v].init).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !u.pkg.calls(call, "sync", "NewCond") {
		return nil
	}
	return call.Args[0]
}

// alias returns the place that a local variable stands for: it is assigned
// once, refers to it rather than copying, and nothing on the way to it is
// assigned in this function, so that both names mean one lock all the time.
func (u *unit) alias(v *types.Var) (place, bool) {
	info := u.vars[v]
	if !info.constant() || info.init == nil || !refers(v.Type()) || info.resolving {
		return place{}, false
	}
	info.resolving = true // x := x.f of a type-incorrect program
	target, ok := u.place(info.init)
	info.resolving = false
	if !ok || !u.steady(target) {
		return place{}, false
	}
	return target, true
}

// refers reports whether copying a value of the type leads to the same variables.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Slice, *types.Map:
		return true
	}
	return false
}

// steady reports whether a place keeps its meaning throughout the function.
func (u *unit) steady(at place) bool {
	for _, dep := range at.deps {
		v, ok := dep.(*types.Var)
		if !ok {
			return false
		}
		if info := u.vars[v]; info != nil && !info.steady() {
			return false // a variable that changes; a global has no info
		}
	}
	for _, f := range at.fields {
		if u.assigned[f] {
			return false
		}
	}
	return true
}
