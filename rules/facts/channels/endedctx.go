package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// An EndedContext is a context that a call gets when it is over already.
type EndedContext struct {
	Use ast.Expr // the context, as the call gets it
	End ast.Node // what has ended it, or has told of its end
	Why string
}

// EndedContext says of a call that it gets a context which is over by then, whatever happens: that of
// an errgroup, behind its Wait; one of which the function has received that it is done, where
// the call should still do something in an orderly way; one that has been cancelled before.
//
//	g, ctx := errgroup.WithContext(parent)
//	…
//	if err := g.Wait(); err != nil { return err }
//	return store.Commit(ctx) // context canceled, always
func (f *Facts) EndedContext(fn ast.Node, call *ast.CallExpr) *EndedContext {
	if fn == nil {
		return nil
	}
	for _, arg := range call.Args {
		v := f.Variable(arg)
		if v == nil || v.IsField() || v.Kind() == types.PackageVar || !isContext(v.Type()) || f.setByLiterals(f.declAround(v.Pos()))[v] {
			continue
		}
		for _, ended := range []func(ast.Node, *ast.CallExpr, *types.Var) (ast.Node, string){f.endedByGroup, f.endedByCancel, f.heardEnd} {
			if end, why := ended(fn, call, v); end != nil && !f.inTest(call) && !f.ofTests(call) && !f.onlyAsksValues(call) && f.worksWith(call, arg) {
				return &EndedContext{arg, end, why}
			}
		}
	}
	return nil
}

// DeadContext says of a return that it gives the caller a context which the function itself cancels
// when it returns: as it is, with another value, or in a struct.
//
//	func (c *Client) outgoing(ctx context.Context) context.Context {
//		ctx, cancel := context.WithTimeout(ctx, c.timeout)
//		defer cancel()
//		return metadata.NewOutgoingContext(ctx, c.md)
//	}
func (f *Facts) DeadContext(fn ast.Node, ret *ast.ReturnStmt) *EndedContext {
	if fn == nil || f.inTest(ret) {
		return nil
	}
	for _, result := range ret.Results {
		use, v := f.contextIn(result)
		if v == nil || v.IsField() || v.Kind() == types.PackageVar || f.setByLiterals(f.declAround(v.Pos()))[v] {
			continue
		}
		if end := f.cancelledAtExit(fn, v, ret); end != nil {
			return &EndedContext{use, end, "cancelled when the function returns"}
		}
	}
	return nil
}

// outlives is how functions are called whose context does not end with the one that they get. Those of
// the package may be such, however they are called.
var outlives = lazyregexp.New(`(?i)without|detach|background|ignore|uncancel|nocancel`)

// contextIn returns the variable of the context that an expression passes on: itself, wrapped by
// functions that get a context and return one, or as a field of a struct that it makes.
func (f *Facts) contextIn(x ast.Expr) (ast.Expr, *types.Var) {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if v := f.Variable(x); v != nil && isContext(v.Type()) {
			return x, v
		}
	case *ast.UnaryExpr:
		return f.contextIn(x.X)
	case *ast.CompositeLit:
		for _, elt := range x.Elts {
			if pair, ok := elt.(*ast.KeyValueExpr); ok {
				elt = pair.Value
			}
			if use, v := f.contextIn(elt); v != nil {
				return use, v
			}
		}
	case *ast.CallExpr:
		if isContext(f.pkg.TypeOf(x)) && f.pkg.Body(x) == nil && len(x.Args) > 0 && !outlives.MatchString(calledName(x)) {
			return f.contextIn(x.Args[0])
		}
	}
	return nil, nil
}

// cancelledAtExit returns the defer by which a function cancels a context, if it comes to that on
// every way to a return, and the context is set by nothing else but from what is over then, too.
func (f *Facts) cancelledAtExit(fn ast.Node, v *types.Var, ret *ast.ReturnStmt) ast.Node {
	for _, m := range f.mentions(v) {
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(st.Lhs) != 2 || len(st.Rhs) != 1 || st.Lhs[0] != ast.Expr(m.id) {
			continue
		}
		call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
		cancel := f.Variable(st.Lhs[1])
		if !ok || !f.makesContext(call) || cancel == nil || f.sets(cancel) != 1 || f.setBetween(v, st, ret) {
			continue
		}
		for _, c := range f.mentions(cancel) {
			d, ok := c.around(1).(*ast.DeferStmt)
			owner, _ := functionAt(c.stack)
			if !ok || owner != fn || d.Call.Fun != ast.Expr(c.id) {
				continue
			}
			if _, always := f.pkg.Flow(fn).Precedes(d, ret); always {
				return d
			}
		}
	}
	return nil
}

