package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// mainAlone reports whether the function main makes an access when nobody else is at work:
// before anything that could start a goroutine, or to read what those have left for whom a
// group has waited.
func (f *Facts) mainAlone(a *Access) bool {
	fn := a.fn
	if fn.obj == nil || fn.obj.Name() != "main" || f.pkg.Types.Name() != "main" || fn.obj.Signature().Recv() != nil {
		return false
	}
	return !a.Write && f.behindGroup(fn, a.Expr) || f.beforeAnyStart(fn, a.Expr)
}

// beforeAnyStart reports whether nothing that a function may do before it comes to a node
// starts a goroutine, as far as can be seen.
func (f *Facts) beforeAnyStart(fn *function, at ast.Node) bool {
	atEnd := map[ast.Node]bool{} // calls that run when the function ends
	starts := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			atEnd[d.Call] = true
		}
		if !atEnd[n] && f.mayStart(n) && f.before(fn, n, at) {
			starts = true
		}
		_, literal := n.(*ast.FuncLit)
		return !starts && !literal
	})
	return !starts
}

// mayStart reports whether a node may start a goroutine: it is a go statement, a call of
// what is not seen or that is given a function, or of one of the package that comes to a
// start.
func (f *Facts) mayStart(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		_, starts := n.(*ast.GoStmt)
		return starts
	}
	if f.pkg.IsType(call.Fun) {
		return false
	}
	if slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { _, isFunc := f.typeOf(arg).(*types.Signature); return isFunc }) {
		return true
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Builtin:
		return false
	case *types.Func:
		if decl := f.decls[callee.Origin()]; decl != nil {
			return f.anyCalled(decl, func(fn *function) bool { return f.startsSomewhere(fn) }, map[*function]bool{})
		}
		recv := callee.Signature().Recv()
		return recv != nil && types.IsInterface(recv.Type())
	}
	return true
}

// startsSomewhere reports whether a go statement stands in a function, or what somebody
// else runs on a goroutine.
func (f *Facts) startsSomewhere(fn *function) (starts bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.FuncLit:
			starts = starts || f.funcs[n].runs == started || f.funcs[n].runs == later
		}
		return !starts
	})
	return starts
}

// anyCalled reports whether something holds for a function, or for one that it calls.
func (f *Facts) anyCalled(fn *function, holds func(*function) bool, seen map[*function]bool) bool {
	if seen[fn] {
		return false
	}
	seen[fn] = true
	return holds(fn) || slices.ContainsFunc(f.callsOf(fn), func(c outgoing) bool { return f.anyCalled(c.callee, holds, seen) })
}

// behindGroup reports whether a function comes to a node only behind the Wait of a group,
// its own or that of a function of the package.
func (f *Facts) behindGroup(fn *function, at ast.Node) (behind bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if n.End() <= at.Pos() && f.waitsForGroup(n) {
				_, always := f.pkg.Flow(fn.node).Precedes(n, at)
				behind = behind || always
			}
		}
		return !behind
	})
	return behind
}

// afterWorkers reports whether a function makes an access behind the Wait of a group, and all
// others are made on goroutines that it has started itself.
func (f *Facts) afterWorkers(a *Access) bool {
	if a.fn.around != nil || !f.behindGroup(a.fn, a.Expr) {
		return false
	}
	some := false
	for _, b := range f.accesses[a.Var] {
		if b.fn == a.fn || b.fn.test || b.fn.initialises() || f.ownerOf(b) == Own {
			continue
		}
		for _, root := range f.rootsOf(b.fn) {
			if root.Outside() || root.Start == a.fn.node || !within(a.fn.node, root.Start) {
				return false
			}
		}
		some = true
	}
	return some
}

// waitsForGroup reports whether a call is Wait of a group, or of a function of the package
// that always comes to one.
func (f *Facts) waitsForGroup(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	if recv := callee.Signature().Recv(); recv != nil && callee.Name() == "Wait" && callee.Pkg() != nil {
		return strings.HasSuffix(recv.Type().String(), "sync.WaitGroup") || strings.HasSuffix(recv.Type().String(), "errgroup.Group")
	}
	decl := f.decls[callee.Origin()]
	return decl != nil && slices.ContainsFunc(decl.body().List, func(stmt ast.Stmt) bool {
		s, ok := stmt.(*ast.ExprStmt)
		if !ok {
			return false
		}
		wait, ok := s.X.(*ast.CallExpr)
		return ok && calledMethod(wait) == "Wait" && f.decls[originOf(f.pkg.Callee(wait))] == nil && f.waitsForGroup(wait)
	})
}
