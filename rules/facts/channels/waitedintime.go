package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// WaitedInTime returns where somebody waits for a group beside something else, a time mostly, or
// gives it to a function that does so, or of which nothing is known: the Done that does not come is
// noticed there, and may be the word that something went wrong. nil if nobody does.
//
//	select {
//	case <-all: // closed behind wg.Wait()
//	case <-time.After(second):
//		t.Error("not all have come")
//	}
func (f *Facts) WaitedInTime(done *ast.CallExpr) ast.Node {
	c := f.groups().of[done]
	if c == nil {
		return nil
	}
	group := f.field(c.Group)
	for _, wait := range f.groups().all {
		if wait.Kind == Wait && f.field(wait.Group) == group && f.waitsBeside(wait) {
			return wait.Call
		}
	}
	return f.givenToWait(group)
}

// waitsBeside reports whether a Wait stands in a goroutine of its own, which then closes a channel
// or sends on it, that is received from as one case of several.
func (f *Facts) waitsBeside(wait *GroupCall) bool {
	lit, ok := wait.Fn.(*ast.FuncLit)
	if !ok || len(f.startedOnly(lit)) == 0 {
		return false
	}
	words := f.saysTo(lit)
	beside := false
	f.pkg.Inspect(f.declAround(lit.Pos()), func(n ast.Node) bool {
		choice, ok := n.(*ast.SelectStmt)
		beside = beside || ok && len(choice.Body.List) > 1 && slices.ContainsFunc(choice.Body.List, func(st ast.Stmt) bool {
			from := receivedIn(st.(*ast.CommClause))
			return from != nil && words[f.field(from)]
		})
		return !beside
	})
	return beside
}

// saysTo returns the channels that a function sends on or closes.
func (f *Facts) saysTo(fn ast.Node) map[types.Object]bool {
	words := map[types.Object]bool{}
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			words[f.field(n.Chan)] = true
		case *ast.CallExpr:
			if f.isBuiltin(n, "close") {
				words[f.field(n.Args[0])] = true
			}
		}
		return true
	})
	delete(words, nil)
	return words
}

// receivedIn returns the channel that a case of a select receives from, nil for another one.
func receivedIn(clause *ast.CommClause) (from ast.Expr) {
	if clause.Comm == nil {
		return nil
	}
	ast.Inspect(clause.Comm, func(n ast.Node) bool {
		if x, ok := n.(*ast.UnaryExpr); ok && x.Op.String() == "<-" && from == nil {
			from = x.X
		}
		return from == nil
	})
	return from
}

// givenToWait returns a call that gets a group and waits for it beside something else, or of which
// nothing is known.
func (f *Facts) givenToWait(group types.Object) (found ast.Node) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || found != nil {
				return found == nil
			}
			i := slices.IndexFunc(call.Args, func(arg ast.Expr) bool { return f.addressed(arg) == group })
			if i >= 0 && f.maybeWaits(call, i) {
				found = call
			}
			return found == nil
		})
	}
	return found
}

// maybeWaits reports whether a call may wait beside something else for the group that is its i-th
// argument.
func (f *Facts) maybeWaits(call *ast.CallExpr, i int) bool {
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok || f.pkg.IsType(call.Fun) {
		return false
	}
	decl := f.pkg.Body(call)
	if decl == nil {
		return true
	}
	params := f.pkg.Def(decl.Name).(*types.Func).Signature().Params()
	if i >= params.Len() {
		return true
	}
	return slices.ContainsFunc(f.groups().all, func(c *GroupCall) bool {
		return c.Kind == Wait && f.field(c.Group) == types.Object(params.At(i)) && f.waitsBeside(c)
	})
}