// ofTests reports whether a node stands in a function that gets a test: one of a suite that others
// run; or in one that such a function is made of.
func (f *Facts) ofTests(n ast.Node) (of bool) {
	decl, ok := f.declAround(n.Pos()).(*ast.FuncDecl)
	if !ok {
		return false
	}
	of = f.getsTest(decl.Type)
	f.pkg.Inspect(decl, func(m ast.Node) bool {
		lit, ok := m.(*ast.FuncLit)
		of = of || ok && contains(lit, n) && f.getsTest(lit.Type)
		return !of
	})
	return of
}

func (f *Facts) getsTest(typ *ast.FuncType) bool {
	return slices.ContainsFunc(typ.Params.List, func(field *ast.Field) bool {
		return facts.TypeIs(f.pkg.TypeOf(field.Type), "*testing.T", "*testing.B", "*testing.F", "testing.TB")
	})
}

// endedByGroup returns the Wait of the errgroup that a context was made with, before a call.
func (f *Facts) endedByGroup(fn ast.Node, call *ast.CallExpr, v *types.Var) (ast.Node, string) {
	made, result := f.onlySetting(v)
	if made == nil || result != 1 || !f.makesGroup(made.call) {
		return nil, ""
	}
	group := f.Variable(made.st.Lhs[0])
	for _, m := range f.mentions(group) {
		wait, ok := m.around(1).(*ast.CallExpr)
		if ok && calledName(wait) == "Wait" && f.isBefore(fn, m.stack, wait, call) {
			return wait, "the group has ended its context when Wait returns"
		}
	}
	return nil, ""
}

// makesGroup reports whether a call is of WithContext of golang.org/x/sync/errgroup, or of one of the
// packages that are made after it.
func (f *Facts) makesGroup(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Name() == "WithContext" && fn.Pkg() != nil && fn.Pkg().Name() == "errgroup"
}

// endedByCancel returns a call of the cancel that a context was made with, before a call.
func (f *Facts) endedByCancel(fn ast.Node, call *ast.CallExpr, v *types.Var) (ast.Node, string) {
	made, result := f.onlySetting(v)
	if made == nil || result != 0 || !f.makesContext(made.call) || len(made.st.Lhs) != 2 {
		return nil, ""
	}
	cancel := f.Variable(made.st.Lhs[1])
	if cancel == nil || f.sets(cancel) != 1 {
		return nil, ""
	}
	for _, m := range f.mentions(cancel) {
		ended, ok := m.around(0).(*ast.CallExpr)
		if ok && ended.Fun == ast.Expr(m.id) && f.isBefore(fn, m.stack, ended, call) && f.usedBetween(v, made.st, ended) {
			return ended, "cancelled here"
		}
	}
	return nil, ""
}

// usedBetween reports whether anybody gets a context before it is cancelled: one that nobody got is
// meant to be over.
//
//	ctx, cancel := context.WithCancel(context.Background())
//	cancel()
//	return probe(ctx)
func (f *Facts) usedBetween(v *types.Var, made, ended ast.Node) bool {
	return slices.ContainsFunc(f.mentions(v), func(m mention) bool { return made.End() <= m.id.Pos() && m.id.Pos() < ended.Pos() })
}

// makesContext reports whether a call makes a context that a function it also returns ends.
func (f *Facts) makesContext(call *ast.CallExpr) bool {
	return f.isCallOf(call, "context.WithCancel") || f.isCallOf(call, "context.WithTimeout") || f.isCallOf(call, "context.WithDeadline")
}

// heardEnd returns the receive by which a function has heard of the end of a context, before it
// calls something that should still end in order.
func (f *Facts) heardEnd(fn ast.Node, call *ast.CallExpr, v *types.Var) (ast.Node, string) {
	if !orderly.MatchString(calledName(call)) || f.sets(v) > 1 || v.Kind() == types.ParamVar && f.sets(v) > 0 {
		return nil, ""
	}
	for _, m := range f.mentions(v) {
		receive, ok := m.around(2).(*ast.UnaryExpr)
		done, isCall := m.around(1).(*ast.CallExpr)
		if !ok || !isArrow(receive) || !isCall || calledName(done) != "Done" {
			continue
		}
		i := slices.Index(m.stack, ast.Node(receive))
		if owner, _ := functionAt(m.stack); owner != fn {
			continue
		}
		if clause, _ := caseOf(receive, m.stack[:i]); clause != nil {
			if slices.ContainsFunc(clause.Body, func(st ast.Stmt) bool { return f.runsIn(st, call) }) {
				return receive, "over when this case is chosen"
			}
			continue
		}
		if f.isBefore(fn, m.stack, receive, call) {
			return receive, "over behind this"
		}
	}
	return nil, ""
}

// orderly is of what should still come to its end in an orderly way when all is over.
var orderly = lazyregexp.New(`^(?i:(force)?flush|shutdown|disconnect|drain|deregister|unregister|revoke)`)

