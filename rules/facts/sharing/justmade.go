package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// justMade reports whether an access is of an object that its function has made, and put
// into a field, on every way that leads there: nobody holds a lock that is a part of it.
//
//	s.line = &Line{streams: map[string]int{}}
//	s.line.streams[name] = 1
func (f *Facts) justMade(a *Access, lock types.Object) bool {
	field, ok := lock.(*types.Var)
	sel, isField := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	if !ok || !isField || !field.IsField() || f.structOfField(field) == nil || f.structOfField(field) != f.structOfField(a.Var) {
		return false
	}
	owner := f.at[ast.Unparen(sel.X)]
	if owner == nil || !owner.Var.IsField() || owner.fn != a.fn {
		return false
	}
	return slices.ContainsFunc(f.accesses[owner.Var], func(put *Access) bool {
		return put.fn == a.fn && put.Write && types.ExprString(put.Expr) == types.ExprString(owner.Expr) &&
			f.putsNew(put) && f.staysOwn(a, put)
	})
}

// putsNew reports whether an access assigns the address of a struct that is made there.
func (f *Facts) putsNew(put *Access) bool {
	set, ok := put.Use.(*ast.AssignStmt)
	if !ok || len(set.Lhs) != len(set.Rhs) {
		return false
	}
	i := slices.IndexFunc(set.Lhs, func(x ast.Expr) bool { return ast.Unparen(x) == put.Expr })
	if i < 0 {
		return false
	}
	address, ok := ast.Unparen(set.Rhs[i]).(*ast.UnaryExpr)
	if !ok {
		return false
	}
	_, made := ast.Unparen(address.X).(*ast.CompositeLit)
	return made
}

// staysOwn reports whether every way to an access comes from where its object was made, and
// in between no goroutine is started and no lock released under which it was put there.
func (f *Facts) staysOwn(a, put *Access) bool {
	if _, always := f.pkg.Flow(a.fn.node).Precedes(put.Use, a.Expr); !always {
		return false
	}
	between := func(n ast.Node) bool { return f.before(a.fn, put.Use, n) && f.before(a.fn, n, a.Expr) }
	return !slices.ContainsFunc(f.startsIn(a.fn), between) && !slices.ContainsFunc(f.releasesBehind(a.fn, put.Use), between)
}

// releasesBehind returns the calls that release what a function has taken before a node, those
// that it defers aside.
func (f *Facts) releasesBehind(fn *function, at ast.Node) (releases []ast.Node) {
	for _, taken := range f.pkg.Acquisitions(fn.node) {
		for _, release := range taken.Releases {
			deferred := slices.ContainsFunc(taken.Deferred, func(d *ast.DeferStmt) bool { return within(d, release) })
			if !deferred && f.before(fn, taken.Call, at) {
				releases = append(releases, release)
			}
		}
	}
	return releases
}
