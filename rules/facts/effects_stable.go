package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Stable reports whether an expression is pure and its value cannot be changed
// by another goroutine, nor by a call that stands between: it reads nothing but
// constants, functions, and local variables that nobody else can write.
//
// A local is its function's own when its address is never taken (by &, by a
// method with a pointer receiver, by slicing an array) and no function literal
// captures it, unless it is never assigned after its declaration. A package
// variable is stable if this package never assigns it nor takes its address, and
// no other can or, for an error like io.EOF, does. What a pointer, a map, a slice
// or a channel leads to is never stable. The function's own assignments between
// two evaluations are the asker's business.
func (p *Package) Stable(e ast.Expr) bool {
	if tv, ok := p.Info.Types[e]; ok && (tv.Value != nil || tv.IsNil() || tv.IsType()) {
		return true
	}
	switch e := e.(type) {
	case *ast.BasicLit, *ast.FuncLit:
		return true // a literal reads what it captures when it runs, not now
	case *ast.Ident:
		return p.stableIdent(e)
	case *ast.ParenExpr:
		return p.Stable(e.X)
	case *ast.SelectorExpr:
		return p.stableSelector(e)
	case *ast.CompositeLit:
		return p.stableElements(e)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return p.stableAddress(e.X)
		}
		return e.Op != token.ARROW && p.Stable(e.X)
	case *ast.BinaryExpr:
		return p.Stable(e.X) && p.Stable(e.Y)
	case *ast.TypeAssertExpr:
		return p.Stable(e.X)
	case *ast.IndexExpr:
		return p.stableIndex(e)
	case *ast.SliceExpr:
		return p.stableSlice(e)
	case *ast.CallExpr:
		return p.stableCall(e)
	}
	return false
}

func (p *Package) stableIdent(id *ast.Ident) bool {
	switch obj := p.Use(id).(type) {
	case *types.Func, *types.TypeName, *types.Builtin, *types.Nil, *types.Const, *types.PkgName:
		return true
	case *types.Var:
		return p.steadyVar(obj)
	}
	return p.Def(id) != nil
}

// stableSelector: a name of another package, a field of a stable struct value, or
// a method value whose receiver is copied or is a stable pointer.
func (p *Package) stableSelector(e *ast.SelectorExpr) bool {
	sel := p.Info.Selections[e]
	if sel == nil {
		return p.stableIdent(e.Sel)
	}
	if sel.Kind() == types.MethodExpr {
		return true
	}
	if sel.Kind() == types.FieldVal {
		return !sel.Indirect() && p.Stable(e.X)
	}
	if p.takesAddress(e) {
		return len(sel.Index()) == 1 && p.stableAddress(e.X)
	}
	copied := isPointer(p.typeOf(e.X)) && !isPointer(recvType(sel.Obj().(*types.Func))) // *x is read now
	return len(sel.Index()) == 1 && !copied && p.Stable(e.X)
}

// stableElements: a new object of stable parts. The keys of a struct literal
// are field names.
func (p *Package) stableElements(e *ast.CompositeLit) bool {
	for _, elt := range e.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			field, isIdent := kv.Key.(*ast.Ident)
			named := isIdent && p.isField(field)
			if !named && !p.Stable(kv.Key) {
				return false
			}
			elt = kv.Value
		}
		if !p.Stable(elt) {
			return false
		}
	}
	return true
}

func (p *Package) isField(id *ast.Ident) bool {
	v, ok := p.Use(id).(*types.Var)
	return ok && v.IsField()
}

// stableAddress: of a new object, of a variable, of a field behind a stable
// pointer. Only the address is asked for, not what stands there.
func (p *Package) stableAddress(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return p.stableElements(e)
	case *ast.Ident:
		_, isVar := p.Use(e).(*types.Var)
		return isVar
	case *ast.SelectorExpr:
		sel := p.Info.Selections[e]
		switch {
		case sel == nil:
			return true // a package variable
		case !sel.Indirect():
			return p.stableAddress(e.X)
		}
		return len(sel.Index()) == 1 && p.Stable(e.X)
	}
	return false
}

// stableIndex: a byte of a string, an element of an array value. Slices, maps
// and pointers to arrays lead to shared memory.
func (p *Package) stableIndex(e *ast.IndexExpr) bool {
	if p.IsType(e.X) || isFuncValue(p.Info.Uses, e.X) {
		return true // an instance of a generic function
	}
	return p.isValueSequence(e.X) && p.Stable(e.X) && p.Stable(e.Index)
}

func isFuncValue(uses map[*ast.Ident]types.Object, e ast.Expr) bool {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		e = sel.Sel
	}
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = uses[id].(*types.Func)
	return ok
}

// isValueSequence reports whether e is a string or an array, not a pointer to one.
func (p *Package) isValueSequence(e ast.Expr) bool {
	switch t := p.typeOf(e).Underlying().(type) {
	case *types.Array:
		return true
	case *types.Basic:
		return t.Info()&types.IsString != 0
	}
	return false
}

// stableSlice: the bounds of a slice or string; what the slice leads to is not asked for.
func (p *Package) stableSlice(e *ast.SliceExpr) bool {
	if _, isArray := p.typeOf(e.X).Underlying().(*types.Array); isArray {
		return false // its address is taken
	}
	for _, bound := range []ast.Expr{e.Low, e.High, e.Max} {
		if bound != nil && !p.Stable(bound) {
			return false
		}
	}
	return p.Stable(e.X)
}

// stableCall: a conversion, a builtin or a pure call of stable arguments none
// of which leads to shared memory that the call could read.
func (p *Package) stableCall(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if !p.Stable(arg) {
			return false
		}
	}
	if p.IsType(call.Fun) {
		return len(call.Args) == 1 && p.convertsValue(call)
	}
	if b, ok := p.Callee(call).(*types.Builtin); ok {
		return p.stableBuiltin(b.Name(), call)
	}
	if !p.pureCall(call) || p.Model(call) == nil { // a body may read package variables
		return false
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && p.Info.Selections[sel] != nil {
		if !p.Stable(sel.X) || !p.isBasic(sel.X) {
			return false
		}
	}
	for _, arg := range call.Args {
		if !p.isBasic(arg) && !p.IsNil(arg) {
			return false
		}
	}
	return true
}

// stableBuiltin: those that read no memory behind their arguments.
func (p *Package) stableBuiltin(name string, call *ast.CallExpr) bool {
	switch name {
	case "new", "make", "min", "max", "complex", "real", "imag":
		return true
	case "cap":
		return true // of a slice header, an array, a channel: fixed
	case "len":
		switch p.typeOf(call.Args[0]).Underlying().(type) {
		case *types.Basic, *types.Slice, *types.Array, *types.Pointer:
			return true
		}
	}
	return false
}

// convertsValue reports whether a conversion looks at its operand alone, not at
// memory behind it: string(bytes) and [4]T(slice) read the elements.
func (p *Package) convertsValue(call *ast.CallExpr) bool {
	from, to := p.typeOf(call.Args[0]).Underlying(), p.typeOf(call).Underlying()
	if _, ok := from.(*types.Slice); ok {
		_, ok := to.(*types.Slice)
		return ok
	}
	if _, param := p.typeOf(call.Args[0]).(*types.TypeParam); param {
		return types.IsInterface(p.typeOf(call))
	}
	return true
}

// isBasic reports whether the type of e is a number, a string or a boolean.
func (p *Package) isBasic(e ast.Expr) bool {
	b, ok := p.typeOf(e).Underlying().(*types.Basic)
	return ok && b.Kind() != types.UnsafePointer
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
