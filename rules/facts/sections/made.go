package sections

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// madeBy reports whether a function has made the object itself, which nobody else has yet.
func (f *Facts) madeBy(fn ast.Node, root types.Object) (made bool) {
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if ok && len(st.Lhs) == 1 && len(st.Rhs) == 1 && f.variable(st.Lhs[0]) == root {
			made = made || f.isNew(st.Rhs[0]) || isLiteral(st.Rhs[0])
		}
		return !made
	})
	return made
}

func isLiteral(x ast.Expr) bool {
	_, ok := ast.Unparen(x).(*ast.CompositeLit)
	return ok
}

// madeHere returns the variable of what is stored, if the function has made it, and goes on with it, and
// it matters which of two one has.
func (f *Facts) madeHere(fn ast.Node, look, store use) *types.Var {
	made := f.variable(store.value)
	if made == nil || made.IsField() || made.Kind() == types.PackageVar || !f.hasState(made.Type()) ||
		!f.madeBetween(fn, made, look, store) || !f.usedBehind(fn, made, store) {
		return nil
	}
	return made
}

// usedBehind reports whether the function goes on with what it has stored.
func (f *Facts) usedBehind(fn ast.Node, made *types.Var, store use) (used bool) {
	flow := f.pkg.Flow(fn)
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && !used && id.Pos() > store.at.End() && id != store.value && f.pkg.Use(id) == types.Object(made) {
			used, _ = flow.Follows(store.at, id)
		}
		return !used
	})
	return used
}

// makes is how functions are called that make something new.
var makes = lazyregexp.New(`^(?i:new|make|create|open|dial|start|build|init|spawn|launch|connect)`)

// madeBetween reports whether a variable gets a new value between two uses, and only there.
func (f *Facts) madeBetween(fn ast.Node, v *types.Var, look, store use) (made bool) {
	other := false
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || st.End() <= look.at.Pos() || st.Pos() >= store.at.Pos() || contains(st, look.at) {
			return true
		}
		for i, lhs := range st.Lhs {
			if f.variable(lhs) != v {
				continue
			}
			if i == 0 && len(st.Rhs) == 1 && f.isNew(st.Rhs[0]) {
				made = true
			} else {
				other = true
			}
		}
		return true
	})
	return made && !other
}

// isNew reports whether an expression makes what it gives.
func (f *Facts) isNew(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(x.X).(*ast.CompositeLit)
		return x.Op == token.AND && literal
	case *ast.CallExpr:
		switch fn := f.pkg.Callee(x).(type) {
		case *types.Builtin:
			return fn.Name() == "make" || fn.Name() == "new"
		case *types.Func:
			return makes.MatchString(fn.Name())
		}
	}
	return false
}
