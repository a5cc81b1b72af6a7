package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A keptCall is a call of what a struct keeps.
type keptCall struct {
	call   *ast.CallExpr
	method string // of the object that is kept; "" where a function is
	owner  Lock   // the struct, as the function names it, or as its caller does
	keeping
	inside *ast.CallExpr // the call of the function that makes it; nil if it is made here
	// released are the classes of the locks that the functions in between release.
	released []types.Object
}

// keptCall reports whether a call is of something that a struct keeps.
func (u *unit) keptCall(call *ast.CallExpr) (keptCall, bool) {
	found := keptCall{call: call}
	fun := ast.Unparen(call.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if u.pkg.heldFunc(sel) != nil {
			return keptCall{}, false // it holds one function only, which is known
		}
		if s := u.pkg.Info.Selections[sel]; s != nil && s.Kind() == types.MethodVal {
			if !types.IsInterface(s.Recv()) {
				return keptCall{}, false
			}
			found.method, fun = sel.Sel.Name, sel.X
		}
	}
	return u.keptValue(found, fun)
}

// keptValue finds what keeps the value of an expression.
func (u *unit) keptValue(found keptCall, e ast.Expr) (keptCall, bool) {
	source := u.keptIn(e, 0)
	var owner ast.Expr
	if found.field, owner = u.keeper(source); found.field == nil {
		return keptCall{}, false
	}
	if !u.plainPath(owner) {
		if outer, holder := u.keeper(u.keptIn(owner, 0)); outer != nil {
			found.inner, found.field, owner = found.field, outer, holder
		}
	}
	at, ok := u.place(owner)
	found.owner = at.Lock
	return found, ok && u.steady(at)
}

// keeper returns the field or variable that an expression names, if what it holds
// can be called, and the struct that has it: the variable itself if it is one.
func (u *unit) keeper(e ast.Expr) (*types.Var, ast.Expr) {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return u.pkg.callableField(e.Sel), e.X
	case *ast.Ident:
		return u.pkg.callableGlobal(e), e
	}
	return nil, nil
}

// plainPath reports whether an expression selects fields, one after the other,
// and nothing else, or is a variable of the package: what keeps a value is the
// last of these structs.
func (u *unit) plainPath(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return true
	case *ast.Ident:
		return isGlobal(u.pkg.ObjectOf(e))
	}
	return false
}

// maxSources bounds through how many variables a value is followed.
const maxSources = 4

// keptIn returns the field, or variable of the package, from which the value of an
// expression comes: itself, an element, what is received from it, or a local
// variable that got one of these; nil if it is none.
func (u *unit) keptIn(e ast.Expr, depth int) ast.Expr {
	if depth > maxSources {
		return nil
	}
	switch e := ast.Unparen(orBlank(e)).(type) {
	case *ast.SelectorExpr:
		if s := u.pkg.Info.Selections[e]; s != nil && s.Kind() == types.FieldVal {
			return e
		}
	case *ast.IndexExpr:
		return u.keptIn(e.X, depth+1)
	case *ast.SliceExpr:
		return u.keptIn(e.X, depth+1)
	case *ast.UnaryExpr:
		if e.Op == token.ARROW {
			return u.keptIn(e.X, depth+1)
		}
	case *ast.CallExpr:
		return u.keptIn(copied(e), depth+1)
	case *ast.Ident:
		if u.pkg.callableGlobal(e) != nil {
			return e
		}
		return u.keptIn(u.sourceOf(e), depth+1)
	}
	return nil
}

// copied returns what a call makes a copy of: append(nil, x...), slices.Clone(x);
// nil if it does not look like that.
func copied(call *ast.CallExpr) ast.Expr {
	if call.Ellipsis.IsValid() || len(call.Args) == 1 {
		return call.Args[len(call.Args)-1]
	}
	return nil
}

// sourceOf returns the only expression from which a local variable gets its
// value, or its values turn by turn; nil if there are several.
func (u *unit) sourceOf(id *ast.Ident) ast.Expr {
	v, ok := u.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return nil
	}
	info := u.vars[v]
	if info == nil || info.param || info.defs != 1 || info.addressed {
		return nil
	}
	if info.init != nil {
		return info.init
	}
	return u.definedBy(v)
}

// definedBy returns the operand of the range statement, or of the index or
// receive expression with a second result, that defines a variable.
func (u *unit) definedBy(v *types.Var) (source ast.Expr) {
	defines := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && u.pkg.Def(id) == v
	}
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if defines(n.Key) || defines(n.Value) {
				source = n.X
			}
		case *ast.AssignStmt:
			if len(n.Rhs) == 1 && len(n.Lhs) == 2 && defines(n.Lhs[0]) {
				source = n.Rhs[0]
			}
		}
		return source == nil
	})
	return source
}
