package sharing

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// givesMap reports whether a call is known to read or write, before it comes back, the map
// that it is given, and notes that as an access to what is in it: json.Marshal(s.m),
// maps.Copy(s.m, more), slices.Sorted(maps.Keys(s.m)). depth is how many nodes stand
// around the call.
func (w *walker) givesMap(a *Access, call *ast.CallExpr, arg ast.Node, depth int) bool {
	expr, ok := arg.(ast.Expr)
	if !ok || a.Content || !isMap(w.pkg.TypeOf(expr)) {
		return false
	}
	model := w.pkg.Model(call)
	if model == nil {
		return false
	}
	switch writes := model.Fills && call.Args[0] == arg; {
	case writes || model.Reads && !w.looksAtOutside(call):
		a.Content, a.Write, a.Use = true, writes, call
	case model.Sequence && depth > 0 && w.exhausts(w.stack[depth-1], call):
		a.Content, a.Use = true, w.stack[depth-1]
	default:
		return false
	}
	return true
}

// looksAtOutside reports whether a call formats the address or the type of something: maybe of
// the map, which it does not look into then.
func (w *walker) looksAtOutside(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		value := w.pkg.Info.Types[arg].Value
		return value != nil && value.Kind() == constant.String && outside.MatchString(constant.StringVal(value))
	})
}

// outside matches a format that shows an address or a type.
var outside = lazyregexp.New(`%[-+# 0-9]*[pT]`)

// readOut reports whether an access is a call that has read what is in the map when it comes
// back: what it gives is something else.
func (a *Access) readOut() bool {
	_, call := a.Use.(*ast.CallExpr)
	return call && a.Content && !a.Object
}

// exhausts reports whether a node runs the sequence that a call gives: a loop over it, or a
// function of the standard library that collects it.
func (w *walker) exhausts(n ast.Node, sequence *ast.CallExpr) bool {
	switch n := n.(type) {
	case *ast.RangeStmt:
		return n.X == sequence
	case *ast.CallExpr:
		fn, ok := w.pkg.Callee(n).(*types.Func)
		if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil || len(n.Args) == 0 {
			return false
		}
		path := fn.Pkg().Path()
		return (path == "slices" || path == "maps") && !givesSequence(fn.Signature())
	}
	return false
}

// givesSequence reports whether a function gives a function, as an iter.Seq is one: what
// it got it has not run then.
func givesSequence(sig *types.Signature) bool {
	for v := range sig.Results().Variables() {
		if _, ok := v.Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}
