package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// exclude reports whether two nodes of a function stand under conditions that cannot
// both hold: of one variable, which nothing assigns in between, or of a field of it that nobody
// sets once its struct is made, they ask for two constant values.
//
//	if mode == "early" { close(ch) }
//	…
//	if mode == "late" { close(ch) }
func (f *Facts) exclude(fn, a, b ast.Node) bool {
	there := f.constantsAt(fn, b)
	for v, value := range f.constantsAt(fn, a) {
		if other, ok := there[v]; !ok || other == value || v.field != nil && (f.isSet(v.field) || f.overwritten(v.of.Type())) {
			continue
		}
		if falls, grows := f.changes(fn, v.of, a, b); !falls && !grows {
			return true
		}
	}
	return false
}

// A subject is what a condition asks about: a variable, or a field of what it is or points to.
type subject struct{ of, field *types.Var }

// isSet reports whether the package assigns to a field, or takes its address.
func (f *Facts) isSet(field *types.Var) bool {
	type key struct{}
	set := f.pkg.Keep(key{}, func() any { return f.setFields() }).(map[*types.Var]bool)
	return set[field]
}

func (f *Facts) setFields() map[*types.Var]bool {
	set := map[*types.Var]bool{}
	note := func(x ast.Expr) {
		if v, ok := f.field(x).(*types.Var); ok {
			set[v.Origin()] = true
		}
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			eachSet(n, note)
			if address, ok := n.(*ast.UnaryExpr); ok && address.Op == token.AND {
				note(address.X)
			}
			return true
		})
	}
	return set
}

// constantsAt returns the constant values that variables have at a node, by the
// conditions around it.
func (f *Facts) constantsAt(fn, n ast.Node) map[subject]string {
	all := map[subject]string{}
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
func (f *Facts) chosenCase(s *ast.SwitchStmt, n ast.Node, to map[subject]string) {
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
func (f *Facts) constants(cond ast.Expr, negated bool, to map[subject]string) {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.Ident, *ast.SelectorExpr:
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

func (f *Facts) equal(of, value ast.Expr, to map[subject]string) {
	if tv := f.pkg.Info.Types[value]; tv.Value != nil {
		f.constant(of, tv.Value.ExactString(), to)
	}
}

func (f *Facts) constant(of ast.Expr, value string, to map[subject]string) {
	if v := f.localNamed(of); v != nil {
		to[subject{of: v}] = value
	}
	sel, ok := ast.Unparen(of).(*ast.SelectorExpr)
	if !ok {
		return
	}
	field, ok := f.pkg.Use(sel.Sel).(*types.Var)
	if v := f.localNamed(sel.X); ok && field.IsField() && v != nil {
		to[subject{v, field.Origin()}] = value
	}
}

// localNamed returns the variable of a function that an expression is the name of.
func (f *Facts) localNamed(x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.IsField() || v.Parent() == f.pkg.Types.Scope() {
		return nil
	}
	return v
}
