package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A classUse is one mention of the channels of a class, under the name of the
// field or that of a local variable or parameter that stands for it.
type classUse struct {
	f     *Facts
	c     *Class
	expr  ast.Expr
	stack []ast.Node
	test  bool
}

func (u *classUse) around(i int) ast.Node { return mention{stack: u.stack}.around(i) }

// declared looks at the declaration: of a field, or with a value.
func (u *classUse) declared(id *ast.Ident) {
	spec, ok := u.around(0).(*ast.ValueSpec)
	if !ok || len(spec.Values) == 0 {
		return
	}
	i := slices.Index(spec.Names, id)
	if len(spec.Values) != len(spec.Names) {
		u.c.Serves, u.c.Takes = true, true
		return
	}
	u.f.stored(u.c, spec.Values[i], u.test)
}

// open notes that the channel goes to somebody unknown, as a value of a type.
func (u *classUse) open(as types.Type) {
	dir := types.SendRecv
	if as != nil {
		if ch, ok := as.Underlying().(*types.Chan); ok {
			dir = ch.Dir()
		}
	}
	u.c.Serves = u.c.Serves || dir != types.RecvOnly
	u.c.Takes = u.c.Takes || dir != types.SendOnly
}

// used looks at a use of the channel.
func (u *classUse) used(depth int) {
	switch around := u.around(0).(type) {
	case *ast.SendStmt:
		if ast.Unparen(around.Chan) == ast.Unparen(u.expr) {
			u.op(Send, around)
			return
		}
	case *ast.UnaryExpr:
		if around.Op == token.ARROW {
			u.op(Receive, around)
			return
		}
	case *ast.RangeStmt:
		if ast.Unparen(around.X) == ast.Unparen(u.expr) {
			u.op(Range, around)
			return
		}
	case *ast.BinaryExpr:
		u.compared(around, depth)
		return
	case *ast.KeyValueExpr:
		u.keyed(around)
		return
	case *ast.AssignStmt:
		u.assigned(around, depth)
		return
	case *ast.ReturnStmt:
		if !u.returned(around, depth) {
			u.open(u.resultType(around))
		}
		return
	case *ast.CallExpr:
		u.argument(around, depth)
		return
	case *ast.CompositeLit:
		if u.inField(around) {
			return
		}
	}
	u.open(nil)
}

// keyed looks at x: y in a composite literal.
func (u *classUse) keyed(kv *ast.KeyValueExpr) {
	if kv.Key == u.expr {
		u.f.stored(u.c, kv.Value, u.test)
		return
	}
	if !u.ofClass(kv.Key) {
		u.open(u.f.pkg.TypeOf(kv.Key))
	}
}

// assigned looks at an assignment to the channel, or of it: a local variable
// that is set by nothing else is followed.
func (u *classUse) assigned(st *ast.AssignStmt, depth int) {
	if v := u.looked(st); v != nil {
		u.follow(v, depth)
		return
	}
	if len(st.Lhs) != len(st.Rhs) {
		u.open(nil)
		return
	}
	if i := slices.IndexFunc(st.Lhs, u.is); i >= 0 {
		u.c.Replaced = true
		u.f.given(u.c, st.Rhs[i], u.test)
		return
	}
	i := slices.IndexFunc(st.Rhs, u.is)
	if i < 0 {
		u.open(nil)
		return
	}
	v := u.f.Variable(st.Lhs[i])
	if v != nil && v.Kind() == types.LocalVar && st.Tok == token.DEFINE && (u.f.sets(v) == 1 || u.f.remembered(v, u.c) != nil) {
		u.follow(v, depth)
		return
	}
	if id, ok := st.Lhs[i].(*ast.Ident); (!ok || id.Name != "_") && !u.ofClass(st.Lhs[i]) {
		u.open(u.f.pkg.TypeOf(st.Lhs[i]))
	}
}

func (u *classUse) is(x ast.Expr) bool { return ast.Unparen(x) == ast.Unparen(u.expr) }

// compared follows a parameter of an exported function with which the channel is compared: it
// is one that the caller was given.
func (u *classUse) compared(with *ast.BinaryExpr, depth int) {
	other := with.X
	if u.is(other) {
		other = with.Y
	}
	v := u.f.Variable(other)
	if with.Op == token.EQL && v != nil && v.Kind() == types.ParamVar && u.f.sets(v) == 0 && u.f.holders[v] == nil {
		u.f.holders[v] = u.c
		u.follow(v, depth)
	}
}

// follow looks at the uses of a local variable or parameter for the channel.
func (u *classUse) follow(v *types.Var, depth int) {
	if depth > deepest {
		u.open(v.Type())
		return
	}
	if v.Kind() == types.LocalVar {
		u.f.alias(v, u.c)
	}
	for _, m := range u.f.mentions(v) {
		if _, sets := u.f.setBy(m); sets || u.f.pkg.Def(m.id) != nil {
			continue
		}
		inner := &classUse{f: u.f, c: u.c, expr: m.id, stack: m.stack, test: u.test}
		inner.used(depth + 1)
	}
}

