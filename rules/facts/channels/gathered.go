package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// gathered returns the local slice that an append puts the channel into, or that is a copy
// of what holds the channels: whoever ranges over it has channels of the class.
//
//	for _, c := range b.subs { open = append(open, c) }
//	open := append([]chan T(nil), b.subs...)
//	open := slices.Clone(b.subs)
func (u *classUse) gathered(call *ast.CallExpr) *types.Var {
	i := slices.Index(u.stack, ast.Node(call))
	if i < 1 {
		return nil
	}
	st, ok := u.stack[i-1].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 || len(st.Rhs) != 1 {
		return nil
	}
	v := u.f.Variable(st.Lhs[0])
	if v == nil || v.Kind() != types.LocalVar || !holdsChannels(v.Type()) {
		return nil
	}
	fn, _ := u.f.pkg.Callee(call).(*types.Func)
	clones := fn != nil && (facts.IsFunc(fn, "slices.Clone") || facts.IsFunc(fn, "maps.Clone"))
	if !clones && !u.f.isBuiltin(call, "append") || clones && st.Tok != token.DEFINE {
		return nil
	}
	return v
}

// copied returns the local slice that a call copies what holds the channels to.
//
//	open := make([]chan T, len(b.subs))
//	copy(open, b.subs)
func (u *classUse) copied(call *ast.CallExpr) *types.Var {
	if !u.f.isBuiltin(call, "copy") || !u.is(call.Args[1]) {
		return nil
	}
	v := u.f.Variable(call.Args[0])
	if v == nil || v.Kind() != types.LocalVar || !holdsChannels(v.Type()) {
		return nil
	}
	return v
}

// followHolder looks at the uses of a local slice of channels of the class, once.
func (u *classUse) followHolder(v *types.Var, depth int) {
	if u.f.holders[v] == u.c {
		return
	}
	if u.f.holders[v] != nil || depth > deepest {
		u.open(nil) // channels of two classes
		return
	}
	u.f.holders[v] = u.c
	for _, m := range u.f.mentions(v) {
		inner := &classUse{f: u.f, c: u.c, expr: m.id, stack: m.stack, test: u.test}
		inner.inHolder(depth)
	}
}

// inHolder looks at one mention of such a slice.
func (u *classUse) inHolder(depth int) {
	switch around := u.around(0).(type) {
	case *ast.RangeStmt:
		u.ranged(around)
		return
	case *ast.AssignStmt, *ast.ValueSpec:
		if v, sets := u.f.setBy(mention{id: u.expr.(*ast.Ident), stack: u.stack}); sets && !u.isBad(v) {
			return
		}
		if _, declared := around.(*ast.ValueSpec); declared {
			return
		}
	case *ast.IndexExpr:
		if ast.Unparen(around.X) == ast.Unparen(u.expr) {
			element := &classUse{f: u.f, c: u.c, expr: around, stack: u.stack[:slices.Index(u.stack, ast.Node(around))], test: u.test}
			element.used(depth + 1)
			return
		}
	case *ast.CallExpr:
		if b, ok := u.f.pkg.Callee(around).(*types.Builtin); ok && (b.Name() == "len" || b.Name() == "cap" || (b.Name() == "append" || b.Name() == "copy") && u.is(around.Args[0])) {
			return
		}
	case *ast.BinaryExpr:
		return
	case *ast.ReturnStmt:
		if u.holderReturned(around, depth) {
			return
		}
	}
	u.open(nil)
}

// holderReturned follows what holds channels to the callers of the function that returns it, if the
// package knows every call, and each ranges over the result or has a variable of its own for it.
//
//	func (b *bus) interested(topic string) (all []chan T) { …; return all }
//	for _, c := range b.interested(topic) { c <- v }
func (u *classUse) holderReturned(ret *ast.ReturnStmt, depth int) bool {
	calls := u.callsReturning(ret, depth)
	i := slices.IndexFunc(ret.Results, u.is)
	var uses []func()
	for _, call := range calls {
		fn := u.f.around(call)
		if fn == nil {
			return false
		}
		stack := u.f.stackOf(fn, call)
		if loop, ranges := stack[len(stack)-1].(*ast.RangeStmt); ranges && len(ret.Results) == 1 {
			inner := &classUse{f: u.f, c: u.c, expr: call, stack: stack, test: u.f.inTest(call)}
			uses = append(uses, func() { inner.ranged(loop) })
			continue
		}
		v := u.f.resultOf(call, i, len(ret.Results))
		if v == nil {
			return false
		}
		uses = append(uses, func() { u.followHolder(v, depth+1) })
	}
	for _, use := range uses {
		use()
	}
	return len(uses) > 0
}

func (u *classUse) isBad(x ast.Expr) bool {
	_, bad := x.(*ast.BadExpr)
	return bad
}
