package channels

import (
	"go/ast"
)

// earlyOfField is earlySignal of a Cond that a field holds: a function waits, whatever has come
// before, and the one signal comes from a goroutine, once.
//
//	func (g *gate) await()   { g.mu.Lock(); g.cond.Wait(); g.mu.Unlock() }
//	func (g *gate) release() { g.cond.Broadcast() } // go g.release()
func (f *Facts) earlyOfField(c *condClass, w *condCall) ast.Node {
	s := c.signals[0]
	waiter, ok := w.fn.(*ast.FuncDecl)
	if !ok || s.fn == w.fn || f.inTest(w.call) != f.inTest(s.call) || f.looksFirst(w) || len(loopsOf(s.stack)) > 0 || len(loopsOf(w.stack)) > 0 {
		return nil
	}
	if !f.comeTo(waiter) || !f.locksBeforeWait(w) || f.startsUnderLock(w) || !f.onGoroutineOnce(s.fn, 3) {
		return nil
	}
	return s.call
}

// looksFirst reports whether a function asks for anything before it waits, or waits in a branch.
func (f *Facts) looksFirst(w *condCall) (asks bool) {
	f.pkg.Inspect(bodyOfFunc(w.fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.SwitchStmt, *ast.SelectStmt, *ast.ForStmt, *ast.RangeStmt:
			asks = asks || n.Pos() < w.call.Pos()
		}
		return !asks
	})
	return asks || f.guardedWait(w)
}

// comeTo reports whether a function is called in one place, under no condition and in no loop.
func (f *Facts) comeTo(decl *ast.FuncDecl) bool {
	calls := f.callsOf(decl)
	if len(calls) != 1 || !f.onlyCalled(decl) || !f.calledOnce(decl) {
		return false
	}
	by := f.around(calls[0])
	if by == nil {
		return false
	}
	asked := false
	for _, n := range f.stackOf(by, calls[0]) {
		switch n.(type) {
		case *ast.IfStmt, *ast.CaseClause, *ast.CommClause, *ast.ForStmt, *ast.RangeStmt:
			asked = true
		}
	}
	return !asked
}

// locksBeforeWait reports whether the function of a Wait takes the lock itself: nobody holds it
// who starts what signals.
func (f *Facts) locksBeforeWait(w *condCall) (locks bool) {
	f.pkg.Inspect(bodyOfFunc(w.fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call.Pos() < w.call.Pos() {
			callee := f.pkg.Callee(call)
			locks = locks || callee != nil && callee.Name() == "Lock"
		}
		return !locks
	})
	return locks
}

// startsUnderLock reports whether the function of a Wait starts or calls something between its
// Lock and the Wait: what is started there gets the lock only when the Wait has begun.
//
//	g.mu.Lock()
//	go g.release()
//	g.cond.Wait()
func (f *Facts) startsUnderLock(w *condCall) (starts bool) {
	locked := false
	f.pkg.Inspect(bodyOfFunc(w.fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = starts || locked && n.Pos() < w.call.Pos()
		case *ast.CallExpr:
			callee := f.pkg.Callee(n)
			locked = locked || callee != nil && callee.Name() == "Lock"
			starts = starts || locked && n.Pos() < w.call.Pos() && f.pkg.Body(n) != nil
		}
		return !starts
	})
	return starts
}

// onGoroutineOnce reports whether a function runs on a goroutine that is started in one place,
// in no loop: itself, or what alone calls it.
func (f *Facts) onGoroutineOnce(fn ast.Node, depth int) bool {
	if starts := f.startedOnly(fn); len(starts) > 0 {
		return len(starts) == 1 && len(loopsOf(starts[0].stack)) == 0
	}
	decl, ok := fn.(*ast.FuncDecl)
	calls := f.callsOf(fn)
	if !ok || depth == 0 || len(calls) != 1 || !f.onlyCalled(decl) || !f.calledOnce(fn) {
		return false
	}
	by := f.around(calls[0])
	return by != nil && f.runsAlways(by, calls[0]) && f.onGoroutineOnce(by, depth-1)
}

// runsAlways reports whether a function comes to a call soon: nothing that it waits for is before.
func (f *Facts) runsAlways(fn ast.Node, call *ast.CallExpr) bool {
	waits := false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if n.Pos() >= call.Pos() {
			return false
		}
		switch n.(type) {
		case *ast.UnaryExpr:
			waits = waits || isArrow(n.(*ast.UnaryExpr))
		case *ast.SendStmt, *ast.SelectStmt:
			waits = true
		}
		return !waits
	})
	_, ok := f.pkg.Flow(fn).At(call)
	return ok && !waits
}
