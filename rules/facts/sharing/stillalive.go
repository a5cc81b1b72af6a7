package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// starts reports whether a method is, or calls, what starts the goroutine.
func (f *Facts) starts(m, launcher *function) bool {
	called := map[*function]bool{}
	f.reach(m, passageDepth, called)
	return called[launcher]
}

// passesOn reports whether a method stores an atomic that the goroutine loads:
// that may put them in order.
func (f *Facts) passesOn(m *function, r running) bool {
	gives, waits := f.allSignals(m).gives, f.allSignals(r.access.fn).waits
	for key := range gives {
		if v, ok := key.(*types.Var); ok && synchronises(v.Type()) && len(waits[key]) > 0 {
			return true
		}
	}
	return false
}

// alive reports whether the goroutine can be at work when a method is called:
// who makes the object has started it, the method is one that ends or changes
// what goes on, or one of the two looks at what the other writes again and again.
func (f *Facts) alive(m *function, a *Access, r running) bool {
	return f.surelyAlive(m, a, r) || r.access.Write && (f.endless(r.goroutine, r.access) || !a.Write && f.unheard(r))
}

// unheard reports whether a goroutine ends without a word to anybody, and takes
// no lock: who reads what it writes cannot know that it is over, whatever he holds.
func (f *Facts) unheard(r running) bool {
	lockless := true
	for _, fn := range []*function{r.goroutine, r.access.fn} {
		lockless = lockless && len(f.pkg.Acquisitions(fn.node)) == 0
	}
	return lockless && f.silent(r.goroutine)
}

// endless reports whether a goroutine makes an access again and again, in a loop
// that no list or counter ends, itself or in what it calls there.
func (f *Facts) endless(goroutine *function, a *Access) bool {
	if f.inEndlessLoop(a.fn, a.Expr) {
		return true
	}
	return slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if c.site.runs != inPlace || !within(goroutine.node, c.site.stmt) || !f.inEndlessLoop(c.site.in, c.site.stmt) {
			return false
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[a.fn.outermost()]
	})
}

func (f *Facts) inEndlessLoop(fn *function, at ast.Node) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch loop := n.(type) {
		case *ast.ForStmt:
			found = found || loop.Init == nil && loop.Post == nil && within(loop.Body, at)
		case *ast.RangeStmt:
			_, isChan := f.typeOf(loop.X).(*types.Chan)
			found = found || isChan && within(loop.Body, at)
		}
		return !found
	})
	return found
}

// polled reports whether a function reads a flag again and again, to know when to
// end, or to go on: in the condition of a loop, or of an if in one that leaves it.
func (f *Facts) polled(a *Access) bool {
	basic, ok := a.Var.Type().Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsBoolean == 0 || !f.loops(a.fn, a.Expr) {
		return false
	}
	polled := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			polled = polled || n.Cond != nil && within(n.Cond, a.Expr)
		case *ast.IfStmt:
			polled = polled || within(n.Cond, a.Expr) && leaves(n.Body)
		}
		return !polled
	})
	return polled
}

// leaves reports whether a block ends in a return or a break.
func leaves(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	switch last := block.List[len(block.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK
	}
	return false
}
