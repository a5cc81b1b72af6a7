package memory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// elementWrites finds writes of the elements of a slice: by the expression that makes it, and by
// all variables and fields that may hold it, or something that it is in.
type elementWrites struct {
	s     *edit.Site
	seed  ast.Expr
	slice types.Type
	names []*types.Var
	depth int // of calls that are followed
}

// in returns a write below a node, when it is known what holds the slice there.
func (w *elementWrites) in(root ast.Node) ast.Node {
	for n := -1; n < len(w.names); {
		n = len(w.names)
		ast.Inspect(root, w.spread)
	}
	return w.below(root)
}

// below returns a write below a node.
func (w *elementWrites) below(root ast.Node) (write ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		if n != nil && write == nil && (w.assigns(n) || w.handsOn(n) || w.sends(n)) {
			write = n
		}
		return write == nil
	})
	return write
}

// kept reports whether a field or package variable holds the slice.
func (w *elementWrites) kept() bool {
	return slices.ContainsFunc(w.names, func(v *types.Var) bool { return v.IsField() || v.Kind() == types.PackageVar })
}

// returns reports whether the caller of a function may get the slice, or something that it is in.
func (w *elementWrites) returns(fn *ast.FuncDecl) (does bool) {
	if obj, ok := w.s.Pkg.Info.Defs[fn.Name].(*types.Func); ok {
		for v := range obj.Signature().Results().Variables() {
			does = does || slices.Contains(w.names, v)
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		does = does || ok && slices.ContainsFunc(ret.Results, w.holds)
		return !does
	})
	return does
}

// spread notes what a statement or a call of a function literal lets hold the slice.
func (w *elementWrites) spread(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, rhs := range n.Rhs {
			if i < len(n.Lhs) && w.holds(rhs) {
				w.note(n.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			if i < len(n.Names) && w.holds(value) {
				w.note(n.Names[i])
			}
		}
	case *ast.RangeStmt:
		if n.Value != nil && w.holds(n.X) {
			w.note(n.Value)
		}
	case *ast.KeyValueExpr:
		if w.holds(n.Value) {
			w.note(n.Key)
		}
	case *ast.CallExpr:
		if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok {
			w.names = append(w.names, w.given(lit.Type, n.Args)...)
		}
	}
	return true
}

// note notes the variable or field that an expression is, or is a part of.
func (w *elementWrites) note(e ast.Expr) {
	if v := w.variable(e); v != nil && !slices.Contains(w.names, v) {
		w.names = append(w.names, v)
	}
}

func (w *elementWrites) variable(e ast.Expr) *types.Var {
	switch x := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return w.variable(x.X)
	case *ast.StarExpr:
		return w.variable(x.X)
	case *ast.SelectorExpr:
		return w.variable(x.Sel)
	case *ast.Ident:
		v, _ := w.s.Pkg.Info.ObjectOf(x).(*types.Var)
		return v
	}
	return nil
}

// given returns the parameters for which arguments hold the slice, that are not noted yet.
func (w *elementWrites) given(fn *ast.FuncType, args []ast.Expr) (params []*types.Var) {
	i := 0
	for _, field := range fn.Params.List {
		for _, id := range field.Names {
			v := w.variable(id)
			_, rest := field.Type.(*ast.Ellipsis)
			if v != nil && i < len(args) && (w.holds(args[i]) || rest && slices.ContainsFunc(args[i:], w.holds)) && !slices.Contains(w.names, v) {
				params = append(params, v)
			}
			i++
		}
	}
	return params
}

// holds reports whether the value of an expression may be the slice, or hold it.
func (w *elementWrites) holds(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return slices.Contains(w.names, w.variable(x))
	case *ast.SelectorExpr:
		return slices.Contains(w.names, w.variable(x)) || w.holds(x.X)
	case *ast.IndexExpr:
		return w.holds(x.X)
	case *ast.SliceExpr:
		return w.holds(x.X)
	case *ast.StarExpr:
		return w.holds(x.X)
	case *ast.UnaryExpr:
		return x.Op == token.AND && w.holds(x.X)
	case *ast.CompositeLit:
		return slices.ContainsFunc(x.Elts, w.holds)
	case *ast.KeyValueExpr:
		return w.holds(x.Value)
	case *ast.CallExpr:
		return ast.Expr(x) == w.seed || len(x.Args) > 0 && (w.converts(x) || w.isAppend(x)) && w.holds(x.Args[0])
	}
	return false
}

func (w *elementWrites) converts(call *ast.CallExpr) bool {
	tv := w.s.Pkg.Info.Types[call.Fun]
	return tv.IsType() && !isString(tv.Type)
}

