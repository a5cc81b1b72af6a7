package sharing

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// bind notes a literal that a local variable is given.
func (w *walker) bind(fn *function, lit *ast.FuncLit, lhs, rhs []ast.Expr) {
	for i, value := range rhs {
		if ast.Unparen(value) != lit || len(lhs) != len(rhs) {
			continue
		}
		id, ok := ast.Unparen(lhs[i]).(*ast.Ident)
		if !ok {
			return
		}
		if v, ok := w.pkg.ObjectOf(id).(*types.Var); ok && v.Kind() == types.LocalVar {
			fn.runs = bound
			w.holders[v] = append(w.holders[v], fn)
		}
	}
}

// call notes a call: a site of the functions that it may run.
func (w *walker) call(call *ast.CallExpr) {
	in := w.current()
	s := site{in: in, call: call, runs: inPlace, stmt: call}
	switch parent := w.parent(0).(type) {
	case *ast.GoStmt:
		s.runs, s.stmt = started, parent
	case *ast.DeferStmt:
		s.runs, s.stmt = deferred, parent
	}
	switch callee := w.pkg.Callee(call).(type) {
	case *types.Func:
		w.named(callee, s)
	case *types.Var:
		w.calledVars[callee] = append(w.calledVars[callee], s)
	}
	w.passes(call, in)
	w.visit(call, in)
	w.registers(call)
}

// named notes a call of a function or method by name.
func (w *walker) named(callee *types.Func, s site) {
	callee = callee.Origin()
	if recv := callee.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		w.dynamic = append(w.dynamic, dynamicCall{callee, s, w.neverRun()})
		return
	}
	if fn := w.decls[callee]; fn != nil {
		fn.sites = append(fn.sites, s)
		return
	}
	w.noteForeign(callee, s)
}

// passes notes the declared functions, and the variables that hold one, that a
// call gets as arguments.
func (w *walker) passes(call *ast.CallExpr, in *function) {
	for _, arg := range call.Args {
		fn := w.functionValue(arg)
		if fn == nil {
			w.passesForeign(call, in, ast.Unparen(arg))
			continue
		}
		w.stack = append(w.stack, call)
		runs, at, once := w.given(call, ast.Unparen(arg))
		w.stack = w.stack[:len(w.stack)-1]
		if runs == later {
			w.handings = append(w.handings, handing{fn, call, arg, in, w.startedBy(call, w.parent(0))})
			continue // name finds that it is used as a value
		}
		fn.once = fn.once || once
		use, _ := w.startedAbroad(call, argumentIndex(call, ast.Unparen(arg)))
		fn.sites = append(fn.sites, site{in: in, call: call, runs: runs, stmt: at, use: use})
		w.passed[ast.Unparen(arg)] = true
	}
}

// functionValue returns the declared function of this package that an
// expression denotes: f, or x.Method.
func (w *walker) functionValue(e ast.Expr) *function {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	default:
		return nil
	}
	obj, _ := w.pkg.Use(id).(*types.Func)
	if obj == nil {
		return nil
	}
	return w.decls[obj.Origin()]
}

// asValue notes that a declared function is used otherwise than called.
func (w *walker) asValue(e ast.Expr) {
	fn := w.functionValue(e)
	if fn == nil || w.passed[e] {
		return
	}
	if call, ok := w.parent(0).(*ast.CallExpr); ok && ast.Unparen(call.Fun) == e {
		return
	}
	if generic, ok := w.parent(0).(*ast.IndexExpr); ok && generic.X == e {
		return
	}
	fn.valued = true
	w.bindDeclared(fn, e)
}

// A boundMethod is a declared function that a local variable is given: f := m.tick.
type boundMethod struct {
	fn   *function
	recv ast.Expr // m; nil for a function
}

