package sharing

import (
	"go/ast"
	"go/types"
)

// A visit is a call of a method of this package that a function of the standard
// library makes, while it runs, of an object that it gets as an interface: io.Copy
// calls Read of its source.
type visit struct {
	in     *function
	call   *ast.CallExpr
	object ast.Expr
	method *types.Func
}

// visitors are functions that call methods of their arguments and keep none of them.
var visitors = map[string]bool{
	"io.Copy": true, "io.CopyN": true, "io.CopyBuffer": true, "io.ReadAll": true, "io.ReadFull": true, "io.ReadAtLeast": true, "io.WriteString": true,
	"fmt.Fprint": true, "fmt.Fprintf": true, "fmt.Fprintln": true, "sort.Sort": true, "sort.Stable": true, "sort.IsSorted": true,
}

// visit notes the methods of this package that a call of the standard library calls.
func (w *walker) visit(call *ast.CallExpr, in *function) {
	fn, ok := w.pkg.Callee(call).(*types.Func)
	if !ok || in == nil || fn.Pkg() == nil || fn.Signature().Recv() != nil || !visitors[fn.Pkg().Path()+"."+fn.Name()] {
		return
	}
	if _, stmt := w.parent(0).(*ast.GoStmt); stmt {
		return
	}
	params := fn.Signature().Params()
	for i := range min(params.Len(), len(call.Args)) {
		if iface, ok := params.At(i).Type().Underlying().(*types.Interface); ok {
			w.visitMethods(in, call, call.Args[i], iface)
		}
	}
}

func (w *walker) visitMethods(in *function, call *ast.CallExpr, object ast.Expr, iface *types.Interface) {
	t := w.pkg.TypeOf(object)
	if t == nil || types.IsInterface(t) {
		return
	}
	for method := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(t, true, w.pkg.Types, method.Name())
		if fn, ok := obj.(*types.Func); ok && w.decls[fn.Origin()] != nil {
			w.visits = append(w.visits, visit{in, call, object, fn.Origin()})
		}
	}
}
