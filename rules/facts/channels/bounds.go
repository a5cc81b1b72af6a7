package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
)

// A bounds is what conditions say of a whole number: where it lies.
type bounds struct{ least, most int64 }

// boundsExclude reports whether two nodes of a function, of which the second comes later, stand
// under conditions on a whole number of which only one can hold, since the number stays as
// it is, or moves away from the other only.
//
//	for … { n--; if n == 0 { close(ch) } }
//	if n > 0 { close(ch) }
func (f *Facts) boundsExclude(fn, first, second ast.Node) bool {
	later := f.boundsAt(fn, second)
	for v, early := range f.boundsAt(fn, first) {
		late, ok := later[v]
		if !ok {
			continue
		}
		falls, grows := f.changes(fn, v, first, second)
		if early.most < late.least && !grows || late.most < early.least && !falls {
			return true
		}
	}
	return false
}

// boundsAt returns what the conditions around a node say of whole numbers in local variables.
func (f *Facts) boundsAt(fn, n ast.Node) map[*types.Var]bounds {
	all := map[*types.Var]bounds{}
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		switch {
		case !ok:
		case contains(test.Body, n):
			f.bound(test.Cond, false, all)
		case test.Else != nil && contains(test.Else, n):
			f.bound(test.Cond, true, all)
		}
		return true
	})
	return all
}

// bound adds what a condition, or its negation, says.
func (f *Facts) bound(cond ast.Expr, negated bool, to map[*types.Var]bounds) {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if cond.Op == token.NOT {
			f.bound(cond.X, !negated, to)
		}
	case *ast.BinaryExpr:
		if cond.Op == token.LAND && !negated || cond.Op == token.LOR && negated {
			f.bound(cond.X, negated, to)
			f.bound(cond.Y, negated, to)
			return
		}
		op := cond.Op
		if negated {
			op = opposite[op]
		}
		f.limits(cond.X, op, cond.Y, to)
		f.limits(cond.Y, mirrored[op], cond.X, to)
	}
}

var (
	opposite = map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR}
	mirrored = map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ, token.GEQ: token.LEQ}
)

// limits adds what v op constant says.
func (f *Facts) limits(x ast.Expr, op token.Token, y ast.Expr, to map[*types.Var]bounds) {
	v := f.Variable(x)
	value := f.pkg.Info.Types[y].Value
	if v == nil || value == nil || v.IsField() || v.Kind() == types.PackageVar || !isInteger(v.Type()) {
		return
	}
	n, exact := constant.Int64Val(constant.ToInt(value))
	if !exact || n == math.MinInt64 || n == math.MaxInt64 {
		return
	}
	b, ok := to[v]
	if !ok {
		b = bounds{math.MinInt64, math.MaxInt64}
	}
	switch op {
	case token.EQL:
		b = bounds{max(b.least, n), min(b.most, n)}
	case token.LSS:
		b.most = min(b.most, n-1)
	case token.LEQ:
		b.most = min(b.most, n)
	case token.GTR:
		b.least = max(b.least, n+1)
	case token.GEQ:
		b.least = max(b.least, n)
	default:
		return
	}
	to[v] = b
}

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// changes reports how a local variable may change from one node of a function to another,
// whichever comes first: in the text between, in loops around either that the variable
// outlives, in literals that run who knows when.
func (f *Facts) changes(fn ast.Node, v *types.Var, a, b ast.Node) (falls, grows bool) {
	from, to := min(a.Pos(), b.Pos()), max(a.End(), b.End())
	for _, n := range []ast.Node{a, b} {
		for _, loop := range f.loopsAround(fn, n) {
			if !(loop.Pos() <= v.Pos() && v.Pos() < loop.End()) {
				from, to = min(from, loop.Pos()), max(to, loop.End())
			}
		}
	}
	for _, m := range f.mentions(v) {
		down, up := f.moved(m)
		at := m.id.Pos()
		inner, _ := functionAt(m.stack)
		if at < fn.Pos() || inner == fn && (at < from || to <= at) {
			continue
		}
		falls, grows = falls || down, grows || up
	}
	return falls, grows
}

// moved reports how a mention may change its variable.
func (f *Facts) moved(m mention) (falls, grows bool) {
	if f.pkg.Def(m.id) != nil {
		return false, false
	}
	switch around := m.around(0).(type) {
	case *ast.IncDecStmt:
		return around.Tok == token.DEC, around.Tok == token.INC
	case *ast.AssignStmt:
		if _, sets := f.setBy(m); !sets {
			return false, false
		}
		if len(around.Rhs) == 1 && (around.Tok == token.SUB_ASSIGN || around.Tok == token.ADD_ASSIGN) {
			if by := f.pkg.Info.Types[around.Rhs[0]].Value; by != nil && constant.Sign(by) >= 0 {
				return around.Tok == token.SUB_ASSIGN, around.Tok == token.ADD_ASSIGN
			}
		}
		return true, true
	}
	_, sets := f.setBy(m)
	return sets, sets
}