func isString(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

func (w *elementWrites) isAppend(call *ast.CallExpr) bool {
	callee, ok := w.s.Match.Pkg.Callee(call).(*types.Builtin)
	return ok && callee.Name() == "append"
}

// assigns reports whether a node assigns to an element, or takes its address.
func (w *elementWrites) assigns(n ast.Node) bool {
	if address, ok := n.(*ast.UnaryExpr); ok {
		return address.Op == token.AND && (w.element(address.X) || w.isSlice(address.X) && w.holds(address.X))
	}
	return slices.ContainsFunc(around.AssignedBy(n), w.element)
}

func (w *elementWrites) isSlice(e ast.Expr) bool {
	of := w.s.Pkg.Info.TypeOf(e)
	return of != nil && types.Identical(of.Underlying(), w.slice.Underlying())
}

// element reports whether an expression is an element, or a part of one.
func (w *elementWrites) element(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return !isPointer(w.s.Pkg.Info.TypeOf(x.X)) && w.element(x.X)
	case *ast.IndexExpr:
		return w.isSlice(x.X) && w.holds(x.X) || isArray(w.s.Pkg.Info.TypeOf(x.X)) && w.element(x.X)
	}
	return false
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// handsOn reports whether a call gets the slice, or an element's address, and may write: copy and
// clear, what sorts and reads, and the functions of the package that do.
func (w *elementWrites) handsOn(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	var receiver ast.Expr
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && w.s.Pkg.Info.Selections[sel] != nil {
		receiver = sel.X
	}
	switch callee := w.s.Match.Pkg.Callee(call).(type) {
	case *types.Builtin:
		return (callee.Name() == "copy" || callee.Name() == "clear") && w.holds(call.Args[0])
	case *types.Func:
		recv := callee.Signature().Recv()
		if receiver != nil && recv != nil && isPointer(recv.Type()) && w.element(receiver) {
			return true
		}
		if (writesArguments(callee) || w.declaredHere(callee)) && slices.ContainsFunc(call.Args, w.holdsWithin) {
			return true
		}
	default:
		return w.asArray(call) || w.toUnknown(call)
	}
	decl := w.s.Match.Pkg.Body(call)
	return decl != nil && w.depth > 0 && w.byCallee(decl, call.Args, receiver)
}

// sends reports whether a node sends the slice to whoever receives it.
func (w *elementWrites) sends(n ast.Node) bool {
	send, ok := n.(*ast.SendStmt)
	return ok && w.holdsWithin(send.Value)
}

// toUnknown reports whether a function value gets the slice: nothing is known of what it does.
func (w *elementWrites) toUnknown(call *ast.CallExpr) bool {
	if _, literal := ast.Unparen(call.Fun).(*ast.FuncLit); literal || w.s.Pkg.Info.Types[call.Fun].IsType() {
		return false
	}
	return slices.ContainsFunc(call.Args, w.holdsWithin)
}

// declaredHere reports whether a function is a method of an interface of this package, whose own
// types may do anything.
func (w *elementWrites) declaredHere(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type()) && fn.Pkg() == w.s.Pkg.Types
}

// asArray reports whether the slice is converted to a pointer to its array.
func (w *elementWrites) asArray(call *ast.CallExpr) bool {
	tv := w.s.Pkg.Info.Types[call.Fun]
	return tv.IsType() && isPointer(tv.Type) && len(call.Args) == 1 && w.isSlice(call.Args[0]) && w.holds(call.Args[0])
}

// holdsWithin reports whether the slice is somewhere in an argument: sort.Reverse(list(s)).
func (w *elementWrites) holdsWithin(arg ast.Expr) (does bool) {
	ast.Inspect(arg, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		does = does || ok && w.holds(e)
		return !does
	})
	return does
}

// writesArguments reports whether a function of another package writes the elements of what it
// gets, by its name: what sorts, and what reads, decodes or puts into a buffer.
func writesArguments(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	prefixes := []string{"Read", "Put", "Encode", "Decode", "Fill", "XORKeyStream", "CryptBlocks"}
	switch fn.Pkg().Path() {
	case "sort":
		return !strings.HasPrefix(fn.Name(), "Search") && !strings.HasSuffix(fn.Name(), "Sorted")
	case "slices":
		prefixes = []string{"Sort", "Reverse", "Delete", "Compact", "Insert", "Replace"}
	}
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(fn.Name(), prefix) })
}

// byCallee reports whether a function of the package writes an element of what it gets.
func (w *elementWrites) byCallee(decl *ast.FuncDecl, args []ast.Expr, receiver ast.Expr) bool {
	inside := &elementWrites{s: w.s, slice: w.slice, depth: w.depth - 1}
	inside.names = append(inside.names, w.given(decl.Type, args)...)
	if receiver != nil && decl.Recv != nil && w.holds(receiver) {
		for _, id := range decl.Recv.List[0].Names {
			inside.note(id)
		}
	}
	return len(inside.names) > 0 && inside.in(decl.Body) != nil
}
