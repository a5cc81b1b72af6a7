package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// given holds the values that a local variable is given in its function.
type given struct {
	values   []ast.Expr
	lists    []ast.Expr // of which it is an element
	elements []ast.Expr // of the list that it is, put in one by one
	unknown  bool       // it is given others too, as by whoever has its address
	listing  bool       // who can reach its elements is being found out
	asked    bool       // who can reach them is being found out
	tracing  bool       // which map or slice they are entries of is being found out
}

// valuesOf returns the values of the local variables of a function, of its
// literals too.
func (f *Facts) valuesOf(home *function) map[*types.Var]*given {
	if home.values != nil {
		return home.values
	}
	s := &valueSearch{f, map[*types.Var]*given{}}
	home.values = s.found
	f.pkg.Inspect(home.body(), func(n ast.Node) bool {
		s.node(n)
		return true
	})
	return home.values
}

type valueSearch struct {
	*Facts
	found map[*types.Var]*given
}

func (s *valueSearch) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			// Of several results of a call the first is the object.
			s.add(lhs, n.Rhs[min(i, len(n.Rhs)-1)], len(n.Lhs) == len(n.Rhs) || i == 0)
			if list, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok && len(n.Lhs) == len(n.Rhs) {
				s.addElement(list.X, n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if len(n.Values) > 0 {
				s.add(name, n.Values[min(i, len(n.Values)-1)], len(n.Names) == len(n.Values) || i == 0)
			} else {
				s.of(name)
			}
		}
	case *ast.RangeStmt:
		s.add(n.Key, n.X, true)
		s.add(n.Value, n.X, true)
		if g := s.of(n.Value); g != nil {
			g.lists = append(g.lists, n.X)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			if g := s.of(n.X); g != nil {
				g.unknown = true
			}
		}
	}
}

func (s *valueSearch) add(e, value ast.Expr, known bool) {
	if g := s.of(e); g != nil {
		g.values = append(g.values, value)
		g.unknown = g.unknown || !known
	}
}

func (s *valueSearch) addElement(list, value ast.Expr) {
	if g := s.of(list); g != nil {
		g.elements = append(g.elements, value)
	}
}

// of returns the record of a local variable, nil for anything else.
func (s *valueSearch) of(e ast.Expr) *given {
	if e == nil {
		return nil
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := s.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Kind() == types.PackageVar {
		return nil
	}
	if s.found[v] == nil {
		s.found[v] = &given{}
	}
	return s.found[v]
}
