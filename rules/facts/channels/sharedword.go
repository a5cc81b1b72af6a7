package channels

import (
	"go/ast"
	"go/types"
)

// sharesWord reports whether a function starts two goroutines of one object that both end by a
// word from one channel, and a receive is the first of theirs: who gives one word ends one.
//
//	go p.readLoop()  // case <-p.quit: return
//	go p.writeLoop() // case <-p.quit: return
func (f *Facts) sharesWord(c *Class, r *ClassOp, start starter) bool {
	of := f.startedOf(start)
	if of == nil {
		return false
	}
	for _, other := range c.Beside(r, Receive) {
		if other.Fn == r.Fn || other.Node.Pos() < r.Node.Pos() || !f.endsBy(other) {
			continue
		}
		starts := f.startedOnly(other.Fn)
		if len(starts) == 1 && starts[0].in == start.in && f.startedOf(starts[0]) == of && f.startsBoth(starts[0], start) {
			return true
		}
	}
	return false
}

// InLoop reports whether a node stands in a loop of its function.
func (f *Facts) InLoop(n ast.Node) bool {
	fn := f.around(n)
	return fn != nil && len(f.loopsAround(fn, n)) > 0
}

// startedOf returns the variable whose method a go statement starts.
func (f *Facts) startedOf(s starter) *types.Var {
	if s.stmt == nil {
		return nil
	}
	sel, ok := ast.Unparen(s.stmt.Call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	return f.Variable(sel.X)
}

// startsBoth reports whether one of two starts always follows the other.
func (f *Facts) startsBoth(a, b starter) bool {
	flow := f.pkg.Flow(a.in)
	_, behind := flow.Follows(a.stmt, b.stmt)
	_, before := flow.Follows(b.stmt, a.stmt)
	return behind || before
}
