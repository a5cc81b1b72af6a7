package facts

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// CanPanic reports whether executing a piece of code can panic or end its
// goroutine, and why, as the end of a sentence. It may where it follows a
// pointer, indexes a slice, asserts a type, divides, writes to a map, sends,
// compares interfaces, or calls anything but harmless builtins, atomics and
// locks. sound holds expressions that are known to lead somewhere, as the
// receiver s does after s.mu.Lock(): following one of those cannot fail.
//
// Code that does not run there and then does not count; see [Package.Blocks].
func (p *Package) CanPanic(n ast.Node, sound ...ast.Expr) (because string, ok bool) {
	g := gauge{p: p, sound: map[string]bool{}}
	for _, e := range sound {
		g.trust(e)
	}
	p.inspectOwn(n, func(m ast.Node) bool {
		if because == "" {
			because = g.panics(m)
		}
		return because == ""
	})
	return because, because != ""
}

// A gauge judges nodes one by one.
type gauge struct {
	p     *Package
	sound map[string]bool // spelled expressions that can be followed
	fine  map[ast.Node]bool
}

// trust notes that an expression, and what leads to it, can be followed.
func (g *gauge) trust(e ast.Expr) {
	g.sound[types.ExprString(e)] = true
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		g.trust(e.X)
	case *ast.StarExpr:
		g.trust(e.X)
	}
}

// allow marks a node whose usual danger its context takes away.
func (g *gauge) allow(e ast.Expr) {
	if g.fine == nil {
		g.fine = map[ast.Node]bool{}
	}
	g.fine[ast.Unparen(e)] = true
}

// panics returns why the node itself, its parts aside, can panic, or "".
func (g *gauge) panics(n ast.Node) string {
	if g.fine[n] {
		return ""
	}
	switch n := n.(type) {
	case *ast.StarExpr:
		return g.follows(n.X)
	case *ast.SelectorExpr:
		return g.selects(n)
	case *ast.IndexExpr:
		return g.indexes(n)
	case *ast.SliceExpr:
		if n.Low != nil || n.High != nil || n.Max != nil {
			return "slices"
		}
	case *ast.TypeAssertExpr:
		if n.Type != nil {
			return "asserts a type"
		}
	case *ast.BinaryExpr:
		return g.computes(n.Op, n.X, n.Y)
	case *ast.CompositeLit:
		return g.fills(n)
	case *ast.SendStmt:
		return "sends on a channel"
	case *ast.AssignStmt:
		return g.assigns(n)
	case *ast.IncDecStmt:
		return g.writes(n.X)
	case *ast.ValueSpec:
		g.commaOk(len(n.Names), n.Values)
	case *ast.RangeStmt:
		return g.ranges(n)
	case *ast.DeferStmt, *ast.GoStmt:
		return "starts or defers a call"
	case *ast.CallExpr:
		return g.calls(n)
	}
	return ""
}

// follows: what a pointer leads to.
func (g *gauge) follows(e ast.Expr) string {
	t := g.p.typeOf(e)
	if !isPointer(t) || g.sound[types.ExprString(e)] {
		return ""
	}
	return fmt.Sprintf("follows %s", types.ExprString(e))
}

// selects: a field or method behind a pointer. Embedded pointers on the way are
// never sure to lead somewhere; a method of a nil interface panics.
func (g *gauge) selects(e *ast.SelectorExpr) string {
	sel := g.p.Info.Selections[e]
	if sel == nil || sel.Kind() == types.MethodExpr {
		return ""
	}
	if types.IsInterface(sel.Recv()) {
		return fmt.Sprintf("selects a method of %s", types.ExprString(e.X))
	}
	if sel.Kind() == types.MethodVal && len(sel.Index()) == 1 && isPointer(recvType(sel.Obj().(*types.Func))) && isPointer(sel.Recv()) {
		return "" // passes the pointer on
	}
	if because := g.follows(e.X); because != "" {
		return because
	}
	if len(sel.Index()) > 1 && embedsPointer(sel) {
		return fmt.Sprintf("follows an embedded pointer to %s", e.Sel.Name)
	}
	return ""
}

// embedsPointer reports whether a field on the way to what is selected, the
// last one aside, is a pointer.
func embedsPointer(sel *types.Selection) bool {
	t := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		strct, ok := pointee(t).Underlying().(*types.Struct)
		if !ok {
			return true
		}
		t = strct.Field(i).Type()
		if isPointer(t) {
			return true
		}
	}
	return false
}

// indexes: an element of a slice, an array or a string may not be there; a map
// key that is an interface may hold what cannot be hashed.
func (g *gauge) indexes(e *ast.IndexExpr) string {
	t := g.p.typeOf(e.X)
	if g.p.IsType(e.X) {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return "" // an instance of a generic function
	case *types.Map:
		if strictlyComparable(u.Key()) {
			return ""
		}
		return "looks up a key that may not be hashable"
	case *types.Array:
		if g.p.Info.Types[e.Index].Value != nil {
			return ""
		}
	}
	return "indexes " + types.ExprString(e.X)
}

