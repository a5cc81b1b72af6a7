package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// deafByHelper is DeafSend of a send in a method of its own, which the loop calls on its own
// receiver, and that asks nobody before it sends.
//
//	case <-w.ticker.C: w.emit(next())   // and: case <-ctx.Done(): return
//	func (w *watcher) emit(c change)    { w.out <- c }
func (f *Facts) deafByHelper(fn ast.Node, send *ast.SendStmt) *Deaf {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || !f.ofReceiver(decl, send.Chan) || f.hasRoom(send.Chan) || f.inTest(send) || f.asksState(decl, send) || !f.onlyCalled(decl) {
		return nil
	}
	if f.drained(send.Chan) || f.answersAsker(fn, send) {
		return nil
	}
	for _, call := range f.callsOf(decl) {
		by := f.around(call)
		if !f.ownReceiver(call, by) || f.startsWith(by, call) || !f.comesBack(by, call) {
			continue
		}
		loops := f.loopsAround(by, call)
		if len(loops) == 0 || f.endsReceivers(by, send) || f.outlasted(by, send) || f.answersAsker(by, send) {
			continue
		}
		if clause, quit := f.quitIn(loops[0], by); clause != nil && !f.same(quit.X, send.Chan) {
			return &Deaf{send, quit, clause, call}
		}
	}
	return nil
}

// deafByLiteral is DeafSend of a send in a literal that the loop gives to a call, which runs it there.
//
//	for { select { case <-ctx.Done(): return; default: }; c.poll(ctx).Each(func(r record) { c.records <- r }) }
func (f *Facts) deafByLiteral(fn ast.Node, send *ast.SendStmt) *Deaf {
	lit, ok := fn.(*ast.FuncLit)
	if !ok || f.runsAlone(lit) || f.inTest(send) {
		return nil
	}
	by, call := f.givenToCall(lit)
	v := f.Variable(f.Root(send.Chan))
	if call == nil || f.keepsLiteral(lit, call) || v == nil || contains(lit, &ast.Ident{NamePos: v.Pos()}) || !f.comesFromOutside(v, send) || !f.comesBack(by, call) {
		return nil
	}
	loops := f.loopsAround(by, call)
	if len(loops) == 0 || f.hasRoom(send.Chan) || f.drained(send.Chan) || f.answersAsker(by, send) || f.endsReceivers(by, send) || f.outlasted(by, send) {
		return nil
	}
	if clause, quit := f.quitIn(loops[0], by); clause != nil && f.isOfContext(quit) {
		return &Deaf{send, quit, clause, call}
	}
	return nil
}

// givenToCall returns the call of which a literal is an argument, that runs it in place as far as can be
// seen, and the function around.
func (f *Facts) givenToCall(lit *ast.FuncLit) (by ast.Node, call *ast.CallExpr) {
	if by = f.around(lit); by == nil {
		return nil, nil
	}
	f.pkg.PreorderStack(by, nil, func(n ast.Node, stack []ast.Node) bool {
		if n != ast.Node(lit) || len(stack) == 0 {
			return call == nil
		}
		given, ok := stack[len(stack)-1].(*ast.CallExpr)
		if ok && given.Fun != ast.Expr(lit) && !startsOrDefers(stack, given) {
			call = given
		}
		return false
	})
	return by, call
}

// keepers is what functions are called that keep a function for later.
var keepers = lazyregexp.New(`^(?i:on|add|set|put|with|use|hook|handle|register|subscribe|observe|listen|watch|notify|schedule|after|every|defer|go|submit|spawn|start|enqueue|push|queue)([^a-z]|func|er|$)`)

// keepsLiteral reports whether a function may keep a literal that it gets, and not run it there: one
// of the package does more with it than to call it, another one is called so.
//
//	conn.Subscribe(func(r record) { c.records <- r })
func (f *Facts) keepsLiteral(lit *ast.FuncLit, call *ast.CallExpr) bool {
	w := &tracer{f: f}
	param, fn := w.parameter(lit, call)
	if param == nil {
		callee := f.pkg.Callee(call)
		return callee == nil || keepers.MatchString(callee.Name())
	}
	return slices.ContainsFunc(f.mentions(param), func(m mention) bool {
		run, ok := m.around(0).(*ast.CallExpr)
		declared := f.pkg.Def(m.id) != nil
		return !declared && (!ok || run.Fun != ast.Expr(m.id) || f.around(run) != fn || startsOrDefers(m.stack, run))
	})
}

// startsOrDefers reports whether a call is that of a go or defer statement.
func startsOrDefers(stack []ast.Node, call *ast.CallExpr) bool {
	if len(stack) < 2 {
		return false
	}
	switch st := stack[len(stack)-2].(type) {
	case *ast.GoStmt:
		return st.Call == call
	case *ast.DeferStmt:
		return st.Call == call
	}
	return false
}
