package sharing

import (
	"go/ast"
	"go/types"
	"strings"
)

// soleTarget reports whether a call through an interface of this package can only
// run one method of the package: no other type of it, tests left out unless the
// call is theirs, implements the interface.
func (f *Facts) soleTarget(s site, callee *function) bool {
	return callee != nil && f.soleOf(s.call) == callee
}

// soleOf returns the function that a call of an interface's method runs, if the package declares
// that and nothing but one type implements it.
func (f *Facts) soleOf(call *ast.CallExpr) *function {
	method := originOf(f.pkg.Callee(call))
	if method == nil || method.Pkg() != f.pkg.Types || method.Signature().Recv() == nil || !types.IsInterface(method.Signature().Recv().Type()) {
		return nil
	}
	if f.soles == nil {
		f.soles = map[*types.Func]*function{}
	}
	sole, known := f.soles[method]
	if !known {
		sole = f.findSole(method)
		f.soles[method] = sole
	}
	return sole
}

func (f *Facts) findSole(method *types.Func) (sole *function) {
	ofTest := strings.HasSuffix(f.pkg.Fset.Position(method.Pos()).Filename, "_test.go")
	for _, fn := range f.order {
		if fn.obj == nil || fn.obj.Signature().Recv() == nil || fn.obj.Name() != method.Name() || fn.test && !ofTest || !f.mayCall(method, fn.obj) {
			continue
		}
		if sole != nil {
			return nil
		}
		sole = fn
	}
	return sole
}