// computes: division by what may be zero, a shift by what may be negative, a
// comparison of interfaces whose values may not be comparable.
func (g *gauge) computes(op token.Token, x, y ast.Expr) string {
	t, right := g.p.typeOf(x), g.p.Info.Types[y]
	switch op {
	case token.QUO, token.REM, token.QUO_ASSIGN, token.REM_ASSIGN:
		if isInteger(t) && (right.Value == nil || constant.Sign(right.Value) == 0) {
			return "divides"
		}
	case token.SHL, token.SHR, token.SHL_ASSIGN, token.SHR_ASSIGN:
		if right.Value == nil && !isUnsigned(right.Type) {
			return "shifts by what may be negative"
		}
	case token.EQL, token.NEQ:
		if !right.IsNil() && !g.p.IsNil(x) && !(strictlyComparable(t) && strictlyComparable(right.Type)) {
			return "compares values that may not be comparable"
		}
	}
	return ""
}

// fills: the keys of a map literal.
func (g *gauge) fills(e *ast.CompositeLit) string {
	t := g.p.typeOf(e)
	if m, ok := t.Underlying().(*types.Map); ok && !strictlyComparable(m.Key()) {
		return "makes a map with keys that may not be hashable"
	}
	return ""
}

func (g *gauge) assigns(n *ast.AssignStmt) string {
	g.commaOk(len(n.Lhs), n.Rhs)
	for _, lhs := range n.Lhs {
		if because := g.writes(lhs); because != "" {
			return because
		}
	}
	if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
		return g.computes(n.Tok, n.Lhs[0], n.Rhs[0])
	}
	return ""
}

// commaOk: v, ok := x.(T) does not panic.
func (g *gauge) commaOk(left int, values []ast.Expr) {
	if left == 2 && len(values) == 1 {
		if assertion, ok := ast.Unparen(values[0]).(*ast.TypeAssertExpr); ok {
			g.allow(assertion)
		}
	}
}

// writes: to a map, which may be nil.
func (g *gauge) writes(e ast.Expr) string {
	if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		if _, isMap := g.p.typeOf(index.X).Underlying().(*types.Map); isMap {
			return "writes to a map, which may be nil"
		}
	}
	return ""
}

func (g *gauge) ranges(n *ast.RangeStmt) string {
	switch g.p.typeOf(n.X).Underlying().(type) {
	case *types.Slice, *types.Array, *types.Map, *types.Chan, *types.Basic:
	default:
		return "ranges over what may be nil"
	}
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if e != nil && n.Tok == token.ASSIGN {
			if because := g.writes(e); because != "" {
				return because
			}
		}
	}
	return ""
}

// calls: only what is known to be harmless.
func (g *gauge) calls(call *ast.CallExpr) string {
	if g.p.IsType(call.Fun) {
		return g.converts(call)
	}
	if b, ok := g.p.Callee(call).(*types.Builtin); ok {
		return g.builtin(b.Name(), call)
	}
	if fn := g.p.callee(call); fn != nil && fn.Pkg() != nil {
		switch path := fn.Pkg().Path(); {
		case path == "sync/atomic" && !namedValue(fn), path == "sync" && isLock(recvType(fn)) != noLock:
			return ""
		}
	}
	return "calls " + types.ExprString(call.Fun)
}

// builtin: delete needs a key that can be hashed, make a length that is not negative.
func (g *gauge) builtin(name string, call *ast.CallExpr) string {
	harmless := harmlessBuiltins[name]
	switch name {
	case "delete":
		m, ok := g.p.typeOf(call.Args[0]).Underlying().(*types.Map)
		harmless = ok && strictlyComparable(m.Key())
	case "make":
		harmless = true
		for _, size := range call.Args[1:] {
			harmless = harmless && g.p.Info.Types[size].Value != nil
		}
	}
	if harmless {
		return ""
	}
	return "calls " + name
}

// namedValue reports whether fn is a method of atomic.Value, which panics on
// nil and on a second type.
func namedValue(fn *types.Func) bool {
	named, ok := types.Unalias(pointee(recvType(fn))).(*types.Named)
	return ok && named.Obj().Name() == "Value"
}

// harmlessBuiltins never panic.
var harmlessBuiltins = map[string]bool{
	"len": true, "cap": true, "append": true, "copy": true, "new": true, "min": true, "max": true,
	"complex": true, "real": true, "imag": true, "print": true, "println": true,
}

// converts: a slice may be shorter than the array.
func (g *gauge) converts(call *ast.CallExpr) string {
	_, from := g.p.typeOf(call.Args[0]).Underlying().(*types.Slice)
	_, to := pointee(g.p.typeOf(call)).Underlying().(*types.Array)
	if from && to {
		return "converts a slice to an array"
	}
	return ""
}

// strictlyComparable reports whether == on the type can never panic: no
// interface is in it.
func strictlyComparable(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return false
	case *types.Array:
		return strictlyComparable(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !strictlyComparable(f.Type()) {
				return false
			}
		}
	}
	return true
}

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return !ok || b.Info()&types.IsInteger != 0 // a type parameter may be one
}

func isUnsigned(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsUnsigned != 0
}

// pointee returns what a pointer type points to, and any other type itself.
func pointee(t types.Type) types.Type {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}
