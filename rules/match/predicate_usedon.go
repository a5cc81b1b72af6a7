package match

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var usedOnPredicate = predicate{
	doc: "some path leads from the place to a use of what the local variable holds there: not to an assignment to it, nor a comparison with nil, nor a field that never changes",
	params: []parameter{
		{name: "after", doc: "the place"},
		{name: "var", doc: "the variable"},
		{name: "use", doc: "the use", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		id, ok := a.node("var").(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := a.pkg.Use(id).(*types.Var)
		fn := a.function(a.node("after"))
		if !ok || fn == nil || a.pkg.Flow(fn) == nil {
			return true
		}
		s := useSearch{a.pkg, v}
		if s.basic(fn) {
			return true
		}
		use := s.from(a.pkg.Flow(fn), a.node("after"))
		if use == nil {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"use": one(use)},
			evidence: []Evidence{{use.Pos(), use.End(), "used here"}},
		})
	},
}

// A useSearch looks for a use of the value that a variable has.
type useSearch struct {
	pkg *facts.Package
	v   *types.Var
}

// from returns the first use that some path from behind a node leads to.
func (s useSearch) from(flow *facts.Flow, after ast.Node) (use *ast.Ident) {
	at, ok := flow.At(after)
	if !ok {
		return nil
	}
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{{Block: at.Block, Index: at.Index + 1}}
	for len(todo) > 0 && use == nil {
		p := todo[0]
		todo = todo[1:]
		replaced := false
		for ; p.Index < len(p.Block.Nodes) && use == nil && !replaced; p.Index++ {
			use, replaced = s.at(p.Block.Nodes[p.Index])
		}
		if replaced {
			continue
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return use
}

// at returns the use in a node, and whether the variable gets another value there.
func (s useSearch) at(n ast.Node) (use *ast.Ident, replaced bool) {
	besides := map[ast.Expr]bool{}
	facts.Evaluated(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				replaced = replaced || s.is(lhs)
				besides[lhs] = true
			}
		case *ast.SelectorExpr:
			if field := s.fieldOf(n); field != nil && s.is(n.X) && !sharing.Of(s.pkg).Varies(field) {
				besides[n.X] = true
			}
		case *ast.BinaryExpr:
			if s.pkg.IsNil(n.X) || s.pkg.IsNil(n.Y) {
				besides[n.X], besides[n.Y] = true, true
			}
		case *ast.Ident:
			if s.is(n) && s.pkg.Def(n) != nil {
				replaced = true
			} else if s.is(n) && !besides[n] && use == nil {
				use = n
			}
		}
		return true
	})
	return use, replaced
}

// fieldOf returns the field of its operand that a selector reads: where it goes
// through embedded structs, the first of these.
func (s useSearch) fieldOf(sel *ast.SelectorExpr) *types.Var {
	selection := s.pkg.Info.Selections[sel]
	if selection == nil || selection.Kind() != types.FieldVal {
		return nil
	}
	t := selection.Recv().Underlying()
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem().Underlying()
	}
	st, ok := t.(*types.Struct)
	if !ok {
		return nil
	}
	return st.Field(selection.Index()[0])
}

func (s useSearch) is(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && s.pkg.ObjectOf(id) == s.v
}

// basic reports whether the variable only gets numbers, strings and the like, also as an
// interface: nobody can change what others have of them.
func (s useSearch) basic(fn ast.Node) bool {
	values, others := 0, false
	value := func(name ast.Expr, e ast.Expr) {
		if !s.is(name) {
			return
		}
		_, is := s.pkg.TypeOf(e).Underlying().(*types.Basic)
		values++
		others = others || !is || s.pkg.IsNil(e)
	}
	s.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Values) == len(n.Names) {
					value(name, n.Values[i])
				} else {
					others = others || s.is(name)
				}
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					value(lhs, n.Rhs[i])
				} else {
					others = others || s.is(lhs)
				}
			}
		case *ast.UnaryExpr, *ast.RangeStmt:
			others = others || s.addressed(n)
		}
		return !others
	})
	return values > 0 && !others
}

// addressed reports whether a node sets the variable in another way than by assignment.
func (s useSearch) addressed(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return n.Op == token.AND && s.is(n.X)
	case *ast.RangeStmt:
		return n.Key != nil && s.is(n.Key) || n.Value != nil && s.is(n.Value)
	}
	return false
}
