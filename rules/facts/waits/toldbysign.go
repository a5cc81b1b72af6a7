package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// toldBySign reports whether somebody waits only where a variable tells that the partner has come
// past all locks: the partner sets it, and takes no lock between that and its action.
//
//	mu.Lock(); finished = true; done <- n; mu.Unlock()
//	mu.Lock(); if finished { n = <-done }
func (f *Facts) toldBySign(w, p *op, h facts.Holding) bool {
	flow := f.pkg.Flow(p.fn)
	if w.inside != nil || p.deferred || flow == nil {
		return false
	}
	acts, ok := flow.At(p.node)
	lock, known := corresponding(w, p, h.Lock)
	if !ok || !known {
		return false
	}
	return slices.ContainsFunc(f.signsAt(w), func(s sign) bool {
		return slices.ContainsFunc(f.setsSign(p.fn, s), func(set ast.Node) bool {
			_, always := flow.Precedes(set, p.node)
			at, ok := flow.At(set)
			return always && ok && !f.locksBetween(p, flow, lock, at, acts)
		})
	})
}

// locksBetween reports whether a partner takes a lock behind one point of its function and
// before another.
func (f *Facts) locksBetween(p *op, flow *facts.Flow, lock facts.Lock, from, to facts.Point) bool {
	return slices.ContainsFunc(f.takes(p, flow, lock, false), func(n need) bool {
		at, ok := flow.At(n.call)
		behind := flow.Reaches(next(from), at, func(q facts.Point) bool { return q == to })
		before := flow.Reaches(next(at), to, func(q facts.Point) bool { return q == from })
		return !ok || behind && before
	})
}

func next(p facts.Point) facts.Point { return facts.Point{Block: p.Block, Index: p.Index + 1} }

// A sign is a variable with what it is where somebody waits: true or false, or a number that is
// zero or not.
type sign struct {
	v   types.Object
	set bool // true, or not zero
}

// signsAt returns what the conditions around a wait tell.
func (f *Facts) signsAt(w *op) (signs []sign) {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch st := w.stack[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return signs
		case *ast.IfStmt:
			if contains(st.Body, w.node) {
				signs = append(signs, f.signsIn(st.Cond)...)
			}
		}
	}
	return signs
}

// signsIn returns the signs that a condition needs.
func (f *Facts) signsIn(cond ast.Expr) []sign {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			return f.signOf(cond.X, false)
		}
	case *ast.BinaryExpr:
		if cond.Op == token.LAND {
			return append(f.signsIn(cond.X), f.signsIn(cond.Y)...)
		}
		if zero := f.pkg.Info.Types[cond.Y].Value; zero != nil && zero.ExactString() == "0" {
			switch cond.Op {
			case token.EQL, token.LEQ:
				return f.signOf(cond.X, false)
			case token.NEQ, token.GTR:
				return f.signOf(cond.X, true)
			}
		}
	default:
		return f.signOf(cond, true)
	}
	return nil
}

// signOf returns the sign of a variable or field; none of another expression.
func (f *Facts) signOf(x ast.Expr, set bool) []sign {
	if v := f.variable(x); v != nil {
		return []sign{{v, set}}
	}
	return nil
}

// variable returns the variable or field that an expression is; nil if it is something else.
func (f *Facts) variable(x ast.Expr) types.Object {
	var id *ast.Ident
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	if v, ok := f.pkg.Use(id).(*types.Var); ok {
		return v.Origin()
	}
	return nil
}

// setsSign returns the statements of a function that make a variable so.
func (f *Facts) setsSign(fn ast.Node, s sign) (sets []ast.Node) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IncDecStmt:
			if f.variable(n.X) == s.v && (n.Tok == token.INC) == s.set {
				sets = append(sets, n)
			}
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && n.Tok == token.ASSIGN && f.variable(n.Lhs[0]) == s.v && f.isWord(n.Rhs[0], s.set) {
				sets = append(sets, n)
			}
		}
		return true
	})
	return sets
}

// isWord reports whether an expression is the constant true, or false.
func (f *Facts) isWord(x ast.Expr, word bool) bool {
	v := f.pkg.Info.Types[x].Value
	return v != nil && (v.ExactString() == "true") == word && (v.ExactString() == "false") == !word
}
