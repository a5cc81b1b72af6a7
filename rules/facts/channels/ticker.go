package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Unstopped returns a way out of the function that holds a Ticker in a local
// variable, if nobody stops it: only its channel and Reset are used. A Ticker of
// which there is one a turn of a loop is none.
func (f *Facts) Unstopped(v *types.Var) ast.Node {
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return nil
	}
	all := f.mentions(v)
	var fn ast.Node
	for _, m := range all {
		if f.pkg.Def(m.id) != nil {
			if fn, _ = functionAt(m.stack); inLoop(m.stack) {
				return nil
			}
			continue
		}
		sel, ok := m.around(0).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "C" && sel.Sel.Name != "Reset" {
			return nil
		}
		if used, _ := functionAt(m.stack); used != fn {
			return nil // somebody else may use it longer
		}
		if sel.Sel.Name == "C" && !receives(m.around(1)) {
			return nil
		}
	}
	if fn == nil || f.endsTheProgram(fn) {
		return nil
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: f.declared(all),
		covered: func(ast.Node) bool { return false },
		leaves:  func(b *facts.Block) bool { return b.Exit.Normal() },
	}
	return s.out()
}

// declared returns the statement that declares a variable.
func (f *Facts) declared(all []mention) ast.Node {
	for _, m := range all {
		if f.pkg.Def(m.id) != nil {
			return m.around(0)
		}
	}
	return nil
}

// receives reports whether a node receives from what stands in it.
func receives(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return true
	case *ast.RangeStmt:
		return n != nil
	}
	return false
}

// inLoop reports whether a loop of the innermost function is around.
func inLoop(stack []ast.Node) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		switch stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}
