package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// assigns reports whether a statement gives what is asked a value, of which nothing at all is none:
// who waits until something is there waits on.
//
//	q.items = nil
func (s *wakeSearch) assigns(set *ast.AssignStmt) bool {
	for i, lhs := range set.Lhs {
		nothing := len(set.Lhs) == len(set.Rhs) && s.isNothing(set.Rhs[i]) && !s.waitsForNothing()
		if s.isAsked(lhs) && !nothing {
			return true
		}
	}
	return false
}

// isNothing reports whether an expression is nil, or a map or slice without entries.
func (s *wakeSearch) isNothing(e ast.Expr) bool {
	zero := func(e ast.Expr) bool {
		value := s.w.pkg.Info.Types[e].Value
		return value != nil && value.ExactString() == "0"
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return s.w.pkg.IsNil(e)
	case *ast.CompositeLit:
		_, strct := s.w.pkg.TypeOf(e).Underlying().(*types.Struct)
		return len(e.Elts) == 0 && !strct
	case *ast.SliceExpr:
		return e.High != nil && zero(e.High)
	case *ast.CallExpr:
		b, ok := s.w.pkg.Callee(e).(*types.Builtin)
		return ok && b.Name() == "make" && (len(e.Args) == 1 || around.IsMapType(s.w.pkg.TypeOf(e)) || zero(e.Args[1]))
	}
	return false
}

// waitsForNothing reports whether the wait may be until something is gone: its condition is that
// something is there, or too much.
//
//	if len(q.items) >= q.most
//	if q.leader != nil
func (s *wakeSearch) waitsForNothing() (may bool) {
	ast.Inspect(s.w.test.Cond, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		may = may || ok && slices.Contains([]token.Token{token.GTR, token.GEQ, token.NEQ}, b.Op)
		return !may
	})
	return may
}

// tellsMore reports whether a function also sets a flag, or closes a channel, at which who has
// waited looks: it wakes him for that, whatever else it changes.
//
//	func (q *Queue) Close() { q.drop(); q.closed = true; q.ready.Broadcast() }
func (s *wakeSearch) tellsMore(fn ast.Node) (more bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				more = more || len(n.Lhs) == len(n.Rhs) && s.w.pkg.Info.Types[n.Rhs[i]].Value != nil && isBool(s.w.pkg.TypeOf(n.Rhs[i])) && s.looksAt(lhs)
			}
		case *ast.CallExpr:
			if b, ok := s.w.pkg.Callee(n).(*types.Builtin); ok && b.Name() == "close" {
				more = more || s.looksAt(n.Args[0])
			} else if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Store" {
				more = more || s.looksAt(sel.X)
			}
		}
		return !more
	})
	return more
}

func isBool(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// looksAt reports whether the function uses, behind the wait, what an expression names and the
// condition does not ask.
func (s *wakeSearch) looksAt(e ast.Expr) (looks bool) {
	told := s.named(e)
	if told == nil || s.isAsked(e) {
		return false
	}
	ast.Inspect(s.w.s.Match.Decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		looks = looks || ok && id.Pos() > s.w.test.End() && around.Origin(s.w.pkg.Use(id)) == around.Origin(told)
		return !looks
	})
	return looks
}
