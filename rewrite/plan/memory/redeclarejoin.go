package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// joins judges another variable of the name that the goroutine declares itself, behind all uses
// of the captured one: with the goroutine's own there already, its := gives that a new value, and
// must be = where it declares nothing else.
//
//	_, err = db.Insert(row)        _, err := db.Insert(row)
//	check(err)                     check(err)
//	n, err := db.Count()      →    n, err := db.Count()
//	err := db.Close()              err = db.Close()
//
// Both must be of one type, and nobody may keep the address of the first.
func (r *racing) joins(lit *ast.FuncLit, inside []*sharing.Access) (join func(), err error) {
	other := r.declaredBy(lit)
	if other == nil {
		return func() {}, nil
	}
	st := r.definition(lit, other)
	kept := slices.ContainsFunc(inside, func(a *sharing.Access) bool { return a.Address })
	if st == nil || kept || around.Jumps(lit) || !types.Identical(other.Type(), r.v.Type()) {
		return nil, fmt.Errorf("the goroutine declares another %s, beside the uses of this one", r.name)
	}
	if r.definesOthers(st, other) {
		return func() {}, nil
	}
	twin, ok := r.s.Stmt(st).(*dst.AssignStmt)
	if !ok {
		return nil, fmt.Errorf("internal: the statement at line %d has no twin", r.line(st))
	}
	return func() { twin.Tok = token.ASSIGN }, nil
}

// declaredBy returns what the goroutine declares in its outermost scope by the name of the variable.
func (r *racing) declaredBy(lit *ast.FuncLit) types.Object {
	if scope := r.pkg.Info.Scopes[lit.Type]; scope != nil {
		return scope.Lookup(r.name)
	}
	return nil
}

// definition returns the := of the goroutine's own list of statements that declares a variable.
func (r *racing) definition(lit *ast.FuncLit, v types.Object) *ast.AssignStmt {
	for _, st := range lit.Body.List {
		if set, ok := st.(*ast.AssignStmt); ok && set.Tok == token.DEFINE && slices.ContainsFunc(set.Lhs, func(lhs ast.Expr) bool { return r.defined(lhs) == v }) {
			return set
		}
	}
	return nil
}

// defined returns the variable that an operand of := declares, nil if it is there already.
func (r *racing) defined(lhs ast.Expr) types.Object {
	id, ok := lhs.(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	return r.pkg.Def(id)
}

// definesOthers reports whether a := declares something else, too.
func (r *racing) definesOthers(st *ast.AssignStmt, v types.Object) bool {
	return slices.ContainsFunc(st.Lhs, func(lhs ast.Expr) bool {
		other := r.defined(lhs)
		return other != nil && other != v
	})
}
