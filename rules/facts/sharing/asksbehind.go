package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// asksBehind reports whether the package calls a method only behind a loop over a channel that a
// goroutine closes when it ends, and makes an access before that.
//
//	func (r *reader) run() { defer close(r.lines); …; r.err = err }
//
//	for line := range r.Lines() { … }
//	if err := r.Err(); err != nil { … }
func (f *Facts) asksBehind(m, goroutine *function, access *Access) bool {
	closed := map[types.Object]bool{}
	for key, gives := range f.signalsOf(goroutine).gives {
		closed[key] = slices.ContainsFunc(gives, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return false
			}
			builtin, ok := f.pkg.Callee(call).(*types.Builtin)
			return ok && builtin.Name() == "close" && f.isDeferred(goroutine, n) && !f.runsBehind(goroutine, access, n)
		})
	}
	sites := f.realSites(m)
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		return s.in == nil || s.runs != inPlace || !f.behindRange(s.in, s.call, closed)
	})
}

// runsBehind reports whether an access is made by what a goroutine has deferred before a deferred call: that
// runs behind it.
//
//	defer func() { r.err = r.src.Err() }()
//	defer close(r.lines)
func (f *Facts) runsBehind(goroutine *function, access *Access, deferred ast.Node) (behind bool) {
	f.pkg.Inspect(goroutine.body(), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		if !ok || behind || d.End() > deferred.Pos() {
			return !behind
		}
		decl := f.pkg.Body(d.Call)
		behind = within(d, access.Expr) || decl != nil && within(decl, access.Expr)
		return !behind
	})
	return behind
}

// behindRange reports whether a function has always come to the end of a loop over one of some
// channels before a node.
func (f *Facts) behindRange(fn *function, at ast.Node, channels map[types.Object]bool) (behind bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if ok && loop.End() < at.Pos() && channels[f.channelGiven(loop.X)] && !breaks(loop.Body) {
			_, always := f.pkg.Flow(fn.node).Precedes(loop.X, at)
			behind = behind || always
		}
		return !behind
	})
	return behind
}

// channelGiven returns the variable or field that holds a channel, or that a method returns it from.
func (f *Facts) channelGiven(x ast.Expr) types.Object {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return f.holder(x)
	}
	callee := f.decls[originOf(f.pkg.Callee(call))]
	if callee == nil || len(callee.body().List) != 1 {
		return nil
	}
	if ret, ok := callee.body().List[0].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
		return f.holder(ret.Results[0])
	}
	return nil
}

// breaks reports whether a loop may be left by a break, or a goto.
func breaks(body *ast.BlockStmt) (does bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			does = does || n.Tok == token.BREAK || n.Tok == token.GOTO
		}
		return !does
	})
	return does
}
