package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// exclude reports whether two nodes of a function stand under conditions that cannot
// both hold: of one variable, which nothing assigns in between, they ask for two
// constant values.
//
//	if mode == "early" { close(ch) }
//	…
//	if mode == "late" { close(ch) }
func (f *Facts) exclude(fn, a, b ast.Node) bool {
	there := f.constantsAt(fn, b)
	for v, value := range f.constantsAt(fn, a) {
		if other, ok := there[v]; ok && other != value {
			if falls, grows := f.changes(fn, v.(*types.Var), a, b); !falls && !grows {
				return true
			}
		}
	}
	return false
}

// constantsAt returns the constant values that variables have at a node, by the
// conditions around it.
func (f *Facts) constantsAt(fn, n ast.Node) map[types.Object]string {
	all := map[types.Object]string{}
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		switch test := m.(type) {
		case *ast.IfStmt:
			if contains(test.Body, n) {
				f.constants(test.Cond, false, all)
			} else if test.Else != nil && contains(test.Else, n) {
				f.constants(test.Cond, true, all)
			}
		case *ast.SwitchStmt:
			f.chosenCase(test, n, all)
		}
		return true
	})
	return all
}

// chosenCase adds what the case of a switch in which a node stands says of its tag.
func (f *Facts) chosenCase(s *ast.SwitchStmt, n ast.Node, to map[types.Object]string) {
	for _, c := range s.Body.List {
		if clause := c.(*ast.CaseClause); s.Tag != nil && contains(clause, n) && len(clause.List) == 1 {
			f.equal(s.Tag, clause.List[0], to)
		}
	}
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// constants adds what a condition, or its negation, says of variables.
func (f *Facts) constants(cond ast.Expr, negated bool, to map[types.Object]string) {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.Ident:
		f.constant(cond, map[bool]string{false: "true", true: "false"}[negated], to)
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			f.constants(cond.X, !negated, to)
		}
	case *ast.BinaryExpr:
		switch {
		case cond.Op == token.LAND && !negated, cond.Op == token.LOR && negated:
			f.constants(cond.X, negated, to)
			f.constants(cond.Y, negated, to)
		case cond.Op == token.EQL && !negated, cond.Op == token.NEQ && negated:
			f.equal(cond.X, cond.Y, to)
			f.equal(cond.Y, cond.X, to)
		}
	}
}

func (f *Facts) equal(subject, value ast.Expr, to map[types.Object]string) {
	if tv := f.pkg.Info.Types[value]; tv.Value != nil {
		f.constant(subject, tv.Value.ExactString(), to)
	}
}

func (f *Facts) constant(subject ast.Expr, value string, to map[types.Object]string) {
	id, ok := ast.Unparen(subject).(*ast.Ident)
	if !ok {
		return
	}
	if v, ok := f.pkg.Info.Uses[id].(*types.Var); ok && !v.IsField() && v.Parent() != f.pkg.Types.Scope() {
		to[v] = value
	}
}
