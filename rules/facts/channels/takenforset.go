package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// TakenForSet returns a read, behind a goroutine, of what that sets before it ends as it should,
// where it can end otherwise without a word: whoever is told that it has ended then takes what is
// not set for its result. ends are the calls by which it says that it has ended.
//
//	go func() {
//		v, err := load()
//		if err != nil {
//			return // without a word
//		}
//		p = v
//		close(ready)
//	}()
//	<-ready
//	return p.name
func (f *Facts) TakenForSet(fn ast.Node, ends []ast.Node) (read ast.Node) {
	lit, ok := fn.(*ast.FuncLit)
	if !ok || !f.EndsSilently(lit, ends) {
		return nil
	}
	flow := f.pkg.Flow(lit)
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		for _, v := range f.setsKnown(lit, n) {
			before := slices.ContainsFunc(ends, func(end ast.Node) bool {
				some, _ := flow.Follows(n, end)
				return some
			})
			if before && read == nil {
				read = f.readBehind(lit, v)
			}
		}
		return read == nil
	})
	return read
}

// setsKnown returns what a statement of a literal sets that is known around it, or a function of the
// package that it calls.
func (f *Facts) setsKnown(lit *ast.FuncLit, n ast.Node) (all []*types.Var) {
	for _, lhs := range assignedIn(n) {
		if v := f.captured(lit, lhs); v != nil {
			all = append(all, v)
		}
	}
	if call, ok := n.(*ast.CallExpr); ok {
		callee, _ := f.pkg.Callee(call).(*types.Func)
		if decl := f.pkg.Declaration(callee); decl != nil && decl.Body != nil {
			all = append(all, f.fieldsSet(decl)...)
		}
	}
	return all
}

// fieldsSet returns the fields of anything that a function sets, but for errors.
func (f *Facts) fieldsSet(decl *ast.FuncDecl) (all []*types.Var) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		for _, lhs := range assignedIn(n) {
			_, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
			if v, field := f.field(lhs).(*types.Var); ok && field && !isError(v.Type()) {
				all = append(all, v)
			}
		}
		return true
	})
	return all
}

// EndsSilently reports whether a goroutine has a way out on which it does not say that it has
// ended, sets nothing that others know, sends nothing and fails no test.
func (f *Facts) EndsSilently(lit *ast.FuncLit, ends []ast.Node) bool {
	s := &search{f: f, fn: lit, flow: f.pkg.Flow(lit), covered: func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			return true
		case *ast.CallExpr:
			return slices.Contains(ends, ast.Node(n)) || f.failsTest(n)
		}
		return slices.ContainsFunc(assignedIn(n), func(lhs ast.Expr) bool { return f.knownOutside(lit, lhs) })
	}}
	return s.out() != nil
}

// failsTest reports whether a call is one of a method of package testing.
func (f *Facts) failsTest(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && strings.HasPrefix(fn.FullName(), "(*testing.")
}

// captured returns the variable or field, of a variable around a literal, that an assignment sets;
// nil for an error: that says by its zero value that nothing went wrong.
func (f *Facts) captured(lit *ast.FuncLit, lhs ast.Expr) *types.Var {
	switch lhs := ast.Unparen(lhs).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		v, _ := f.field(lhs).(*types.Var)
		if v != nil && f.knownOutside(lit, lhs) && !isError(v.Type()) {
			return v
		}
	}
	return nil
}

// knownOutside reports whether what an expression names is a variable around a literal, or leads
// on from one.
func (f *Facts) knownOutside(lit *ast.FuncLit, x ast.Expr) bool {
	v := f.Variable(f.firstName(x))
	return v != nil && (v.Pos() < lit.Pos() || lit.End() <= v.Pos())
}

// firstName returns the name that an expression begins with; x itself if that is none.
func (f *Facts) firstName(x ast.Expr) ast.Expr {
	for {
		switch y := ast.Unparen(x).(type) {
		case *ast.SelectorExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		default:
			return y
		}
	}
}

// readBehind returns a use of a variable behind a literal, in the declaration around it, that does
// not set it.
func (f *Facts) readBehind(lit *ast.FuncLit, v *types.Var) (read ast.Node) {
	set := map[ast.Node]bool{}
	f.pkg.Inspect(f.declAround(lit.Pos()), func(n ast.Node) bool {
		for _, lhs := range assignedIn(n) {
			if _, op := n.(*ast.AssignStmt); op {
				set[ast.Unparen(lhs)] = true
			}
		}
		x, ok := n.(ast.Expr)
		if ok && read == nil && !set[n] && x.Pos() > lit.End() && isName(x) && f.field(x) == types.Object(v) {
			read = x
		}
		return read == nil && !(ok && set[n])
	})
	return read
}

func isName(x ast.Expr) bool {
	switch x.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return true
	}
	return false
}

// assignedIn returns what a statement sets, declarations aside.
func assignedIn(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	}
	return nil
}
