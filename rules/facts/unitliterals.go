package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// literal says what becomes of a function literal, as far as its parent shows.
func (s *scanner) literal(lit *ast.FuncLit) *litInfo {
	info := &litInfo{around: s.current()}
	if len(s.stack) == 0 {
		return info // the unit itself
	}
	i := len(s.stack) - 1
	for i > 0 {
		if _, ok := s.stack[i].(*ast.ParenExpr); !ok {
			break
		}
		i--
	}
	switch parent := s.stack[i].(type) {
	case *ast.CallExpr:
		if ast.Unparen(parent.Fun) == lit {
			info.fate = runsHere
			if stmt, started := s.stack[i-1].(*ast.GoStmt); started {
				info.fate, info.goes = startedHere, stmt
			}
		} else if slices.Contains(s.ranLits[parent], lit) {
			info.fate, info.given = runsHere, true
		}
	case *ast.ReturnStmt:
		if info.around == s.root {
			info.fate = handedBack
		}
	case *ast.AssignStmt:
		info.bound = s.variableGiven(parent.Lhs, parent.Rhs, lit)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(parent.Names))
		for i, name := range parent.Names {
			names[i] = name
		}
		info.bound = s.variableGiven(names, parent.Values, lit)
	}
	if info.bound != nil {
		info.fate = bound
	}
	return info
}

// variableGiven returns the local variable that a value is assigned to.
func (s *scanner) variableGiven(lhs, rhs []ast.Expr, given ast.Expr) *types.Var {
	for i, value := range rhs {
		if ast.Unparen(value) != given || i >= len(lhs) {
			continue
		}
		if id, ok := ast.Unparen(lhs[i]).(*ast.Ident); ok {
			v, _ := s.pkg.ObjectOf(id).(*types.Var)
			if s.vars[v] != nil {
				return v
			}
		}
	}
	return nil
}

// settle lets the literals escape whose variable does, and the locks.
func (s *scanner) settle() {
	for _, l := range s.leaks {
		l.settle(s.unit)
	}
	for _, info := range s.literals {
		switch v := s.vars[info.bound]; {
		case info.fate != bound:
		case v.escapes || v.addressed:
			info.fate = escapes
		case v.returned:
			info.fate = handedBack
		case v.started && !v.called:
			info.fate = startedHere // go f()
		}
	}
}
