package facts

import (
	"go/ast"
	"go/types"
)

// Whether a function takes a lock may hang on what its caller passes, or on a
// flag that tells who holds it: then one who holds the lock can know that it is
// not taken. What hangs on anything else can happen to every caller.

// decided reports whether what stands at the current node hangs on a parameter
// or on a flag: by a condition around it, or one under which the function was
// left before.
func (s *scanner) decided() bool {
	if s.byCaller[s.current()] {
		return true
	}
	var child ast.Node
	for i := len(s.stack) - 1; i >= 0; i-- {
		n := s.stack[i]
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return false
		}
		for _, cond := range conditionsOf(n) {
			if ast.Node(cond) != child && s.asksCaller(cond) {
				return true
			}
		}
		child = n
	}
	return false
}

// conditionsOf returns the expressions that decide whether the parts of a
// statement run.
func conditionsOf(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.IfStmt:
		return []ast.Expr{n.Cond}
	case *ast.ForStmt:
		if n.Cond != nil {
			return []ast.Expr{n.Cond}
		}
	case *ast.SwitchStmt:
		if n.Tag != nil {
			return []ast.Expr{n.Tag}
		}
	case *ast.CaseClause:
		return n.List
	case *ast.BinaryExpr:
		return []ast.Expr{n.X}
	}
	return nil
}

// asksCaller reports whether a condition reads a parameter, or a boolean that
// is no local variable.
func (s *scanner) asksCaller(cond ast.Expr) bool {
	asks := false
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			v, ok := s.pkg.Info.Uses[n].(*types.Var)
			if !ok {
				break
			}
			info := s.vars[v]
			asks = asks || info != nil && info.parameter && !s.isReceiver(v)
			asks = asks || info == nil && isBool(v.Type())
		case *ast.FuncLit:
			return false
		}
		return !asks
	})
	return asks
}

func (s *scanner) isReceiver(v *types.Var) bool {
	decl, ok := s.root.(*ast.FuncDecl)
	if !ok || decl.Recv == nil {
		return false
	}
	sig := s.pkg.signature(decl)
	return sig != nil && sig.Recv() == v
}