// runsIn reports whether a statement makes a call itself, not in a function that it makes.
func (f *Facts) runsIn(st ast.Stmt, call *ast.CallExpr) (runs bool) {
	f.pkg.Inspect(st, func(n ast.Node) bool {
		_, literal := n.(*ast.FuncLit)
		runs = runs || n == ast.Node(call)
		return !literal && !runs
	})
	return runs
}

// isBefore reports whether a function makes a call, as it goes, on every way to another.
func (f *Facts) isBefore(fn ast.Node, stack []ast.Node, first, call ast.Node) bool {
	if owner, _ := functionAt(stack); owner != fn {
		return false
	}
	for _, around := range stack {
		switch around := around.(type) {
		case *ast.DeferStmt, *ast.GoStmt:
			if contains(around, first) && !contains(around, fn) {
				return false
			}
		}
	}
	_, always := f.pkg.Flow(fn).Precedes(first, call)
	return always
}

// A setting is the statement that gives a variable its only value, by a call.
type setting struct {
	st   *ast.AssignStmt
	call *ast.CallExpr
}

// onlySetting returns that of a variable, and which result of the call it is.
func (f *Facts) onlySetting(v *types.Var) (only *setting, result int) {
	if f.sets(v) != 1 {
		return nil, 0
	}
	for _, m := range f.mentions(v) {
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(st.Rhs) != 1 {
			continue
		}
		if i := slices.Index(st.Lhs, ast.Expr(m.id)); i >= 0 {
			if call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr); ok {
				return &setting{st, call}, i
			}
		}
	}
	return nil, 0
}

// calledName returns the name of what a call calls.
func calledName(call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// onlyAsksValues reports whether a call most likely wants the values of a context, and not its end:
// one that logs or traces, or makes another context.
func (f *Facts) onlyAsksValues(call *ast.CallExpr) bool {
	if valueName.MatchString(calledName(call)) {
		return true
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "context", "log/slog", "log", "os/signal", "testing":
		return true
	}
	return fn.Pkg().Name() == "errgroup" || logPackage.MatchString(fn.Pkg().Name())
}

// logPackage is of packages by which programs log.
var logPackage = lazyregexp.New(`^([a-z]{0,3}log|\w*(logging|logger))$`)

var valueName = lazyregexp.New(`^(?:[oO]n[A-Z]|[aA]fter)|(?i)^(v?log|debug|info|warn|err|trace|print|fatal|panic|record|observe|report|count|inc$|add$|with|from|is|has)|(context|ctx|logger|log|span|metrics?|values?|event)$`)

// worksWith reports whether a call, as far as can be seen, passes a context on or waits for
// something else, too, and does not make it one that goes on.
func (f *Facts) worksWith(call *ast.CallExpr, arg ast.Expr) bool {
	return f.worksThrough(call, arg, 3)
}

func (f *Facts) worksThrough(call *ast.CallExpr, arg ast.Expr, depth int) bool {
	decl := f.pkg.Body(call)
	if decl == nil || depth == 0 {
		_, isFunc := f.pkg.Callee(call).(*types.Func)
		return isFunc
	}
	w := &tracer{f: f}
	param, _ := w.parameter(arg, call)
	if param == nil || f.hasOwnContext(call) {
		return false
	}
	works := false
	for _, m := range f.mentions(param) {
		inner, isCall := m.around(0).(*ast.CallExpr)
		if isCall && f.isCallOf(inner, "context.WithoutCancel") {
			return false
		}
		works = works || isCall && inner.Fun != ast.Expr(m.id) && !f.onlyAsksValues(inner) && f.worksThrough(inner, m.id, depth-1) || f.givesUp(m)
	}
	return works
}

// givesUp reports whether a mention of a context is one for whose end a function drops what it is
// about: in a select with something else, or in an if or a loop that does nothing but ask it. Who
// only waits for the end, or wants to know whether it has come, works with one that is over.
//
//	select { case <-s.drained: return nil; case <-ctx.Done(): return ctx.Err() }
//	if err := ctx.Err(); err != nil { return err }
func (f *Facts) givesUp(m mention) bool {
	sel, ok := m.around(0).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch sel.Sel.Name {
	case "Done":
		receive, ok := m.around(2).(*ast.UnaryExpr)
		if !ok {
			return true // handed on, or kept
		}
		_, sent := caseOf(receive, m.stack[:slices.Index(m.stack, ast.Node(receive))])
		return sent != nil && slices.ContainsFunc(sent.Body.List, func(st ast.Stmt) bool {
			other := st.(*ast.CommClause)
			return other.Comm != nil && !contains(other, m.id)
		})
	case "Err":
		switch m.around(2).(type) {
		case *ast.AssignStmt, *ast.ForStmt:
			return true
		}
		_, loops := m.around(3).(*ast.ForStmt)
		return loops
	}
	return false
}
