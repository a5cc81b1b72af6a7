package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A test that asks again and again until a variable has changed believes that another goroutine
// changes it meanwhile: if nothing puts the two in order, they race.
//
//	require.Eventually(t, func() bool { return mock.calls >= 2 }, time.Second, time.Millisecond)

// polling is where a package's tests ask again and again.
type polling struct {
	passed   map[ast.Node]bool // literals, to what calls them until they are content, and then is over
	literals map[ast.Node]bool // those of them that only look
	conds    []ast.Expr        // of loops that sleep
}

// pollName is of functions that call a function until it is content, or time is up.
var pollName = lazyregexp.New(`(?i)^(require|assert|expect)?(eventually|never|consistently|poll|wait(for|until))\w*$`)

func (f *Facts) polling() *polling {
	type key struct{}
	return f.pkg.Keep(key{}, func() any {
		p := &polling{passed: map[ast.Node]bool{}, literals: map[ast.Node]bool{}}
		for _, file := range f.pkg.Files {
			if strings.HasSuffix(f.pkg.Fset.Position(file.Package).Filename, "_test.go") {
				f.pkg.Inspect(file, func(n ast.Node) bool { f.notePolling(p, n); return true })
			}
		}
		return p
	}).(*polling)
}

func (f *Facts) notePolling(p *polling, n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if callee, ok := f.pkg.Callee(n).(*types.Func); !ok || !asksAgain(callee) {
			return
		}
		for _, arg := range n.Args {
			if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok {
				p.passed[lit], p.literals[lit] = true, f.onlyLooks(lit)
			}
		}
	case *ast.ForStmt:
		if n.Cond != nil && n.Init == nil && n.Post == nil && f.sleepsFirst(n.Body) {
			p.conds = append(p.conds, n.Cond)
		}
	}
}

// onlyLooks reports whether a literal calls nothing but what computes: else it may itself bring
// about what it asks for.
//
//	require.Eventually(t, func() bool { client.check(); return len(client.dead) == 0 }, …)
func (f *Facts) onlyLooks(lit *ast.FuncLit) bool {
	looks := true
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			looks = looks && (f.computes(n) || f.isCall(n, "sync") || f.isCall(n, "sync/atomic"))
		case *ast.FuncLit:
			looks = false
		}
		return looks
	})
	return looks
}

// isCall reports whether a call is of a function or method of a package.
func (f *Facts) isCall(call *ast.CallExpr, path string) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Pkg() != nil && callee.Pkg().Path() == path
}

// asksAgain reports whether a function calls what it is given until that is content.
func asksAgain(fn *types.Func) bool {
	return pollName.MatchString(fn.Name()) || fn.Pkg() != nil && fn.Pkg().Name() == "retry" && strings.HasPrefix(fn.Name(), "Run")
}