// bindDeclared notes a declared function that a local variable is given.
func (w *walker) bindDeclared(fn *function, e ast.Expr) {
	var names, values []ast.Expr
	switch parent := w.parent(0).(type) {
	case *ast.AssignStmt:
		names, values = parent.Lhs, parent.Rhs
	case *ast.ValueSpec:
		for _, name := range parent.Names {
			names = append(names, name)
		}
		values = parent.Values
	}
	for i, value := range values {
		if ast.Unparen(value) != e || len(names) != len(values) {
			continue
		}
		id, ok := ast.Unparen(names[i]).(*ast.Ident)
		if !ok {
			return
		}
		if v, ok := w.pkg.ObjectOf(id).(*types.Var); ok && v.Kind() == types.LocalVar {
			bound := boundMethod{fn: fn}
			if sel, ok := e.(*ast.SelectorExpr); ok && w.pkg.Info.Selections[sel] != nil {
				bound.recv = sel.X
			}
			w.methods[v] = append(w.methods[v], bound)
		}
	}
}

// settleMethod gives the one function that a variable is ever given the calls of the
// variable as sites, unless it is used in other ways.
func (f *Facts) settleMethod(v *types.Var, bound []boundMethod) {
	if f.otherUses[v] || len(bound) != 1 || len(f.holders[v]) > 0 {
		return
	}
	for _, s := range f.calledVars[v] {
		s.bound, s.recv = true, bound[0].recv
		bound[0].fn.sites = append(bound[0].fn.sites, s)
	}
}

// A dynamicCall is a call of an interface's method.
type dynamicCall struct {
	method *types.Func
	site   site
	never  bool // it is known when the program is compiled that it is not made
}

// settle finds the sites of what is called through variables and interfaces.
func (f *Facts) settle() {
	for v, fns := range f.holders {
		f.settleBound(v, fns)
	}
	for _, v := range slices.SortedFunc(maps.Keys(f.methods), func(a, b *types.Var) int { return int(a.Pos() - b.Pos()) }) {
		f.settleMethod(v, f.methods[v])
	}
	dynamic := map[string][]dynamicCall{}
	for _, call := range f.dynamic {
		dynamic[call.method.Name()] = append(dynamic[call.method.Name()], call)
	}
	for _, fn := range f.order {
		if fn.obj == nil || fn.obj.Signature().Recv() == nil {
			continue
		}
		for _, call := range dynamic[fn.obj.Name()] {
			if f.mayCall(call.method, fn.obj) {
				fn.sites = append(fn.sites, call.site)
			}
		}
	}
	f.settleForeign()
	f.handOver()
	f.settleKept()
	f.settleListed()
	f.settleStandIns()
}

// settleBound gives the literals of a variable the calls of the variable as
// sites, unless it is used in other ways, or gives itself to what starts it: that is a
// chain, in which the next comes when one is over. A tree starts its branches by go.
func (f *Facts) settleBound(v *types.Var, fns []*function) {
	for _, fn := range fns {
		if f.otherUses[v] || fn.goesOn(f.calledVars[v]) {
			fn.runs = later
			continue
		}
		fn.sites = f.calledVars[v]
	}
}

// goesOn reports whether a literal gives itself to what starts it.
func (fn *function) goesOn(sites []site) bool {
	return slices.ContainsFunc(sites, func(s site) bool {
		_, branch := s.stmt.(*ast.GoStmt)
		return s.runs == started && !branch && within(fn.node, s.call)
	})
}

// mayCall reports whether a call of an interface's method can run a method.
func (f *Facts) mayCall(called, method *types.Func) bool {
	iface, ok := called.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	t := method.Signature().Recv().Type()
	if _, pointer := t.(*types.Pointer); !pointer {
		t = types.NewPointer(t)
	}
	return types.Implements(t, iface)
}

// keptFor reports whether some of the calls stand in a literal that is kept: they
// are made at any time.
func keptFor(calls []site) bool {
	return slices.ContainsFunc(calls, func(s site) bool {
		for fn := s.in; fn != nil; fn = fn.around {
			if fn.around != nil && fn.runs == later {
				return true
			}
		}
		return false
	})
}

// parameterOf returns the parameter that an argument becomes.
func parameterOf(fn *types.Func, call *ast.CallExpr, arg ast.Node) *types.Var {
	params := fn.Signature().Params()
	for i, a := range call.Args {
		if ast.Unparen(a) == arg && i < params.Len() && !(fn.Signature().Variadic() && i == params.Len()-1) {
			return params.At(i)
		}
	}
	return nil
}
