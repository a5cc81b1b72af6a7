package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// lingersIn reports whether a node of a flow may take long: it receives, be it from a clock, or makes a
// call that does by what the models say of it or of what it calls: it waits for the network, a
// database, a process, the other end of a stream, or sleeps.
//
//	s.mu.Lock()
//	s.list, err = fetch(s.url) // resp, err := http.Get(url)
//	s.mu.Unlock()
func (f *Facts) lingersIn(n ast.Node) bool {
	if _, started := n.(*ast.GoStmt); started {
		return false
	}
	found := false
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		found = found || f.lingers(n)
		return !found
	})
	return found
}

func (f *Facts) lingers(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return n.Op == token.ARROW && !looksOnly(f.around(n), n)
	case *ast.RangeStmt:
		return f.lingersOver(n.X)
	case *ast.CallExpr:
		return f.lingersInCall(n)
	}
	return false
}

// lingersOver reports whether a range waits for its turns: it receives, or runs a function of the
// package that waits or lingers, or one of which nothing is known.
func (f *Facts) lingersOver(x ast.Expr) bool {
	switch f.typeOf(x).(type) {
	case *types.Chan:
		return true
	case *types.Signature:
		if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
			x = call.Fun
		}
		named := f.named(x)
		if _, unseen := named.(*types.Var); unseen {
			return true
		}
		fn := f.decls[originOf(named)]
		return fn != nil && slices.ContainsFunc(f.partsOfFunction(fn), func(part *function) bool { return f.mayWait(part) || f.mayLinger(part) })
	}
	return false
}

// named returns the function that an expression names, nil where it names none.
func (f *Facts) named(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.pkg.Use(e)
	case *ast.SelectorExpr:
		return f.pkg.Use(e.Sel)
	}
	return nil
}

func (f *Facts) lingersInCall(c *ast.CallExpr) bool {
	if m := f.pkg.Model(c); m != nil {
		return m.Blocks != nil && *m.Blocks && (m.Why == "sleeps" || strings.HasPrefix(m.Why, "waits for") && m.Why != "waits for a lock" || f.streams(c, m))
	}
	callee := f.decls[originOf(f.pkg.Callee(c))]
	return callee != nil && f.mayLinger(callee)
}

// mayLinger reports whether a function, or one that it calls, may take long.
func (f *Facts) mayLinger(fn *function) bool {
	if fn.lingering != unasked {
		return fn.lingering == yes
	}
	fn.lingering = no // in recursion
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if fn.lingering == yes {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return f.funcs[n].runs == inPlace
		case *ast.GoStmt:
			return false
		}
		if f.lingers(n) {
			fn.lingering = yes
		}
		return true
	})
	return fn.lingering == yes
}
