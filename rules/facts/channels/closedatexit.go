package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// closedAtExit returns the close of a channel which a function defers before it comes to an exit; or
// which who calls it, in this package, defers, if the channel is a parameter.
func (f *Facts) closedAtExit(t *Trace, op *Op, exit ast.Node) *ast.CallExpr {
	if end := f.deferredClose(t.Fn, t.Var); end != nil {
		flow := f.pkg.Flow(t.Fn)
		if _, before := flow.Precedes(end.stmt, op.Thread.Anchor); before && !f.waitsAtExit(t.Fn, end.stmt) {
			return end.call
		}
		return nil
	}
	if t.Var.Kind() != types.ParamVar {
		return nil
	}
	for _, call := range f.callsOf(t.Fn) {
		if end := f.closedAbove(t, call); end != nil {
			return end
		}
	}
	return nil
}

type deferredClose struct {
	stmt *ast.DeferStmt
	call *ast.CallExpr
}

// deferredClose returns where a function defers the close of a variable's channel, in no literal.
func (f *Facts) deferredClose(fn ast.Node, v *types.Var) (found *deferredClose) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			if f.isBuiltin(n.Call, "close") && f.Variable(n.Call.Args[0]) == v && found == nil {
				found = &deferredClose{n, n.Call}
			}
		}
		return true
	})
	return found
}

// waitsAtExit reports whether a function defers, behind a close, what may wait: that runs first.
func (f *Facts) waitsAtExit(fn ast.Node, end *ast.DeferStmt) (waits bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && d.Pos() > end.Pos() {
			lit, isLit := ast.Unparen(d.Call.Fun).(*ast.FuncLit)
			waits = waits || f.mayJoin(d.Call) || isLit && f.mayWaitInside(lit.Body)
		}
		_, nested := n.(*ast.FuncLit)
		return !waits && !nested
	})
	return waits
}

// closedAbove returns the close that a caller of a function defers for the channel that it passes,
// where it does not wait behind the call.
func (f *Facts) closedAbove(t *Trace, call *ast.CallExpr) *ast.CallExpr {
	at := f.parameterAt(t.Fn, t.Var)
	if at < 0 || at >= len(call.Args) || call.Ellipsis.IsValid() {
		return nil
	}
	v := f.Variable(call.Args[at])
	if v == nil {
		return nil
	}
	all := f.mentions(v)
	for _, m := range all {
		if !contains(call, m.id) {
			continue
		}
		caller, _ := functionAt(m.stack)
		if caller == nil || f.startsOrDefers(m) {
			return nil
		}
		end := f.deferredClose(caller, v)
		if end == nil || end.stmt.Pos() > call.Pos() || f.waitsAtExit(caller, end.stmt) || f.waitsBehind(caller, call) {
			return nil
		}
		return end.call
	}
	return nil
}

// parameterAt returns which parameter of a function a variable is, -1 if none.
func (f *Facts) parameterAt(fn ast.Node, v *types.Var) int {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return -1
	}
	obj, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok {
		return -1
	}
	for i := range obj.Signature().Params().Len() {
		if obj.Signature().Params().At(i) == v {
			return i
		}
	}
	return -1
}

// startsOrDefers reports whether the call in which a mention stands is that of a go or defer statement.
func (f *Facts) startsOrDefers(m mention) bool {
	for i := range 3 {
		switch m.around(i).(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return true
		}
	}
	return false
}

// waitsBehind reports whether a function may wait behind a call.
func (f *Facts) waitsBehind(fn ast.Node, call *ast.CallExpr) (waits bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if waits || n == nil {
			return false
		}
		if c, ok := n.(*ast.CallExpr); ok && c.Pos() > call.End() {
			waits = f.mayJoin(c)
		}
		if u, ok := n.(*ast.UnaryExpr); ok && u.Pos() > call.End() {
			waits = waits || u.Op == token.ARROW
		}
		return !waits
	})
	return waits
}