// argument looks at a call that gets the channel.
func (u *classUse) argument(call *ast.CallExpr, depth int) {
	b, isBuiltin := u.f.pkg.Callee(call).(*types.Builtin)
	if isBuiltin {
		switch b.Name() {
		case "close":
			u.op(Close, call)
			return
		case "len", "cap":
			u.op(Observe, call)
			return
		case "append":
			if len(call.Args) > 0 && !u.is(call.Args[0]) && u.ofClass(call.Args[0]) {
				return
			}
			if v := u.gathered(call); v != nil && !u.is(call.Args[0]) {
				u.followHolder(v, depth+1)
				return
			}
		}
	}
	w := &tracer{f: u.f}
	if param, _ := w.parameter(u.expr, call); param != nil && u.f.sets(param) == 0 {
		u.follow(param, depth+1)
		return
	}
	u.open(u.paramType(call))
}

// paramType returns the type of the parameter that takes the channel.
func (u *classUse) paramType(call *ast.CallExpr) types.Type {
	sig, ok := u.f.pkg.TypeOf(call.Fun).(*types.Signature)
	i := slices.IndexFunc(call.Args, u.is)
	if !ok || i < 0 || i >= sig.Params().Len() || sig.Variadic() && i == sig.Params().Len()-1 {
		if tv := u.f.pkg.Info.Types[call.Fun]; tv.IsType() {
			return tv.Type
		}
		return nil
	}
	return sig.Params().At(i).Type()
}

// returned follows the channel to the callers of the function that returns it, if it
// is one of which the package knows every call, each with a variable of its own for it.
func (u *classUse) returned(ret *ast.ReturnStmt, depth int) bool {
	i := slices.IndexFunc(ret.Results, u.is)
	var vars []*types.Var
	for _, call := range u.callsReturning(ret, depth) {
		v := u.f.resultOf(call, i, len(ret.Results))
		if v == nil {
			return false
		}
		vars = append(vars, v)
	}
	for _, v := range vars {
		u.follow(v, depth+1)
	}
	return len(vars) > 0
}

// callsReturning returns all calls of the function that a return statement with the channel, or what
// holds it, is of; none if others may call it too.
func (u *classUse) callsReturning(ret *ast.ReturnStmt, depth int) []*ast.CallExpr {
	fn, _ := functionAt(u.stack)
	decl, ok := fn.(*ast.FuncDecl)
	i := slices.IndexFunc(ret.Results, u.is)
	if !ok || i < 0 || decl.Name.IsExported() || depth > deepest || !u.f.onlyCalled(decl) || decl.Recv != nil && u.f.inInterface(decl.Name.Name) {
		return nil
	}
	return u.f.callsOf(decl)
}

// resultType returns the type of the result as which the channel is returned.
func (u *classUse) resultType(ret *ast.ReturnStmt) types.Type {
	fn, _ := functionAt(u.stack)
	var sig *types.Signature
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		sig = u.f.pkg.Def(fn.Name).(*types.Func).Signature()
	case *ast.FuncLit:
		sig, _ = u.f.pkg.TypeOf(fn).(*types.Signature)
	}
	i := slices.IndexFunc(ret.Results, u.is)
	if sig == nil || i < 0 || sig.Results().Len() != len(ret.Results) {
		return nil
	}
	return sig.Results().At(i).Type()
}

// op notes an operation.
func (u *classUse) op(kind Kind, n ast.Node) {
	i := slices.Index(u.stack, n)
	op := &ClassOp{Kind: kind, Node: n, Chan: u.expr, Stack: slices.Clone(u.stack[:i]), Test: u.test}
	fn, at := functionAt(op.Stack)
	if fn == nil {
		u.open(nil)
		return
	}
	op.Fn = fn
	op.Defer = deferredAt(op.Stack, at)
	op.Case, op.Select = caseOf(n, op.Stack)
	u.c.Ops = append(u.c.Ops, op)
}

// deferredAt returns the defer statement that puts off what stands directly in
// it, or in the literal at stack[fn] that it calls.
func deferredAt(stack []ast.Node, fn int) *ast.DeferStmt {
	if d, ok := stack[len(stack)-1].(*ast.DeferStmt); ok {
		return d
	}
	if _, literal := stack[fn].(*ast.FuncLit); literal && fn >= 2 {
		if d, ok := stack[fn-2].(*ast.DeferStmt); ok && ast.Unparen(d.Call.Fun) == stack[fn] {
			return d
		}
	}
	return nil
}

// caseOf returns the clause of a select whose operation is n, which the stack
// is around.
func caseOf(n ast.Node, stack []ast.Node) (*ast.CommClause, *ast.SelectStmt) {
	for i := len(stack) - 1; i >= 2; i-- {
		switch around := stack[i].(type) {
		case *ast.ParenExpr, *ast.ExprStmt, *ast.AssignStmt:
			continue
		case *ast.CommClause:
			if around.Comm != nil && around.Comm.Pos() <= n.Pos() && n.End() <= around.Comm.End() {
				s, _ := stack[i-2].(*ast.SelectStmt)
				return around, s
			}
		}
		break
	}
	return nil, nil
}
