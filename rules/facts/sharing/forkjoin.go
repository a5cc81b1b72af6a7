package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A lock may be for workers only that one function starts and waits for: they keep out each
// other, and whoever comes when they have ended needs none.
//
//	func (a *Agent) Run() {
//		for _, p := range a.products {
//			wg.Go(func() {
//				r := p.run()
//				a.mu.Lock()
//				a.results[p] = r
//				a.mu.Unlock()
//			})
//		}
//		wg.Wait()
//	}
//	func (a *Agent) Report() { for p, r := range a.results { … } }

// CertainOfMap reports whether nothing is known that may excuse the use of a map: neither is the
// guard for workers that have ended, nor has a method that ends the object told others so before,
// nor does the object go back to a pool, nor is it decoded, which is done to one that nobody has yet.
func (f *Facts) CertainOfMap(u Unguarded) bool {
	if decodes(u.Access) {
		return false
	}
	return u.Call != nil || u.From != nil || !f.besideWorkers(u.Access, u.Guard) && !f.looksAtEnd(u.Access) && !f.recycled(u.fn.outermost(), u.Expr)
}

// decodes reports whether an access is made by a method that decodes its object.
func decodes(a *Access) bool { return decodeName.MatchString(a.fn.outermost().name()) }

var decodeName = lazyregexp.New(`^(Unmarshal|GobDecode$|FromProto$|Decode(Msg|Msgpack|RLP|JSON|Binary)$)`)

// looksAtEnd reports whether a method that ends an object reads something once it has told others
// of the end, or waited for them.
//
//	close(p.closed)
//	p.group.Wait()
//	for c := range p.conns { c.Close() }
func (f *Facts) looksAtEnd(a *Access) bool {
	fn := a.fn.outermost()
	if a.Write || !endName.MatchString(upperFirst(fn.name())) {
		return false
	}
	told := !f.quiet(a.fn, a.Expr)
	if !told && f.changesContent(fn, a.Var) {
		return false // who hears of it late finds the map in change
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || told || call.Pos() > a.Expr.Pos() {
			return !told
		}
		switch callee := f.pkg.Callee(call).(type) {
		case *types.Builtin:
			told = callee.Name() == "close"
		case *types.Func: // of a context's cancel they hear some time
			told = endName.MatchString(upperFirst(calledMethod(call)))
		}
		return !told
	})
	return told
}

// changesContent reports whether a function changes what is in a map.
func (f *Facts) changesContent(fn *function, v *types.Var) bool {
	return slices.ContainsFunc(f.accesses[v], func(b *Access) bool { return b.Write && b.Content && b.fn.outermost() == fn })
}

// besideWorkers reports whether whoever holds a guard is such a worker, and the function of an
// access is no part of them.
func (f *Facts) besideWorkers(a *Access, g *Guard) bool {
	if len(g.Holding) == 0 || f.worker(a.fn, a.Expr, deepest) {
		return false
	}
	return !slices.ContainsFunc(g.Holding, func(b *Access) bool { return !f.worker(b.fn, b.Expr, deepest) }) || f.behindWorkers(a, g)
}

// worker reports whether a node of a function is only evaluated on goroutines that have ended
// when the function returns that starts them.
func (f *Facts) worker(fn *function, at ast.Node, depth int) bool {
	if fn.around != nil {
		around, runs, start := fn.out()
		switch {
		case around == nil || depth == 0:
			return false
		case runs == started:
			return f.endsWithin(around, fn, start)
		}
		return runs != later && f.worker(around, start, depth-1)
	}
	if fn.obj == nil || fn.public || fn.valued || depth == 0 {
		return false
	}
	sites := f.realSites(fn)
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.in == fn {
			return true
		}
		if s.runs == started {
			return !f.endsWithin(s.in, fn, s.stmt)
		}
		return !f.worker(s.in, s.call, depth-1)
	})
}

// endsWithin reports whether a function that starts a goroutine waits for its end before it
// returns.
func (f *Facts) endsWithin(starter, goroutine *function, at ast.Node) bool {
	if goroutine.joined {
		return true
	}
	flow := f.pkg.Flow(starter.node)
	start, ok := flow.At(at)
	if !ok {
		return false
	}
	joins := f.joins(starter, goroutine)
	return f.deferredJoin(starter, joins) || !f.leads(flow, start, nil, joins)
}
