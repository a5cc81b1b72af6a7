package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// use notes what one mention does.
func (w *tracer) use(m mention, at spot, v *types.Var, depth int) {
	if value, sets := w.f.setBy(m); sets && (!isWaitGroup(v.Type()) || w.f.isNewGroup(value) && w.f.sets(v) == 1) {
		return // by its make: madeBy has seen to that; or by errgroup.WithContext
	}
	switch around := m.around(0).(type) {
	case *ast.SendStmt:
		if ast.Unparen(around.Chan) == ast.Expr(m.id) {
			w.channelOp(Send, around, m, at)
			return
		}
	case *ast.UnaryExpr:
		if around.Op == token.ARROW {
			w.channelOp(Receive, around, m, at)
			return
		}
		if around.Op == token.AND && isGroup(v.Type()) {
			w.addressed(m, around, at, depth)
			return
		}
	case *ast.RangeStmt:
		if ast.Unparen(around.X) == ast.Expr(m.id) {
			w.op(Range, around, at)
			return
		}
	case *ast.BinaryExpr, *ast.Field:
		return // compared; declared as a parameter
	case *ast.ValueSpec:
		if slices.Contains(around.Names, m.id) {
			return
		}
	case *ast.AssignStmt:
		w.alias(m, around, at, depth)
		return
	case *ast.ReturnStmt:
		if w.returned && at.thread == w.t.Home && at.anchor == nil {
			w.t.Returned = true
			return
		}
	case *ast.SelectorExpr:
		w.method(m, around, at)
		return
	case *ast.CallExpr:
		w.call(m.id, m, around, at, depth)
		return
	}
	w.unknown(m.id)
}

// op notes an operation, unless its goroutine never comes to it.
func (w *tracer) op(kind Kind, n ast.Node, at spot) *Op {
	op := &Op{Kind: kind, Node: n, Thread: at.thread, Fn: at.fn, Anchor: at.at(n), Deferred: at.deferred, calls: at.calls}
	if at.fn != at.thread.Fn || !w.f.ruledOut(at.thread, n) {
		w.t.Ops = append(w.t.Ops, op)
	}
	return op
}

// channelOp notes a send or receive, which may be a case of a select.
func (w *tracer) channelOp(kind Kind, n ast.Node, m mention, at spot) {
	op := w.op(kind, n, at)
	i := slices.Index(m.stack, n)
	for i--; i >= 0; i-- {
		switch around := m.stack[i].(type) {
		case *ast.ParenExpr, *ast.ExprStmt, *ast.AssignStmt:
			continue
		case *ast.CommClause:
			if around.Comm != nil && around.Comm.Pos() <= n.Pos() && n.End() <= around.Comm.End() {
				op.Case = around
				op.Select, _ = m.stack[i-2].(*ast.SelectStmt)
			}
		}
		return
	}
}

// alias follows x := ch, where x is set by nothing else.
func (w *tracer) alias(m mention, assign *ast.AssignStmt, at spot, depth int) {
	i := slices.IndexFunc(assign.Rhs, func(x ast.Expr) bool { return ast.Unparen(x) == ast.Expr(m.id) })
	if i < 0 || len(assign.Lhs) != len(assign.Rhs) {
		w.unknown(m.id)
		return
	}
	if id, ok := assign.Lhs[i].(*ast.Ident); ok && id.Name == "_" {
		return
	}
	other := w.f.Variable(assign.Lhs[i])
	if other == nil || other.Kind() != types.LocalVar || assign.Tok != token.DEFINE || w.f.sets(other) != 1 || at.thread != w.t.Home || at.anchor != nil {
		w.unknown(m.id)
		return
	}
	w.follow(other, at.fn, at, depth+1)
}

// sets counts how often a variable is set.
func (f *Facts) sets(v *types.Var) (n int) {
	for _, m := range f.mentions(v) {
		if _, sets := f.setBy(m); sets {
			n++
		}
	}
	return n
}

