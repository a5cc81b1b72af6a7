package sharing

import (
	"go/ast"
	"strings"
)

// lingersIn returns a call, in a node of a flow, that may take long by what the models say of it
// or of what it calls: it waits for the network, a database, a process, or sleeps.
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
		c, ok := n.(*ast.CallExpr)
		found = found || ok && f.lingers(c)
		return !found
	})
	return found
}

func (f *Facts) lingers(c *ast.CallExpr) bool {
	if m := f.pkg.Model(c); m != nil {
		return m.Blocks != nil && *m.Blocks && (m.Why == "sleeps" || strings.HasPrefix(m.Why, "waits for") && m.Why != "waits for a lock")
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
		case *ast.CallExpr:
			if f.lingers(n) {
				fn.lingering = yes
			}
		}
		return true
	})
	return fn.lingering == yes
}
