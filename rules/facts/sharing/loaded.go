package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// LoadedMap returns the call by which an atomic.Value, an atomic.Pointer or a
// sync.Map has handed out the map that an expression denotes, where its function
// holds no lock and another function looks at what the same variable holds: the
// loads are atomic, what is done to the one map that all of them get is not.
func (f *Facts) LoadedMap(e ast.Expr) (load, other *ast.CallExpr) {
	top := f.topAround(e.Pos())
	if top == nil || top.test || top.initialises() || f.prepares(top) {
		return nil, nil
	}
	if load = f.loadOf(top, e, deepest); load == nil {
		return nil, nil
	}
	fn := f.around(e)
	state := f.stateAt(fn, e)
	if !within(fn.node, load) || f.gated(fn, e) || !state.bare && (!state.known || !isMap(f.typeOf(e))) {
		return nil, nil
	}
	return load, f.loadedElsewhere(f.loadsShared(load), fn, state)
}

// loadOf follows a value back to the Load that it comes from.
func (f *Facts) loadOf(top *function, e ast.Expr, depth int) *ast.CallExpr {
	if depth == 0 {
		return nil
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		return f.loadOf(top, e.X, depth-1)
	case *ast.TypeAssertExpr:
		return f.loadOf(top, e.X, depth-1)
	case *ast.CallExpr:
		if f.loadsShared(e) != nil {
			return e
		}
	case *ast.Ident:
		if v, ok := f.pkg.Use(e).(*types.Var); ok && v.Kind() == types.LocalVar {
			if value := f.valueButOwn(top, v); value != nil {
				return f.loadOf(top, value, depth-1)
			}
		}
	}
	return nil
}

// valueButOwn returns the only value of a local variable, or the only one beside those that
// the function makes: what it loads if somebody was there before.
//
//	n := new(int64)
//	if v, ok := s.hits.LoadOrStore(name, n); ok {
//		n = v.(*int64)
//	}
func (f *Facts) valueButOwn(top *function, v *types.Var) (value ast.Expr) {
	given := f.valuesOf(top)[v]
	if given == nil || given.unknown {
		return nil
	}
	if len(given.values) == 1 {
		return ast.Unparen(given.values[0])
	}
	for _, e := range given.values {
		if f.makes(e) || f.makesMap(e) && f.underTest(top, e) {
			continue
		}
		if value != nil {
			return nil
		}
		value = ast.Unparen(e)
	}
	return value
}

// makes reports whether an expression makes an object: new(T), &T{...}.
func (f *Facts) makes(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		builtin, ok := f.pkg.Callee(e).(*types.Builtin)
		return ok && builtin.Name() == "new"
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(e.X).(*ast.CompositeLit)
		return lit && e.Op == token.AND
	}
	return f.pkg.IsNil(e)
}

// makesMap reports whether an expression makes a map.
func (f *Facts) makesMap(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return isMap(f.typeOf(e))
	case *ast.CallExpr:
		builtin, ok := f.pkg.Callee(e).(*types.Builtin)
		return ok && builtin.Name() == "make" && isMap(f.typeOf(e))
	}
	return false
}

// underTest reports whether an expression stands in the body of an if of a function: what it is
// there for is the case that there is nothing yet.
func (f *Facts) underTest(top *function, e ast.Expr) (under bool) {
	f.pkg.Inspect(top.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		under = under || ok && within(test.Body, e)
		return !under
	})
	return under
}

// loadsShared returns the field or package variable that a call of Load, or of a
// sync.Map's LoadOrStore, is about; of a function of the package that does nothing but
// return what it loads, that one.
func (f *Facts) loadsShared(call *ast.CallExpr) *types.Var {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return nil
	}
	if inner := f.loadReturnedBy(f.decls[fn.Origin()]); inner != nil {
		return f.loadsShared(inner)
	}
	if fn.Signature().Recv() == nil || fn.Pkg().Path() != "sync/atomic" && fn.Pkg().Path() != "sync" {
		return nil
	}
	if fn.Name() != "Load" && !facts.IsFunc(fn, "(*sync.Map).LoadOrStore") {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, ok := f.holder(sel.X).(*types.Var)
	if !ok || !v.IsField() && v.Kind() != types.PackageVar {
		return nil
	}
	return v.Origin()
}

// loadReturnedBy returns the Load whose result, as it is or asserted to be of a type, is all
// that a function returns; nil for a function that does anything else.
//
//	func (h *Holder) config() *Config { return h.current.Load().(*Config) }
func (f *Facts) loadReturnedBy(fn *function) *ast.CallExpr {
	if fn == nil || len(fn.body().List) != 1 {
		return nil
	}
	ret, ok := fn.body().List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil
	}
	result := ast.Unparen(ret.Results[0])
	if assertion, ok := result.(*ast.TypeAssertExpr); ok {
		result = ast.Unparen(assertion.X)
	}
	call, _ := result.(*ast.CallExpr)
	if call == nil {
		return nil
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || callee.Pkg() == nil || callee.Name() != "Load" || callee.Pkg().Path() != "sync/atomic" {
		return nil
	}
	return call
}

// loadedElsewhere returns a call by which another function, tests left out, loads
// what a variable holds; where one holds a lock, one that holds none.
//
//	t.mu.Lock() // against other writers, and no reader takes it
//	m := t.routes()
//	m[prefix] = r
func (f *Facts) loadedElsewhere(v *types.Var, here *function, held context) (other *ast.CallExpr) {
	for _, fn := range f.order {
		if fn.around != nil || fn == here.outermost() || fn.test || strings.HasPrefix(fn.name(), "init") || !fn.public && f.loadReturnedBy(fn) != nil {
			continue
		}
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && other == nil && f.loadsShared(call) == v && (held.bare || f.stateAt(f.around(call), call).bare) {
				other = call
			}
			return other == nil
		})
	}
	return other
}
