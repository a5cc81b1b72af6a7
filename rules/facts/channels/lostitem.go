package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// lostItem is LostDone of a worker that is done once for each item that it takes from a channel, and
// which the senders count: a turn of its loop that ends without leaves the item counted for ever.
//
//	func (p *pool) submit(j job) { p.wg.Add(1); p.jobs <- j }
//	func (p *pool) work() {
//		for j := range p.jobs {
//			if !p.accepts(j) {
//				continue
//			}
//			p.run(j)
//			p.wg.Done()
//		}
//	}
func (f *Facts) lostItem(done *GroupCall) *LostDone {
	loop, item := f.itemLoop(done)
	if loop == nil || !f.sendersCount(loop.X, done) || !f.doneHereOnly(done, loop) {
		return nil
	}
	mentions := f.mentionsGroup(done)
	covered := func(n ast.Node) bool { return mentions(n) || f.handsItemOn(n, item, deepest) }
	way := f.turnPast(done.Fn, loop, covered)
	if way == nil || f.countedUnderCondition(done) {
		return nil
	}
	return &LostDone{done, way, done.Fn, true}
}

// itemLoop returns the innermost loop around a Done, if it goes over the items of a channel, and the
// variable that takes them.
func (f *Facts) itemLoop(done *GroupCall) (*ast.RangeStmt, *types.Var) {
	loops := f.loopsAround(done.Fn, done.Call)
	if len(loops) == 0 || done.Deferred != nil {
		return nil, nil
	}
	loop, ok := loops[len(loops)-1].(*ast.RangeStmt)
	if !ok || len(loop.Body.List) == 0 || loop.Key == nil {
		return nil, nil
	}
	if _, isChan := f.pkg.TypeOf(loop.X).Underlying().(*types.Chan); !isChan {
		return nil, nil
	}
	return loop, f.Variable(loop.Key)
}

// sendersCount reports whether whoever sends on a channel counts before, in the same function, for the
// group of a Done, and without a condition of its own.
func (f *Facts) sendersCount(ch ast.Expr, done *GroupCall) bool {
	c := f.Class(ch)
	if c == nil || c.Serves {
		return false
	}
	sends := c.Of(Send)
	return len(sends) > 0 && !slices.ContainsFunc(sends, func(op *ClassOp) bool {
		return !op.Test && !slices.ContainsFunc(f.groups().byFn[op.Fn], func(add *GroupCall) bool {
			if add.Kind != Add || f.field(add.Group) != f.field(done.Group) {
				return false
			}
			n, known := f.amount(add.Call)
			_, always := f.pkg.Flow(op.Fn).Precedes(add.Call, op.Node)
			return known && n == 1 && always
		})
	})
}

// doneHereOnly reports whether nobody is done with a group but in one loop, and somebody waits for it.
func (f *Facts) doneHereOnly(done *GroupCall, loop ast.Node) bool {
	waits := false
	for _, other := range f.groups().all {
		if f.field(other.Group) != f.field(done.Group) {
			continue
		}
		waits = waits || other.Kind == Wait
		if other.Kind == Done && (!contains(loop, other.Call) || other.Call.Pos() < done.Call.Pos()) || other.Kind == Go {
			return false // others are done too, or it is told at the first
		}
	}
	return waits
}

// turnPast returns the last node of a turn of a loop that comes to the next one and passes nothing
// that covers it.
func (f *Facts) turnPast(fn ast.Node, loop *ast.RangeStmt, covered func(ast.Node) bool) (way ast.Node) {
	flow := f.pkg.Flow(fn)
	first := f.firstOf(fn, loop.Body.List[0])
	if first == nil || f.anyWithin(first, covered) {
		return nil
	}
	s := &search{
		f: f, fn: fn, flow: flow, from: first, covered: covered,
		crossed: func(from *facts.Block, e facts.Edge) bool {
			if !f.beginsTurn(e, loop.Body) {
				return false
			}
			if way == nil {
				way = lastOf(from, loop.Body)
			}
			return true
		},
		leaves: func(*facts.Block) bool { return false },
	}
	s.out()
	return way
}

// firstOf returns the first node that the flow of a function has of a statement.
func (f *Facts) firstOf(fn ast.Node, st ast.Stmt) (first ast.Node) {
	flow := f.pkg.Flow(fn)
	f.pkg.Inspect(st, func(n ast.Node) bool {
		if first == nil && n != nil {
			if _, ok := flow.At(n); ok {
				first = n
			}
		}
		return first == nil
	})
	return first
}

func (f *Facts) anyWithin(n ast.Node, is func(ast.Node) bool) (found bool) {
	f.pkg.Inspect(n, func(m ast.Node) bool {
		found = found || m != nil && is(m)
		return !found
	})
	return found
}

// handsItemOn reports whether a node gives a variable to somebody who may be done with it later, or
// keeps it: it is sent, stored, captured, or handed to a function that may do so.
func (f *Facts) handsItemOn(n ast.Node, item *types.Var, depth int) bool {
	switch n := n.(type) {
	case *ast.SendStmt:
		return f.names(n.Value, item)
	case *ast.FuncLit:
		return f.names(n, item)
	case *ast.GoStmt:
		return true
	case *ast.AssignStmt:
		return slices.ContainsFunc(n.Lhs, func(x ast.Expr) bool { _, plain := ast.Unparen(x).(*ast.Ident); return !plain }) && f.names(n, item)
	case *ast.UnaryExpr:
		return n.Op == token.AND && f.names(n.X, item)
	case *ast.CallExpr:
		return f.names(n, item) && f.mayKeep(n, depth)
	}
	return false
}

// mayKeep reports whether what a call calls may keep what it is given, or hand it on: it is an append,
// a function value, or a function of the package that sends, stores, or starts something.
func (f *Facts) mayKeep(call *ast.CallExpr, depth int) bool {
	switch callee := f.pkg.Callee(call).(type) {
	case *types.TypeName:
		return false
	case *types.Builtin:
		return callee.Name() == "append"
	case *types.Func:
		decl := f.pkg.Body(call)
		if decl == nil {
			return false
		}
		return depth == 0 || f.anyWithin(decl.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SendStmt, *ast.GoStmt, *ast.FuncLit:
				return true
			case *ast.CallExpr:
				return f.mayKeep(n, depth-1)
			}
			return false
		})
	}
	return true
}
