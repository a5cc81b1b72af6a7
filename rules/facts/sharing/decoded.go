package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// goesToDecoder notes that a variable whose address a decoder gets is written there, and nowhere
// else: decoders keep no address. Into a map that is there they put entries.
//
//	json.Unmarshal(data, &s.values)
func (w *walker) goesToDecoder(a *Access, address *ast.UnaryExpr, depth int) bool {
	if depth == 0 || hasMethods(w.pkg.TypeOf(address)) {
		return false
	}
	call, ok := w.stack[depth-1].(*ast.CallExpr)
	if !ok || !w.decodes(call) || !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return ast.Unparen(arg) == ast.Expr(address) }) {
		return false
	}
	a.Write, a.Use = true, call
	if isMap(a.Var.Type()) {
		a.Content, a.Read = true, true
	}
	return true
}

// decodes reports whether a call is one of a decoder, which fills what its argument points to.
func (f *Facts) decodes(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	path := fn.Pkg().Path()
	switch fn.Name() {
	case "Unmarshal", "UnmarshalStrict":
		return path == "encoding/json" || path == "encoding/xml" || strings.Contains(path, "yaml") || strings.Contains(path, "toml")
	case "Decode":
		return path == "encoding/json" || path == "encoding/xml" || path == "encoding/gob"
	case "Sscan", "Sscanf", "Sscanln", "Fscan", "Fscanf", "Fscanln":
		return path == "fmt"
	case "Scan":
		return path == "database/sql"
	}
	return false
}

// hasMethods reports whether a type may have methods of its own for who decodes into it, which may
// take a lock.
func hasMethods(t types.Type) bool {
	elem, _ := pointedTo(t)
	named, ok := types.Unalias(elem).(*types.Named)
	return ok && types.NewMethodSet(types.NewPointer(named)).Len() > 0
}

// fillsMap reports whether an access puts entries into the map of its variable by a call.
func (f *Facts) fillsMap(a *Access) bool {
	call, ok := a.Use.(*ast.CallExpr)
	if !ok || !a.Write || !a.Content || !isMap(a.Var.Type()) {
		return false
	}
	_, builtin := f.pkg.Callee(call).(*types.Builtin)
	return !builtin
}
