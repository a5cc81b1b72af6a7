package sharing

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// Objects that one function keeps to itself may have a lock for the workers alone that it starts:
// what it does itself, once they have ended, needs none, whether it takes the lock then or not.
//
//	var wg sync.WaitGroup
//	for _, job := range jobs {
//		wg.Go(func() { t.failed(job.name) }) // takes t.mu
//	}
//	wg.Wait()
//	return t.report() // takes none

// behindWorkers reports whether one function alone calls the method that makes an access, on an object
// that it has itself, and every other use of the variable is by it, or by workers that have ended
// before.
func (f *Facts) behindWorkers(a *Access, g *Guard) bool {
	home, calls := f.soleHome(a.fn)
	if home == nil {
		return false
	}
	workers := false
	for _, b := range slices.Concat(g.Holding, g.Without, g.Else) {
		by := f.usedBy(b.fn, b.Expr, home, calls, deepest)
		if by == byItself {
			continue
		}
		if by != byWorker {
			return false
		}
		workers = true
	}
	return workers
}

// soleHome returns the one function that calls a method of an object of its own, in place, and where;
// nil if there is none, or others may call it.
func (f *Facts) soleHome(method *function) (home *function, calls []ast.Node) {
	if method.obj == nil || method.obj.Signature().Recv() == nil || method.valued || exportedOwner(method) {
		return nil, nil
	}
	for _, s := range f.realSites(method) {
		if s.in == nil || s.runs != inPlace && s.runs != deferred || !f.onOwn(s) {
			return nil, nil
		}
		fn, at := f.inPlaceIn(s.in, s.call)
		if fn == nil || home != nil && fn != home {
			return nil, nil
		}
		home, calls = fn, append(calls, at)
	}
	return home, calls
}

// onOwn reports whether a method is called on what a local variable of the function around has, or on
// an element of that.
func (f *Facts) onOwn(s site) bool {
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	object := ast.Unparen(sel.X)
	if element, ok := object.(*ast.IndexExpr); ok {
		object = element.X
	}
	return f.localNamed(object) != nil
}

// inPlaceIn returns the declared function that comes to a node in it or in its literals on its own
// goroutine, and the node of it where it does.
func (f *Facts) inPlaceIn(fn *function, at ast.Node) (*function, ast.Node) {
	for steps := 0; fn != nil && fn.around != nil && steps < deepest; steps++ {
		around, runs, where := fn.out()
		if runs != inPlace && runs != deferred {
			return nil, nil
		}
		fn, at = around, where
	}
	return fn, at
}

// A use of a variable, seen from a function: by itself, by a worker of its that has ended, by others.
type useBy int

const (
	byOthers useBy = iota
	byItself
	byWorker
)

// usedBy returns who makes an access, seen from a function and its calls behind which its workers must
// have ended.
func (f *Facts) usedBy(fn *function, at ast.Node, home *function, calls []ast.Node, depth int) useBy {
	switch {
	case fn == home:
		return byItself
	case depth == 0:
		return byOthers
	case fn.around != nil:
		around, runs, where := fn.out()
		return f.usedFrom(site{in: around, runs: runs, stmt: where}, fn, home, calls, depth)
	case fn.obj == nil || fn.valued || fn.obj.Signature().Recv() != nil && exportedOwner(fn) && fn.public || fn.obj.Signature().Recv() == nil && fn.public:
		return byOthers
	}
	all := byItself
	for _, s := range f.realSites(fn) {
		switch f.usedFrom(s, fn, home, calls, depth) {
		case byOthers:
			return byOthers
		case byWorker:
			all = byWorker
		}
	}
	return all
}

func (f *Facts) usedFrom(s site, fn, home *function, calls []ast.Node, depth int) useBy {
	switch {
	case s.in == nil || s.stmt == nil || s.runs == later:
		return byOthers
	case s.runs != started:
		return f.usedBy(s.in, s.stmt, home, calls, depth-1)
	case s.in == home && !slices.ContainsFunc(calls, func(call ast.Node) bool { return !f.endedAt(home, fn, s.stmt, call) }):
		return byWorker
	}
	return byOthers
}

// endedAt reports whether a goroutine that a function starts has ended where it comes to a call.
func (f *Facts) endedAt(home, goroutine *function, start, call ast.Node) bool {
	if goroutine.joined {
		return true
	}
	flow := f.pkg.Flow(home.node)
	from, ok := flow.At(start)
	to, ok2 := flow.At(call)
	return ok && ok2 && !f.leads(flow, from, func(p facts.Point) bool { return p == to }, f.joins(home, goroutine))
}
