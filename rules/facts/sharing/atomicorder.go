package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// An atomicUse is what a function does to atomic variables: those that it
// writes, and those of which it learns what others wrote.
type atomicUse struct{ writes, learns map[types.Object]bool }

// ordered reports whether an atomic variable may put two accesses in order: the
// function of one writes it, that of the other looks at it (memory model: an
// atomic operation that sees another one happens after it).
func (f *Facts) ordered(a, b *Access) bool {
	if f.pastGate(a.itself()) && f.pastGate(b.itself()) {
		return f.exclude(a.itself(), b.itself()) // the atomic has nothing to say any more
	}
	x, y := f.atomicsOf(a.itself().fn), f.atomicsOf(b.itself().fn)
	return meet(x.writes, y.learns) || meet(y.writes, x.learns) || f.exclude(a.itself(), b.itself())
}

func meet(a, b map[types.Object]bool) bool {
	for v, in := range a {
		if in && b[v] {
			return true
		}
	}
	return false
}

func (f *Facts) atomicsOf(fn *function) *atomicUse {
	if fn.atomics != nil {
		return fn.atomics
	}
	fn.atomics = &atomicUse{map[types.Object]bool{}, map[types.Object]bool{}}
	ignored := map[ast.Node]bool{} // results that nobody looks at
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return f.funcs[n].runs != started // what that learns, or writes, this one has not
		case *ast.ExprStmt:
			ignored[n.X] = true
		case *ast.DeferStmt:
			ignored[n.Call] = true
		case *ast.CallExpr:
			if f.prints(n) {
				noteCalls(n, ignored)
			}
			f.noteAtomic(fn.atomics, n, ignored[n])
		}
		return true
	})
	return fn.atomics
}

// prints reports whether a call writes its arguments for people to read: nothing that the
// function does rests on what they say.
func (f *Facts) prints(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "fmt", "log", "log/slog":
		return fn.Name() != "Errorf"
	}
	return false
}

// noteCalls notes the calls within the arguments of another.
func noteCalls(call *ast.CallExpr, calls map[ast.Node]bool) {
	for _, arg := range call.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			if inner, ok := n.(*ast.CallExpr); ok {
				calls[inner] = true
			}
			_, literal := n.(*ast.FuncLit)
			return !literal
		})
	}
}

// noteAtomic notes a call of sync/atomic, or of a method of its types.
func (f *Facts) noteAtomic(use *atomicUse, call *ast.CallExpr, ignored bool) {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if ok && !ignored {
		f.noteAnswer(use, callee)
	}
	if ok {
		f.noteEnsured(use, callee)
	}
	if !ok || callee.Pkg() == nil || !strings.HasSuffix("/"+callee.Pkg().Path(), "/atomic") {
		return
	}
	v := f.atomicVariable(callee, call)
	if v == nil {
		return
	}
	load := strings.HasPrefix(callee.Name(), "Load")
	use.writes[v] = use.writes[v] || !load
	use.learns[v] = use.learns[v] || !ignored && !strings.HasPrefix(callee.Name(), "Store")
}

// noteAnswer notes what is learnt from a small function that does no more than tell
// what an atomic says: `return x.ready.Load()`.
func (f *Facts) noteAnswer(use *atomicUse, callee *types.Func) {
	fn := f.decls[callee.Origin()]
	if fn == nil || len(fn.body().List) != 1 {
		return
	}
	if _, returns := fn.body().List[0].(*ast.ReturnStmt); !returns {
		return
	}
	for v := range f.atomicsOf(fn).learns {
		use.learns[v] = true
	}
}

// noteEnsured notes what is learnt from a function that has nothing to do if an atomic is set, and
// else sets it: behind it, it is set.
//
//	if s.loaded.Load() {
//		return
//	}
//	…
//	s.loaded.Store(true)
func (f *Facts) noteEnsured(use *atomicUse, callee *types.Func) {
	fn := f.decls[callee.Origin()]
	if fn == nil {
		return
	}
	for _, st := range fn.body().List {
		early, ok := st.(*ast.IfStmt)
		if !ok || early.Init != nil || early.Else != nil || !endsInReturn(early.Body) {
			continue
		}
		if call, ok := ast.Unparen(early.Cond).(*ast.CallExpr); ok && strings.HasPrefix(calledMethod(call), "Load") {
			asked := &atomicUse{map[types.Object]bool{}, map[types.Object]bool{}}
			f.noteAtomic(asked, call, false)
			for v := range asked.learns {
				use.learns[v] = use.learns[v] || f.atomicsOf(fn).writes[v]
			}
		}
	}
}

// atomicVariable returns the variable or field that an atomic operation is about.
func (f *Facts) atomicVariable(callee *types.Func, call *ast.CallExpr) types.Object {
	var e ast.Expr
	if callee.Signature().Recv() != nil {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			e = sel.X
		}
	} else if len(call.Args) > 0 {
		if address, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr); ok {
			e = address.X
		}
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.pkg.Use(e)
	case *ast.SelectorExpr:
		if v, ok := f.pkg.Use(e.Sel).(*types.Var); ok {
			return v.Origin()
		}
	}
	return nil
}