// isNewGroup reports whether an expression makes a WaitGroup that nobody else has: a literal,
// the address of one, or new.
func (f *Facts) isNewGroup(x ast.Expr) bool {
	x = ast.Unparen(x)
	if address, ok := x.(*ast.UnaryExpr); ok && address.Op == token.AND {
		x = ast.Unparen(address.X)
	}
	switch x := x.(type) {
	case *ast.CompositeLit:
		return isWaitGroup(f.pkg.TypeOf(x))
	case *ast.CallExpr:
		return f.isBuiltin(x, "new") && isWaitGroup(f.pkg.TypeOf(x))
	}
	return false
}

var groupMethods = map[string]Kind{"Add": Add, "Done": Done, "Wait": Wait, "Go": Go}

// method notes a call of a WaitGroup's method.
func (w *tracer) method(m mention, sel *ast.SelectorExpr, at spot) {
	call, ok := m.around(1).(*ast.CallExpr)
	kind, known := groupMethods[sel.Sel.Name]
	if ok && sel.Sel.Name == "SetLimit" {
		return
	}
	if !ok || !known || ast.Unparen(call.Fun) != ast.Expr(sel) {
		w.unknown(m.id)
		return
	}
	switch around := m.around(2).(type) {
	case *ast.DeferStmt:
		at = at.later(around, at.fn)
	case *ast.GoStmt:
		w.unknown(m.id)
		return
	}
	w.op(kind, call, at)
}

// addressed follows &wg into a call.
func (w *tracer) addressed(m mention, address *ast.UnaryExpr, at spot, depth int) {
	if call, ok := m.around(1).(*ast.CallExpr); ok {
		w.call(address, m, call, at, depth)
		return
	}
	w.unknown(m.id)
}

// call notes a builtin that gets the channel, or follows it into a function of
// the package.
func (w *tracer) call(x ast.Expr, m mention, call *ast.CallExpr, at spot, depth int) {
	switch b, _ := w.f.pkg.Callee(call).(*types.Builtin); {
	case b == nil:
	case b.Name() == "close":
		if d, ok := m.around(1).(*ast.DeferStmt); ok {
			at = at.later(d, at.fn)
		}
		w.op(Close, call, at)
		return
	case b.Name() == "len" || b.Name() == "cap":
		w.op(Observe, call, at)
		return
	}
	param, fn := w.parameter(x, call)
	if param == nil && w.elsewhere && w.f.onlySends(x, call) {
		w.t.Elsewhere = append(w.t.Elsewhere, call)
		return
	}
	if param == nil || w.f.sets(param) > 0 {
		w.unknown(m.id)
		return
	}
	i := slices.Index(m.stack, ast.Node(call))
	var inside spot
	switch around := m.stack[i-1].(type) {
	case *ast.GoStmt:
		inside = w.started(around, fn, m.stack[:i-1], at, w.f.Variable(m.id))
	case *ast.DeferStmt:
		inside = at.later(around, fn)
	default:
		inside = at.inline(call, fn, loopOf(m.stack[:i], w.f.Variable(m.id).Pos()))
	}
	w.follow(param, fn, inside, depth+1)
}

// parameter returns the parameter that takes an argument, and its function.
func (w *tracer) parameter(x ast.Expr, call *ast.CallExpr) (*types.Var, ast.Node) {
	i := slices.IndexFunc(call.Args, func(a ast.Expr) bool { return ast.Unparen(a) == ast.Unparen(x) })
	var fields *ast.FieldList
	var fn ast.Node
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		fields, fn = lit.Type.Params, lit
	} else if decl := w.f.pkg.Body(call); decl != nil {
		fields, fn = decl.Type.Params, decl
	}
	if fields == nil || i < 0 || call.Ellipsis.IsValid() {
		return nil, nil
	}
	for _, field := range fields.List {
		if _, variadic := field.Type.(*ast.Ellipsis); variadic {
			return nil, nil
		}
		if i < len(field.Names) {
			v, _ := w.f.pkg.Def(field.Names[i]).(*types.Var)
			return v, fn
		}
		i -= max(len(field.Names), 1)
	}
	return nil, nil
}
