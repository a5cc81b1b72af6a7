package order

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// target says which function a call runs; false if none that can be followed.
func (b *bodyWalk) target(call *ast.CallExpr, c *Call) bool {
	switch callee := b.pkg.Callee(call).(type) {
	case *types.Func:
		return b.function(callee, call, c)
	case *types.Var:
		return b.runsVariable(callee, c) || b.keptCall(call, c)
	}
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return b.runsLiteral(lit, true, c)
	}
	return b.keptCall(call, c)
}

// runsVariable is a call of the literal that a local variable holds.
func (b *bodyWalk) runsVariable(v *types.Var, c *Call) bool {
	lit, ok := ast.Unparen(b.valueOf(v)).(*ast.FuncLit)
	return ok && b.runsLiteral(lit, b.names.OnlyCalled(v), c)
}

// runsLiteral is a call of a literal; only says that it runs nowhere else.
func (b *bodyWalk) runsLiteral(lit *ast.FuncLit, only bool, c *Call) bool {
	fn := b.funcs[lit]
	if fn == nil {
		return false
	}
	if only {
		fn.Entry &^= Open
	}
	if c.Go {
		fn.Entry |= Open
	}
	c.Callee = fn.ID
	return true
}

func (b *bodyWalk) function(callee *types.Func, call *ast.CallExpr, c *Call) bool {
	callee = callee.Origin()
	recv := callee.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		if !b.within(callee.Pkg()) {
			return false
		}
		c.Callee = b.name(callee)
		return true
	}
	iface := types.Unalias(recv.Type())
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if static := types.Unalias(b.pkg.TypeOf(sel.X)); static != nil && types.IsInterface(static) {
			iface = static // the type of the value says more than the embedded interface
		}
	}
	if named, ok := iface.(*types.Named); ok && (named.TypeParams().Len() > 0 || !b.within(named.Obj().Pkg())) {
		return false
	}
	if _, ok := iface.(*types.TypeParam); ok {
		return false
	}
	c.Iface, c.Method = b.iface(iface), b.method(callee)
	return true
}

// within reports whether the program may have a package: what others do is not seen.
func (c *collector) within(pkg *types.Package) bool {
	switch {
	case pkg == nil || pkg.Path() == "sync":
		return false
	case pkg == c.pkg.Types || c.pkg.Within == nil:
		return true
	}
	return c.pkg.Within(pkg.Path())
}

// runs notes which literals and functions a call of something outside runs on
// this goroutine, as the models know.
func (b *bodyWalk) runs(call *ast.CallExpr) {
	b.implicit(call)
	model := b.pkg.Model(call)
	if model == nil {
		return
	}
	for _, run := range model.Runs {
		if run.How != models.Now && run.How != models.Once || run.Arg >= len(call.Args) {
			continue
		}
		c := &Call{Pos: call.Pos(), End: call.End(), Go: b.starts[call]}
		if b.targetValue(call.Args[run.Arg], c) {
			c.Held = b.heldAt(call)
			b.fn.Calls = append(b.fn.Calls, c)
		}
	}
}

// implicit notes the methods that a call runs without naming them.
func (b *bodyWalk) implicit(call *ast.CallExpr) {
	for _, implicit := range b.pkg.ImplicitCalls(call) {
		c := &Call{Callee: b.name(implicit.Method), Pos: call.Pos(), End: call.End(), Go: b.starts[call], Held: b.heldAt(call)}
		if at, ok := b.names.Place(implicit.Object); ok {
			c.Args = []*Ref{b.refs.of(b.refOf(at, call))}
		}
		b.fn.Calls = append(b.fn.Calls, c)
	}
}

// targetValue says which function a func value is.
func (b *bodyWalk) targetValue(e ast.Expr, c *Call) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return b.runsLiteral(e, true, c)
	case *ast.Ident:
		switch obj := b.pkg.Use(e).(type) {
		case *types.Var:
			return b.runsVariable(obj, c)
		case *types.Func:
			c.Callee = b.name(obj.Origin())
			return true
		}
	case *ast.SelectorExpr:
		if fn, ok := b.pkg.Use(e.Sel).(*types.Func); ok && (fn.Signature().Recv() == nil || !types.IsInterface(fn.Signature().Recv().Type())) {
			c.Callee = b.name(fn.Origin())
			if at, ok := b.names.Place(e.X); ok {
				c.Args = []*Ref{b.refs.of(b.refOf(at, e))}
			}
			return true
		}
	}
	return false
}

// values notes the functions that are used as values: they run who knows when.
func (b *bodyWalk) values(body ast.Node, called []*ast.CallExpr) {
	funs := make(map[ast.Expr]bool)
	for _, call := range called {
		fun := ast.Unparen(call.Fun)
		funs[fun] = true
		if sel, ok := fun.(*ast.SelectorExpr); ok {
			funs[sel.Sel] = true
		}
	}
	b.walker.collector.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			if fn, ok := b.pkg.Use(n).(*types.Func); ok && !funs[n] && b.within(fn.Pkg()) {
				b.fn.Calls = append(b.fn.Calls, &Call{Callee: b.name(fn.Origin()), Go: true, Pos: n.Pos(), End: n.End()})
			}
		}
		return true
	})
}
