package sharing

import (
	"go/ast"
	"slices"
)

// endedBefore reports whether a goroutine that makes an access has ended when another one is made
// under the guard, or has not begun: whoever makes that has waited for it, or starts it.
//
//	func (d *Daemon) run()  { d.mu.Lock(); d.quit = make(chan int); go func() { <-d.quit; d.done <- 1 }(); d.mu.Unlock() }
//	func (d *Daemon) stop() { d.mu.Lock(); d.quit <- 1; <-d.done; d.quit = nil; d.mu.Unlock() }
func (f *Facts) endedBefore(a, b *Access) bool {
	goroutine := a.goroutine()
	if goroutine == nil {
		return false
	}
	around, _, start := goroutine.out()
	if b.fn == around {
		return f.before(around, b.Expr, start) && !f.before(around, start, b.Expr)
	}
	for key, waits := range f.signalsOf(b.fn).waits {
		gives := f.signalsOf(goroutine).gives[key]
		if len(gives) == 0 || slices.ContainsFunc(gives, func(n ast.Node) bool { return !f.givenAtEnd(goroutine, n, a.Expr) }) {
			continue
		}
		if slices.ContainsFunc(waits, func(n ast.Node) bool {
			_, always := f.pkg.Flow(b.fn.node).Precedes(n, b.Expr)
			return always
		}) {
			return true
		}
	}
	return false
}

// givenAtEnd reports whether a function gives a signal when it ends, or at least not before it
// comes to a node.
func (f *Facts) givenAtEnd(fn *function, signal, at ast.Node) bool {
	deferred := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		deferred = deferred || ok && within(d, signal)
		return !deferred
	})
	return deferred || !f.before(fn, signal, at)
}
