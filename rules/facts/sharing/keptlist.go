package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A method may add the function that it is given to a list of its object's, of which
// another method runs each on goroutines:
//
//	d.on(func() { calls++ })
//	d.fire() // for range n { for _, h := range d.handlers { go h() } }; wg.Wait()

// settleListed says how the literals run that a method of a local object's keeps in a
// field, where another one, called behind that, runs what the field has.
func (f *Facts) settleListed() {
	for _, h := range f.handings {
		if h.fn.obj != nil || h.fn.runs != later || h.fn.around == nil || h.goes != nil {
			continue
		}
		if k, ok := f.listedBy(h); ok {
			f.settleRuns(k)
		}
	}
}

// listedBy returns the field of a local object that a method puts its argument into, where
// it does nothing else with that.
func (f *Facts) listedBy(h handing) (k keptFunc, ok bool) {
	callee := originOf(f.pkg.Callee(h.call))
	sel, isMethod := ast.Unparen(h.call.Fun).(*ast.SelectorExpr)
	if callee == nil || f.decls[callee] == nil || !isMethod {
		return k, false
	}
	id, isName := ast.Unparen(sel.X).(*ast.Ident)
	v := parameterOf(callee, h.call, ast.Unparen(h.arg))
	if v == nil || !isName || len(f.calledVars[v]) > 0 {
		return k, false
	}
	owner, isVar := f.pkg.Use(id).(*types.Var)
	field := f.fieldGiven(f.decls[callee], v)
	if !isVar || owner.Kind() != types.LocalVar || field == nil {
		return k, false
	}
	return keptFunc{fn: h.fn, field: field, stmt: h.call, owner: owner}, true
}

// fieldGiven returns the field that gets a parameter, or a list with it, nil if the
// function uses the parameter for anything else.
func (f *Facts) fieldGiven(fn *function, v *types.Var) (field *types.Var) {
	uses := 0
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if f.pkg.Use(n) == v {
				uses++
			}
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN && len(n.Lhs) == 1 && len(n.Rhs) == 1 && f.holds(n.Rhs[0], v) {
				field = f.fieldIn(n.Lhs[0])
			}
		}
		return true
	})
	if uses != 1 {
		return nil
	}
	return field
}

// holds reports whether an expression is a variable, or a list to which it is added.
func (f *Facts) holds(e ast.Expr, v *types.Var) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return f.isVariable(e, v)
	}
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "append" && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return f.isVariable(arg, v) })
}

// fieldIn returns the field that an expression selects, or of which it is an element.
func (f *Facts) fieldIn(e ast.Expr) *types.Var {
	if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		e = index.X
	}
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	field, ok := f.pkg.Use(sel.Sel).(*types.Var)
	if !ok || !field.IsField() {
		return nil
	}
	return field.Origin()
}

// settleRuns looks for the call behind that runs what the field has on several goroutines.
func (f *Facts) settleRuns(k keptFunc) {
	for _, c := range f.callsOf(k.fn.around.outermost()) {
		if c.site.in != k.fn.around || c.site.runs != inPlace || !f.takesOwner(c, k, k.owner) {
			continue
		}
		for _, calls := range f.runsOf(c.callee, k.field) {
			if use := f.useIn(c.callee, calls.sites); use.runs == started && use.many && calls.again {
				k.fn.runs, k.fn.sites, k.fn.at = bound, calls.sites, c.site.stmt
				k.fn.handed, k.fn.hand, k.fn.many, k.fn.joined = true, started, true, use.joined
				return
			}
		}
	}
}

// A listRun is what calls the functions of a field; again says that each is called by
// several goroutines: not only the range over the field starts them.
type listRun struct {
	sites []site
	again bool
}

// runsOf returns the calls of what a field has that a function makes.
func (f *Facts) runsOf(fn *function, field *types.Var) (all []listRun) {
	if sites := f.calledVars[field]; len(sites) > 0 {
		all = append(all, listRun{sites, true})
	}
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok || f.fieldIn(loop.X) != field {
			return true
		}
		again := slices.ContainsFunc(stack, isLoop)
		for _, e := range []ast.Expr{loop.Key, loop.Value} {
			if e == nil {
				continue
			}
			if sites := f.callsOfVar(e); len(sites) > 0 {
				all = append(all, listRun{sites, again})
			}
		}
		return true
	})
	return all
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}