// sleepsFirst reports whether the body of a loop does nothing but sleep.
func (f *Facts) sleepsFirst(body *ast.BlockStmt) bool {
	if len(body.List) != 1 {
		return false
	}
	st, ok := body.List[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := st.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && (callee.FullName() == "time.Sleep" || callee.FullName() == "runtime.Gosched")
}

// polls reports whether a test asks again and again for what an access reads, without a lock.
func (f *Facts) polls(a *Access) bool {
	if !a.fn.outermost().test || a.Write || a.Atomic || a.Address {
		return false
	}
	p := f.polling()
	if !p.literals[a.fn.node] {
		asked := false
		for _, cond := range p.conds {
			asked = asked || within(cond, a.Expr)
		}
		if !asked {
			return false
		}
	}
	if a.fn.handed && len(f.stateAt(a.fn, a.Expr).locks) > 0 {
		return false // of who asks
	}
	held := f.pkg.LocksAt(a.fn.node, a.Expr)
	return !held.Doubt && len(held.Held) == 0
}

// polledRead says what is wrong with a polled access of a variable that others write under a lock.
func (f *Facts) polledRead(a *Access) (Unguarded, bool) {
	if !f.polls(a) {
		return Unguarded{}, false
	}
	g := f.GuardOf(a.Var)
	if g == nil || g.Thin && !g.exact() || f.excused(a) {
		return Unguarded{}, false
	}
	for _, b := range g.Holding {
		u := Unguarded{Access: a, Guard: g, With: b}
		if b.Write && conflicts(a, b) && b.fn.outermost() != a.fn.outermost() && !f.early(b) && f.nameable(u) {
			return u, true
		}
	}
	return Unguarded{}, false
}

// findPolled finds the races between a test that asks again and again and what it has given to
// the code under test: a method of an object of its own, or a function.
func (f *Facts) findPolled() {
	for _, v := range f.vars {
		for _, a := range f.accesses[v] {
			if f.polls(a) {
				f.racePolled(a)
			}
		}
	}
}

func (f *Facts) racePolled(a *Access) {
	for _, b := range f.accesses[a.Var] {
		if !b.Write || b.Atomic || b.Address || !conflicts(a, b) || !f.givenAway(b, a.fn.outermost()) || f.early(b) || f.excused(b) || len(f.heldAt(b).locks) > 0 || f.waitedFor(b, a) {
			continue
		}
		if _, told := f.races[b.Expr]; !told {
			f.races[b.Expr] = Race{At: b, With: a, Called: true}
		}
		return
	}
}

// givenAway reports whether the code under test makes an access of a test, nobody knows when: it
// stands in a method that no test calls, or in a literal of one test that is kept, and writes what
// it has captured.
func (f *Facts) givenAway(b *Access, test *function) bool {
	top := b.fn.outermost()
	if top.standsIn() {
		return b.fn == top
	}
	if top != test || b.fn == top || b.fn.runs != later || b.Var.Kind() != types.LocalVar || contains(b.fn.node, b.Var) {
		return false
	}
	return !f.polling().passed[b.fn.node] && !f.cleansUp(b.fn) && !f.isStep(b.fn.node.(*ast.FuncLit)) && !f.wrapped(b.fn, test)
}

// waitedFor reports whether a signal, given behind an access, is what the test has waited for when it
// asks.
//
//	p := newPump(func(s string) { got = s; close(ready) })
//	<-ready
//	require.Eventually(t, func() bool { return got == "a" }, …)
func (f *Facts) waitedFor(b, a *Access) bool {
	test, asks := a.fn.outermost(), ast.Node(a.Expr)
	if a.fn != test {
		asks = a.fn.node
	}
	waits := f.signalsOf(test).waits
	for signal, gives := range f.signalsOf(b.fn).gives {
		given := slices.ContainsFunc(gives, func(n ast.Node) bool { return f.givenAtEnd(b.fn, n, b.Expr) })
		if given && slices.ContainsFunc(waits[signal], func(n ast.Node) bool {
			_, always := f.pkg.Flow(test.node).Precedes(n, asks)
			return always
		}) {
			return true
		}
	}
	return false
}

// wrapped reports whether a test gets a function for a literal, and itself calls that.
//
//	handle := dedup.Middleware(func(m *Message) error { count++; return nil })
//	handle(m)
func (f *Facts) wrapped(lit, test *function) bool {
	by, ok := lit.at.(*ast.CallExpr)
	if !ok {
		return false
	}
	v := f.definedAs(test, by)
	if v == nil {
		return false
	}
	called := false
	f.pkg.Inspect(test.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		called = called || ok && f.isVariable(call.Fun, v)
		return !called
	})
	return called
}

// isStep reports whether a literal gets a test, or what can end one: it is a part of the test that
// is run where it stands.
//
//	testutil.RunStep(t, "start", func(t *testing.T) { … })
func (f *Facts) isStep(lit *ast.FuncLit) bool {
	sig, ok := f.pkg.TypeOf(lit).(*types.Signature)
	if !ok {
		return false
	}
	for p := range sig.Params().Variables() {
		if m, _, _ := types.LookupFieldOrMethod(p.Type(), true, f.pkg.Types, "FailNow"); m != nil {
			return true
		}
	}
	return false
}

// cleansUp reports whether a literal is for Cleanup: it runs when the test is over.
func (f *Facts) cleansUp(fn *function) bool {
	call, ok := fn.at.(*ast.CallExpr)
	if !ok {
		return false
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	return ok && callee.Name() == "Cleanup"
}
