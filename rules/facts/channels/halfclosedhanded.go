package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A gotOwner is what a function has got from the helper that makes the owner of a channel, or finds
// the one that another has made.
//
//	c, mine := g.begin(key)
//	if !mine {
//		<-c.done
//		return c.val, c.err
//	}
type gotOwner struct {
	*Facts
	by    ast.Node
	owner *types.Var
	mine  *types.Var // says whether it was made now; nil if it always is
	truth bool       // with which it says so
	set   *ast.AssignStmt
}

// gotOwner returns where the owner goes that a function makes, puts where others see it, and
// returns; nil if that is not one place.
func (f *Facts) gotOwner(maker ast.Node, v *types.Var) *gotOwner {
	decl, ok := maker.(*ast.FuncDecl)
	if !ok || !f.returnsFirst(decl, v) || !f.onlyCalled(decl) || len(f.callsOf(decl)) != 1 {
		return nil
	}
	call := f.callsOf(decl)[0]
	by := f.around(call)
	stack := f.stackOf(by, call)
	if len(stack) == 0 {
		return nil
	}
	set, ok := stack[len(stack)-1].(*ast.AssignStmt)
	if !ok || len(set.Rhs) != 1 || len(set.Lhs) > 2 {
		return nil
	}
	got := &gotOwner{Facts: f, by: by, owner: f.Variable(set.Lhs[0]), set: set}
	if got.owner == nil || got.owner.Kind() != types.LocalVar || f.sets(got.owner) != 1 {
		return nil
	}
	if len(set.Lhs) == 2 {
		got.mine = f.Variable(set.Lhs[1])
		if got.mine == nil || !isBool(got.mine.Type()) || f.sets(got.mine) != 1 {
			return nil
		}
		if got.truth, ok = f.truthBeside(decl, v); !ok {
			return nil
		}
	} else if !f.alwaysReturns(decl, v) {
		return nil
	}
	return got
}

// returnsFirst reports whether a function returns a variable as its first result.
func (f *Facts) returnsFirst(decl *ast.FuncDecl, v *types.Var) bool {
	return slices.ContainsFunc(f.returnsOf(decl), func(ret *ast.ReturnStmt) bool { return f.Variable(ret.Results[0]) == v })
}

// alwaysReturns reports whether it returns nothing else.
func (f *Facts) alwaysReturns(decl *ast.FuncDecl, v *types.Var) bool {
	return !slices.ContainsFunc(f.returnsOf(decl), func(ret *ast.ReturnStmt) bool { return f.Variable(ret.Results[0]) != v })
}

// truthBeside returns the constant that a function returns beside a variable.
func (f *Facts) truthBeside(decl *ast.FuncDecl, v *types.Var) (truth, ok bool) {
	for _, ret := range f.returnsOf(decl) {
		if f.Variable(ret.Results[0]) != v || len(ret.Results) != 2 {
			continue
		}
		value := f.pkg.Info.Types[ret.Results[1]].Value
		if value == nil || ok && truth != (value.String() == "true") {
			return false, false
		}
		truth, ok = value.String() == "true", true
	}
	return truth, ok
}

// returnsOf returns the returns of a function that name what they return.
func (f *Facts) returnsOf(decl *ast.FuncDecl) (all []*ast.ReturnStmt) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 0 {
			all = append(all, ret)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return all
}

// theirs reports whether a node shows that another has made the owner: it waits for that, or
// stands on the branch for it.
func (g *gotOwner) theirs(n ast.Node) bool {
	if receive, ok := n.(*ast.UnaryExpr); ok && isArrow(receive) {
		sel, ok := ast.Unparen(receive.X).(*ast.SelectorExpr)
		return ok && g.Variable(sel.X) == g.owner
	}
	found := false
	g.pkg.Inspect(g.by, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		if !ok || g.mine == nil || found {
			return !found
		}
		cond, truth := ast.Unparen(test.Cond), true
		if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
			cond, truth = ast.Unparen(not.X), false
		}
		if g.Variable(cond) == g.mine {
			found = truth != g.truth && contains(test.Body, n) || truth == g.truth && test.Else != nil && contains(test.Else, n)
		}
		return !found
	})
	return found
}
