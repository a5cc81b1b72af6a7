package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// Local variables that are set once, to a constant, tell of what is never evaluated, and
// of loops that have one turn.

// neverMade reports whether an access stands behind an && or || whose left side decides.
//
//	verbose := false
//	if verbose && n > 0 { … }
func (f *Facts) neverMade(a *Access) bool {
	if a.far != nil || a.fn == nil {
		return false
	}
	never := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || b.Op != token.LAND && b.Op != token.LOR || !within(b.Y, a.Expr) {
			return !never
		}
		is := f.constantOf(a.fn, b.X)
		never = is != nil && is.Kind() == constant.Bool && constant.BoolVal(is) == (b.Op == token.LOR)
		return !never
	})
	return never
}

// hasOneTurn reports whether the loops around a node, within a function, have one turn
// each: for i := 0; i < n; i++ with n := 1.
func (f *Facts) hasOneTurn(fn *function, at ast.Node) bool {
	loops, single := 0, 0
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			if within(n.Body, at) {
				loops++
				if f.countsToOne(fn, n) {
					single++
				}
			}
		case *ast.RangeStmt:
			if within(n.Body, at) {
				loops++
				if isOne(f.constantOf(fn, n.X)) {
					single++
				}
			}
		case *ast.LabeledStmt:
			loops++ // a goto may come back
		}
		return true
	})
	return loops > 0 && loops == single
}

func (f *Facts) countsToOne(fn *function, loop *ast.ForStmt) bool {
	init, ok := loop.Init.(*ast.AssignStmt)
	test, isTest := loop.Cond.(*ast.BinaryExpr)
	post, counts := loop.Post.(*ast.IncDecStmt)
	if !ok || !isTest || !counts || test.Op != token.LSS || post.Tok != token.INC || len(init.Lhs) != 1 || len(init.Rhs) != 1 {
		return false
	}
	from := f.pkg.Info.Types[init.Rhs[0]].Value
	v := f.holder(init.Lhs[0])
	if v == nil || f.holder(test.X) != v || f.holder(post.X) != v || from == nil || from.Kind() != constant.Int || constant.Sign(from) != 0 {
		return false
	}
	return isOne(f.constantOf(fn, test.Y))
}

func isOne(v constant.Value) bool {
	return v != nil && v.Kind() == constant.Int && constant.Compare(v, token.EQL, constant.MakeInt64(1))
}

// constantOf returns what an expression always is: a constant, a local variable that is
// one, or a comparison of these; nil if that is not known.
func (f *Facts) constantOf(fn *function, e ast.Expr) constant.Value {
	e = ast.Unparen(e)
	if v := f.pkg.Info.Types[e].Value; v != nil {
		return v
	}
	switch e := e.(type) {
	case *ast.Ident:
		v, _ := f.pkg.Use(e).(*types.Var)
		return f.constantsOf(fn.outermost())[v]
	case *ast.UnaryExpr:
		if x := f.constantOf(fn, e.X); e.Op == token.NOT && x != nil && x.Kind() == constant.Bool {
			return constant.MakeBool(!constant.BoolVal(x))
		}
	case *ast.BinaryExpr:
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			x, y := f.constantOf(fn, e.X), f.constantOf(fn, e.Y)
			if x != nil && y != nil && x.Kind() == y.Kind() && (x.Kind() == constant.Int || e.Op == token.EQL || e.Op == token.NEQ) {
				return constant.MakeBool(constant.Compare(x, e.Op, y))
			}
		}
	}
	return nil
}

// constantsOf returns the local variables of a declared function that are defined as a
// constant, and never set again.
func (f *Facts) constantsOf(top *function) map[*types.Var]constant.Value {
	if top.constants != nil {
		return top.constants
	}
	top.constants = map[*types.Var]constant.Value{}
	changed := map[types.Object]bool{}
	f.pkg.Inspect(top.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				id, ok := ast.Unparen(lhs).(*ast.Ident)
				if !ok {
					continue
				}
				if v, defines := f.pkg.Def(id).(*types.Var); !defines || v == nil {
					changed[f.pkg.Use(id)] = true
				} else if len(n.Lhs) == len(n.Rhs) {
					top.constants[v] = f.pkg.Info.Types[n.Rhs[i]].Value
				}
			}
		case *ast.IncDecStmt:
			changed[f.holder(n.X)] = true
		case *ast.RangeStmt:
			changed[f.holder(n.Key)] = true
			changed[f.holder(n.Value)] = true
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				changed[f.holder(n.X)] = true
			}
		}
		return true
	})
	for v, is := range top.constants {
		if _, plain := v.Type().(*types.Basic); is == nil || changed[v] || !plain {
			delete(top.constants, v)
		}
	}
	return top.constants
}
