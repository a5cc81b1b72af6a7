package sharing

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
)

// A Stored is a call that puts a value of a known concrete type into an atomic.Value.
type Stored struct {
	Call *ast.CallExpr
	Type types.Type // nil: the value is nil
	in   *function
}

// OtherType returns, for a call that stores into an atomic.Value, the first call
// that stores a value of another type into the same variable: one of the two
// panics. ok says that there is one, or that the value is nil, which panics alone.
func (f *Facts) OtherType(call *ast.CallExpr) (this, other Stored, ok bool) {
	v := f.valueVariable(call)
	if v == nil {
		return this, other, false
	}
	all := f.stores()[v]
	i := slices.IndexFunc(all, func(s Stored) bool { return s.Call == call })
	if i < 0 {
		return this, other, false
	}
	this = all[i]
	if this.Type == nil {
		return this, this, true
	}
	for _, s := range all[:i] {
		if s.Type != nil && !types.Identical(s.Type, this.Type) && !f.eachItsOwn(this, s) {
			return this, s, true
		}
	}
	return this, other, false
}

// eachItsOwn reports whether two stores stand in methods of one name, of two types, which put something
// into what they are given: that comes from who has one of the two, and will never see the other.
//
//	func (slowCalls) reset(b *Bucket) { b.value.Store(&slow{}) }
//	func (failures) reset(b *Bucket)  { b.value.Store(&failed{}) }
func (f *Facts) eachItsOwn(a, b Stored) bool {
	x, y := a.in.obj, b.in.obj
	if x == nil || y == nil || x.Name() != y.Name() || x.Signature().Recv() == nil || y.Signature().Recv() == nil {
		return false
	}
	into := f.firstName(a.Call.Fun)
	return into != nil && into.Kind() == types.ParamVar && !types.Identical(x.Signature().Recv().Type(), y.Signature().Recv().Type())
}

// stores returns the calls that store into each atomic.Value that is a field or a
// variable of the package, in source order, tests left out.
func (f *Facts) stores() map[*types.Var][]Stored {
	if f.stored != nil {
		return f.stored
	}
	f.stored = map[*types.Var][]Stored{}
	for _, fn := range f.order {
		if fn.around != nil || fn.test {
			continue
		}
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				f.noteStore(fn, call)
			}
			return true
		})
	}
	return f.stored
}

func (f *Facts) noteStore(top *function, call *ast.CallExpr) {
	v := f.valueVariable(call)
	if v == nil || len(call.Args) == 0 {
		return
	}
	value := call.Args[len(call.Args)-1] // the new one of a CompareAndSwap
	if f.pkg.IsNil(value) {
		f.stored[v] = append(f.stored[v], Stored{Call: call, in: top})
	} else if t := f.concreteType(top, value, deepest); t != nil {
		f.stored[v] = append(f.stored[v], Stored{call, t, top})
	}
}

// valueVariable returns the field or variable of the package that a call stores
// into, where that is an atomic.Value.
func (f *Facts) valueVariable(call *ast.CallExpr) *types.Var {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || !strings.HasPrefix(fn.FullName(), "(*sync/atomic.Value).") || fn.Name() == "Load" {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, ok := f.holder(sel.X).(*types.Var)
	if _, indexed := ast.Unparen(sel.X).(*ast.IndexExpr); !ok || indexed || !v.IsField() && v.Kind() != types.PackageVar {
		return nil
	}
	return v.Origin()
}

// concreteType returns the type that a value has inside an interface, nil where
// that is not known.
func (f *Facts) concreteType(top *function, e ast.Expr, depth int) types.Type {
	t := f.pkg.TypeOf(e)
	if t == nil || depth == 0 {
		return nil
	}
	if !types.IsInterface(t) {
		if f.generic(top) {
			return nil // T of one method is not that of another
		}
		return types.Default(t)
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		if f.pkg.IsType(x.Fun) {
			return f.concreteType(top, x.Args[0], depth-1)
		}
		return f.errorType(x)
	case *ast.Ident:
		if v, ok := f.pkg.Use(x).(*types.Var); ok && v.Kind() == types.LocalVar {
			if value := f.onlyValue(top, v); value != nil {
				return f.concreteType(top, value, depth-1)
			}
		}
	}
	return nil
}

// generic reports whether a function, or its receiver, has type parameters.
func (f *Facts) generic(fn *function) bool {
	sig := fn.signature(f.pkg.Info)
	return sig == nil || sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0
}

// errorType returns the type of an error that one of the standard functions makes,
// which has no name outside: a type of its own for each kind.
func (f *Facts) errorType(call *ast.CallExpr) types.Type {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return nil
	}
	switch fn.FullName() {
	case "errors.New":
		return madeErrors["errors.errorString"]
	case "fmt.Errorf":
		format := f.pkg.Info.Types[call.Args[0]].Value
		if format == nil || format.Kind() != constant.String {
			return nil
		}
		switch strings.Count(constant.StringVal(format), "%w") {
		case 0:
			return madeErrors["errors.errorString"]
		case 1:
			return madeErrors["fmt.wrapError"]
		}
		return madeErrors["fmt.wrapErrors"]
	}
	return nil
}

// madeErrors stand for the types of errors that the standard library does not export.
var madeErrors = func() map[string]types.Type {
	all := map[string]types.Type{}
	for _, name := range []string{"errors.errorString", "fmt.wrapError", "fmt.wrapErrors"} {
		path, base, _ := strings.Cut(name, ".")
		all[name] = types.NewPointer(types.NewNamed(types.NewTypeName(0, types.NewPackage(path, path), base, nil), types.NewStruct(nil, nil), nil))
	}
	return all
}()
