package sharing

import (
	"go/ast"
	"go/token"
	"slices"
)

// endedBefore reports whether a goroutine that makes an access has ended when another one is made
// under the guard, or has not begun: whoever makes that has waited for it, or starts it.
//
//	func (d *Daemon) run()  { d.mu.Lock(); d.quit = make(chan int); go func() { <-d.quit; d.done <- 1 }(); d.mu.Unlock() }
//	func (d *Daemon) stop() { d.mu.Lock(); d.quit <- 1; <-d.done; d.quit = nil; d.mu.Unlock() }
func (f *Facts) endedBefore(a, b *Access) bool {
	goroutine, at := f.onlyGoroutine(a.fn, a.Expr, deepest)
	if goroutine == nil {
		return false
	}
	around, start := f.starterOf(goroutine)
	if around == nil {
		return false
	}
	if b.fn == around {
		return f.before(around, b.Expr, start) && !f.before(around, start, b.Expr)
	}
	told := f.asFields(goroutine, f.signalsOf(goroutine).gives)
	for key, waits := range f.asFields(b.fn, f.signalsOf(b.fn).waits) {
		gives := told[key]
		if len(gives) == 0 || slices.ContainsFunc(gives, func(n ast.Node) bool { return !f.givenAtEnd(goroutine, n, at) }) {
			continue
		}
		if slices.ContainsFunc(waits, func(n ast.Node) bool {
			_, always := f.pkg.Flow(b.fn.node).Precedes(n, b.Expr)
			return always || f.waitsForEach(b.fn, n, b.Expr) || f.waitsIfThere(b.fn, n, b.Expr)
		}) {
			return true
		}
	}
	return false
}

// waitsForEach reports whether a wait stands in a loop over what has goroutines, one each, and a
// node behind that loop: those that it leaves out have none.
//
//	for i := range s.lns {
//		if s.lns[i].Listener != nil {
//			<-s.lns[i].done
//		}
//	}
//	s.lns = nil
func (f *Facts) waitsForEach(fn *function, wait, behind ast.Node) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		found = found || ok && within(loop.Body, wait) && loop.End() < behind.Pos() && f.before(fn, loop.X, behind)
		return !found
	})
	return found
}

// waitsIfThere reports whether a wait stands, before a node, where it is asked whether there is anything
// to wait for: else no goroutine has been started.
//
//	if s.done != nil {
//		<-s.done
//	}
func (f *Facts) waitsIfThere(fn *function, wait, behind ast.Node) (found bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || test.End() > behind.Pos() || !within(test.Body, wait) {
			return !found
		}
		cond, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
		receive, isReceive := wait.(*ast.UnaryExpr)
		found = ok && isReceive && cond.Op == token.NEQ && f.pkg.IsNil(cond.Y) && sameText(cond.X, receive.X)
		return !found
	})
	return found
}

// onlyGoroutine returns the function that the one goroutine runs which comes to a node, and the
// node of it that leads there; nil if there may be others.
func (f *Facts) onlyGoroutine(fn *function, at ast.Node, depth int) (*function, ast.Node) {
	if fn.around != nil {
		around, runs, start := fn.out()
		switch {
		case runs == started:
			return fn, at
		case runs == inPlace && depth > 0 && around != nil:
			return f.onlyGoroutine(around, start, depth-1)
		}
		return nil, nil
	}
	sites := f.realSites(fn)
	if fn.public || fn.valued || len(sites) != 1 || sites[0].in == nil || depth == 0 {
		return nil, nil
	}
	if sites[0].runs == started {
		return fn, at
	}
	return f.onlyGoroutine(sites[0].in, sites[0].stmt, depth-1)
}

// starterOf returns the function that starts a goroutine, and where.
func (f *Facts) starterOf(goroutine *function) (starter *function, at ast.Node) {
	if goroutine.around != nil {
		starter, _, at = goroutine.out()
		return starter, at
	}
	s := f.realSites(goroutine)[0]
	return s.in, s.stmt
}

// givenAtEnd reports whether a function gives a signal when it ends, or at least not before it
// has come to a node, which may be what it gives.
func (f *Facts) givenAtEnd(fn *function, signal, at ast.Node) bool {
	deferred := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		deferred = deferred || ok && within(d, signal)
		return !deferred
	})
	return deferred || within(signal, at) || !f.before(fn, signal, at)
}
