package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// A channel with room for one is a lock of those who put something into it before their part,
// and take it out behind.
//
//	sem := make(chan struct{}, 1)
//	go func() { sem <- struct{}{}; n++; <-sem }()

// sameToken reports whether two accesses are made with the one room of a channel taken.
func (f *Facts) sameToken(a, b *Access) bool {
	held := f.tokensAt(a)
	if len(held) == 0 || a == b {
		return len(held) > 0
	}
	for v := range f.tokensAt(b) {
		if held[v] {
			return true
		}
	}
	return false
}

// tokensAt returns the channels with room for one into which the function of an access has put
// something that it takes out later.
func (f *Facts) tokensAt(a *Access) map[*types.Var]bool {
	if a.fn == nil {
		return nil
	}
	at := ast.Node(a.node())
	held := map[*types.Var]bool{}
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && ast.Node(lit) != a.fn.node {
			return false
		}
		send, ok := n.(*ast.SendStmt)
		if !ok || send.Pos() > at.Pos() {
			return true
		}
		if v := f.oneRoom(a.fn, send.Chan); v != nil && f.takesOutBehind(a.fn, v, send, at) {
			_, always := f.pkg.Flow(a.fn.node).Precedes(send, at)
			held[v] = held[v] || always
		}
		return true
	})
	return held
}

// oneRoom returns the variable of a channel that is only ever one with room for one; nil for
// others.
func (f *Facts) oneRoom(fn *function, ch ast.Expr) *types.Var {
	id, ok := ast.Unparen(ch).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok {
		return nil
	}
	made, ok := f.onlyValue(fn.outermost(), v).(*ast.CallExpr)
	if !ok || len(made.Args) != 2 {
		return nil
	}
	if room := f.pkg.Info.Types[made.Args[1]].Value; room == nil || constant.Compare(room, token.NEQ, constant.MakeInt64(1)) {
		return nil
	}
	return v
}

// takesOutBehind reports whether a function receives from a channel behind a node, or by a
// deferred call, and not between a send and that.
func (f *Facts) takesOutBehind(fn *function, v *types.Var, send, at ast.Node) (behind bool) {
	between := false
	deferred := token.NoPos
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.DeferStmt:
			deferred = n.End()
		case *ast.UnaryExpr:
			if n.Op != token.ARROW || !f.isVariable(n.X, v) {
				return true
			}
			late := n.Pos() < deferred || n.Pos() > at.Pos()
			behind = behind || late
			between = between || !late && n.Pos() > send.Pos()
		}
		return true
	})
	return behind && !between
}
