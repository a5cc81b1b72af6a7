package waits

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// summoned reports whether a wait comes only behind a message of a partner who has let go of the
// lock, or needs it no more, when he comes to end the wait: his need lies behind him.
//
//	s.mu.Lock(); s.stop <- struct{}{}; s.mu.Unlock(); <-s.stopped // the partner
//
//	<-s.stop; s.mu.Lock(); s.stopped <- struct{}{}; s.mu.Unlock() // the wait
func (f *Facts) summoned(w *op, h facts.Holding) bool {
	for _, r := range f.order {
		if r.kind != Receive || r.root != w.root || r.class == w.class || r.class.unknown || !f.opens(r, w) {
			continue
		}
		if f.allReturn(r, w, h) {
			return true
		}
	}
	return false
}

// opens reports whether every turn of a wait comes behind a receive of its own goroutine.
func (f *Facts) opens(r, w *op) bool {
	fn, at := w.fn, w.node
	for fn != nil && fn != r.fn {
		fn, at = f.calledIn(w.root, fn)
	}
	if fn == nil {
		return false
	}
	flow := f.pkg.Flow(fn)
	from, ok := flow.At(at)
	received, ok2 := flow.At(r.node)
	if _, always := flow.Precedes(r.node, at); !ok || !ok2 || !always {
		return false
	}
	return !flow.Reaches(facts.Point{Block: from.Block, Index: from.Index + 1}, from, func(p facts.Point) bool { return p == received })
}

// calledIn returns the function in which a literal is called where it stands, and that call.
func (f *Facts) calledIn(root, literal ast.Node) (fn, call ast.Node) {
	f.pkg.PreorderStack(root, nil, func(n ast.Node, stack []ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || ast.Unparen(c.Fun) != literal || len(stack) == 0 || later(stack[len(stack)-1]) {
			return fn == nil
		}
		call = c
		for i := len(stack) - 1; i >= 0 && fn == nil; i-- {
			switch stack[i].(type) {
			case *ast.FuncLit, *ast.FuncDecl:
				fn = stack[i]
			}
		}
		return false
	})
	return fn, call
}

// allReturn reports whether all who send what is received come to end the wait then, and take the
// lock nowhere on that way.
func (f *Facts) allReturn(r, w *op, h facts.Holding) bool {
	some := false
	for _, s := range r.class.ops {
		if !s.kind.ends(r.kind) || s.test && !w.test {
			continue
		}
		if s.kind != Send || !f.returns(s, w, h) {
			return false
		}
		some = true
	}
	return some
}

// returns reports whether a function that sends a message comes to end a wait behind that, and
// takes the lock no more before it does.
func (f *Facts) returns(s, w *op, h facts.Holding) bool {
	for _, p := range w.partners() {
		lock, ok := corresponding(w, p, h.Lock)
		if !ok || p.fn != s.fn || p.deferred || p.at.Root != s.at.Root {
			continue
		}
		flow := f.pkg.Flow(p.fn)
		if _, always := flow.Follows(s.node, p.node); always && !f.takesBetween(flow, s, p, lock, h.Read) {
			return true
		}
	}
	return false
}

// takesBetween reports whether a function takes a lock between two of its operations.
func (f *Facts) takesBetween(flow *facts.Flow, s, p *op, lock facts.Lock, read bool) bool {
	acts, _ := flow.At(p.node)
	sent, _ := flow.At(s.node)
	stop := func(at facts.Point) bool { return at == acts }
	for _, n := range f.takes(p, flow, lock, read) {
		from, ok := flow.At(n.call)
		if ok && flow.Reaches(facts.Point{Block: sent.Block, Index: sent.Index + 1}, from, stop) {
			return true
		}
	}
	return false
}
