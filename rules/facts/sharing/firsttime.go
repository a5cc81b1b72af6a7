package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A field that is set where it is found nil, before a goroutine starts that reads it,
// is set once: who comes again finds it set.
//
//	if q.timer == nil {
//		q.timer = time.NewTimer(q.min)
//		go func() { <-q.timer.C; … }()
//	}

// firstTime reports whether a write is such, or is made by a function that is called
// only until it has set a flag, and a read is made by a goroutine that starts behind it.
func (f *Facts) firstTime(write, read *Access) bool {
	if !write.Write || !f.startedBehind(read, write) {
		return false
	}
	return f.underNilCheck(write) && !f.setElsewhere(write) || f.untilFlag(write.fn)
}

// startedBehind reports whether an access is made by a goroutine that the function of
// another starts behind that, and nobody else.
func (f *Facts) startedBehind(a, other *Access) bool {
	for fn := a.fn; fn != nil && fn != other.fn; fn = fn.around {
		around, runs, start := fn.out()
		if around == other.fn && runs == started {
			return start.Pos() > other.Expr.Pos() && f.before(other.fn, other.Expr, start)
		}
	}
	sites := f.realSites(a.fn)
	return a.fn.obj != nil && len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		return s.runs != started || s.in != other.fn || s.call.Pos() < other.Expr.Pos()
	})
}

// untilFlag reports whether every call of a function stands under `if !x.flag`, for a flag
// that the function itself sets and nobody resets.
func (f *Facts) untilFlag(fn *function) bool {
	sites := f.realSites(fn)
	var flag *types.Var
	for _, s := range sites {
		if s.in == nil {
			return false
		}
		asked := f.flagAround(s.in, s.call)
		if asked == nil || flag != nil && asked != flag {
			return false
		}
		flag = asked
	}
	return flag != nil && f.setsTrue(fn, flag)
}

// flagAround returns the field that a condition around a call has found false.
func (f *Facts) flagAround(in *function, call ast.Node) (flag *types.Var) {
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if !ok || !within(check.Body, call) {
			return true
		}
		if not, ok := ast.Unparen(check.Cond).(*ast.UnaryExpr); ok && not.Op == token.NOT {
			if v, ok := f.holder(not.X).(*types.Var); ok && v.IsField() {
				flag = v.Origin()
			}
		}
		return true
	})
	return flag
}

// setsTrue reports whether a function sets a flag, and whatever else writes it does, too.
func (f *Facts) setsTrue(fn *function, flag *types.Var) bool {
	sets, resets := false, false
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			set, ok := n.(*ast.AssignStmt)
			if !ok || len(set.Lhs) != len(set.Rhs) {
				return true
			}
			for i, lhs := range set.Lhs {
				if v, ok := f.holder(lhs).(*types.Var); !ok || v.Origin() != flag {
					continue
				}
				value := f.pkg.Info.Types[set.Rhs[i]].Value
				resets = resets || value == nil || value.String() != "true"
				sets = sets || within(fn.node, set)
			}
			return true
		})
	}
	return sets && !resets
}

// underNilCheck reports whether a write stands in the body of an if that has found the
// same place nil.
func (f *Facts) underNilCheck(a *Access) bool {
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if !ok || !within(check.Body, a.Expr) {
			return !found
		}
		cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
		found = found || ok && cond.Op == token.EQL && f.pkg.IsNil(cond.Y) && types.ExprString(cond.X) == types.ExprString(a.Expr)
		return !found
	})
	return found
}

// setElsewhere reports whether a field is written at another place, once its object is
// in use.
func (f *Facts) setElsewhere(a *Access) bool {
	return slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b != a && b.Write && !b.fn.initialises() && !b.fn.test && f.ownerOf(b) != Own
	})
}

// filledOnce reports whether a write fills a field that it has found nil, as nobody else
// does, and a read in another function takes it for granted that it is filled: mostly the
// writer has been there before.
func (f *Facts) filledOnce(write, read *Access) bool {
	if !write.Write || read.Write || write.fn.outermost() == read.fn.outermost() || !f.underNilCheck(write) || f.setElsewhere(write) {
		return false
	}
	asked := false
	f.pkg.Inspect(read.fn.body(), func(n ast.Node) bool {
		cond, ok := n.(*ast.BinaryExpr)
		asked = asked || ok && f.pkg.IsNil(cond.Y) && types.ExprString(cond.X) == types.ExprString(read.Expr)
		return !asked
	})
	return !asked
}
