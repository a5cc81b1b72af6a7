package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// A OnceError is an error that a function hears of in the first call only: the variable is new in
// each call, and what a Once runs sets it once.
type OnceError struct {
	Error  ast.Expr        // where the literal sets it, together with what lasts
	Return *ast.ReturnStmt // of the error, behind the Do
}

// OnceErrorAt returns what is lost at a call of Once.Do, nil if nothing is: the literal sets an
// error of the function around it, together with something that lasts, and the function returns
// the error.
//
//	func (l *Lazy) Conn() (*Conn, error) {
//		var err error
//		l.once.Do(func() { l.conn, err = dial() })
//		return l.conn, err
func (f *Facts) OnceErrorAt(do *ast.CallExpr) *OnceError {
	sel, ok := ast.Unparen(do.Fun).(*ast.SelectorExpr)
	if !ok || len(do.Args) != 1 {
		return nil
	}
	lit, ok := ast.Unparen(do.Args[0]).(*ast.FuncLit)
	if !ok || f.funcs[lit] == nil || f.funcs[lit].around == nil {
		return nil
	}
	fn := f.funcs[lit].around
	if endName.MatchString(fn.name()) || f.declaredIn(fn, f.firstName(sel.X)) {
		return nil
	}
	for _, set := range f.setsIn(lit) {
		err := f.errorOf(fn, set)
		if err == nil || !f.setsLasting(fn, set) || f.keptToo(fn, lit, err) || f.setOutside(fn, lit, err) || f.looksBehind(fn, lit, set) {
			continue
		}
		if ret := f.returnsBehind(fn, lit, err); ret != nil {
			return &OnceError{f.nameIn(set, err), ret}
		}
	}
	return nil
}

// declaredIn reports whether a variable is made anew by each call of a function; the receiver and
// parameters that lead elsewhere are not.
func (f *Facts) declaredIn(fn *function, v *types.Var) bool {
	return v == nil || v.Kind() != types.PackageVar && v.Kind() != types.RecvVar && v.Kind() != types.ParamVar && contains(fn.node, v)
}

func contains(n ast.Node, v *types.Var) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() }

// setsIn returns the assignments of a call's results to several places in a literal itself.
func (f *Facts) setsIn(lit *ast.FuncLit) (all []*ast.AssignStmt) {
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && len(set.Lhs) > 1 && len(set.Rhs) == 1 {
			all = append(all, set)
		}
		_, inner := n.(*ast.FuncLit)
		return !inner
	})
	return all
}

// errorOf returns the error of a function that an assignment sets.
func (f *Facts) errorOf(fn *function, set *ast.AssignStmt) *types.Var {
	for _, e := range set.Lhs {
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			continue
		}
		v, ok := f.pkg.Use(id).(*types.Var)
		if ok && (v.Kind() == types.LocalVar || v.Kind() == types.ResultVar) && contains(fn.node, v) && types.Identical(v.Type(), types.Universe.Lookup("error").Type()) {
			return v
		}
	}
	return nil
}

// nameIn is the name of a variable among what an assignment sets.
func (f *Facts) nameIn(set *ast.AssignStmt, v *types.Var) ast.Expr {
	i := slices.IndexFunc(set.Lhs, func(e ast.Expr) bool { return f.isVariable(e, v) })
	return set.Lhs[i]
}

// setsLasting reports whether an assignment sets something, too, that lasts longer than a call.
func (f *Facts) setsLasting(fn *function, set *ast.AssignStmt) bool {
	return slices.ContainsFunc(set.Lhs, func(e ast.Expr) bool {
		v := f.firstName(e)
		if v == nil || v.Name() == "_" {
			return false
		}
		_, field := ast.Unparen(e).(*ast.SelectorExpr)
		return !contains(fn.node, v) || field && (v.Kind() == types.RecvVar || v.Kind() == types.ParamVar)
	})
}

// keptToo reports whether a literal gives the error on to what lasts.
func (f *Facts) keptToo(fn *function, lit *ast.FuncLit, err *types.Var) (kept bool) {
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			kept = kept || slices.ContainsFunc(n.Rhs, func(e ast.Expr) bool { return f.mentionsVar(e, err) })
		case *ast.CallExpr:
			_, method := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			kept = kept || method && slices.ContainsFunc(n.Args, func(e ast.Expr) bool { return f.mentionsVar(e, err) }) && !f.logs(n) && !f.computes(n)
		}
		return !kept
	})
	return kept
}

// logs reports whether a call prints something: nobody hears of the error by that.
func (f *Facts) logs(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Pkg() != nil && slices.Contains([]string{"log", "log/slog", "fmt"}, callee.Pkg().Path())
}

// setOutside reports whether a function gives the error a value itself.
func (f *Facts) setOutside(fn *function, lit *ast.FuncLit, err *types.Var) (sets bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return n != lit
		case *ast.AssignStmt:
			sets = sets || slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return f.holder(e) == err })
		case *ast.ValueSpec:
			sets = sets || len(n.Values) > 0 && slices.ContainsFunc(n.Names, func(id *ast.Ident) bool { return f.pkg.Def(id) == err })
		}
		return !sets
	})
	return sets
}

// looksBehind reports whether a function asks behind a literal whether what lasts is there.
//
//	if l.conn == nil {
//		return nil, errNone
//	}
func (f *Facts) looksBehind(fn *function, lit *ast.FuncLit, set *ast.AssignStmt) (looks bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.BinaryExpr)
		if ok && test.Pos() > lit.End() && f.pkg.IsNil(test.Y) {
			asked := types.ExprString(test.X)
			looks = looks || slices.ContainsFunc(set.Lhs, func(e ast.Expr) bool { return !f.isLocalName(e, fn) && types.ExprString(e) == asked })
		}
		return !looks
	})
	return looks
}

// isLocalName reports whether an expression is the name of a variable of a function.
func (f *Facts) isLocalName(e ast.Expr, fn *function) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	return ok && contains(fn.node, v)
}

// returnsBehind returns a return of the error behind the literal.
func (f *Facts) returnsBehind(fn *function, lit *ast.FuncLit, err *types.Var) (found *ast.ReturnStmt) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if _, inner := n.(*ast.FuncLit); inner || found != nil {
			return false
		}
		ret, ok := n.(*ast.ReturnStmt)
		if ok && ret.Pos() > lit.End() && (len(ret.Results) == 0 && err.Kind() == types.ResultVar || slices.ContainsFunc(ret.Results, func(e ast.Expr) bool { return f.mentionsVar(e, err) })) {
			found = ret
		}
		return true
	})
	return found
}
