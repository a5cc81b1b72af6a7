package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// leavesHelperEarly returns a way out of the loop of a function that the home thread calls to
// serve many goroutines, other than by the loop's own condition.
//
//	for _, s := range steps { go run(s, errs) }
//	return firstOf(errs, len(steps))
//
//	for range n {
//		if err := <-errs; err != nil { return err }
//	}
func (f *Facts) leavesHelperEarly(t *Trace, op, partner *Op, partners []*Op, leaves func(*facts.Block) bool) ast.Node {
	loop := f.servingLoop(partner)
	if loop == nil || !op.Thread.Many() || !f.inOneCall(partners) || f.counts(loop) && !f.turnsForEach(loop, op.Thread) || !f.goesOnBehind(t, op, partner.Anchor) {
		return nil
	}
	at := map[ast.Node]bool{}
	for _, p := range partners {
		at[p.Node] = !contains(loop, p.Node)
	}
	s := &search{
		f: f, fn: partner.Fn, flow: f.pkg.Flow(partner.Fn), from: partner.Node,
		covered: func(n ast.Node) bool { return at[n] },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) },
		leaves:  leaves,
	}
	if partner.Kind == Range {
		s.from = ast.Unparen(partner.Node.(*ast.RangeStmt).X)
	}
	return s.out()
}

// servingLoop returns the innermost loop around an operation in its function.
func (f *Facts) servingLoop(op *Op) ast.Stmt {
	loops := f.loopsAround(op.Fn, op.Node)
	if op.Kind == Range {
		return op.Node.(*ast.RangeStmt)
	}
	if len(loops) == 0 {
		return nil
	}
	return loops[len(loops)-1]
}

// inOneCall reports whether all operations stand in one function, and one call runs them.
func (f *Facts) inOneCall(ops []*Op) bool {
	call, ok := ops[0].Anchor.(*ast.CallExpr)
	if !ok || ast.Node(f.pkg.Body(call)) != ops[0].Fn {
		return false
	}
	return !slices.ContainsFunc(ops, func(p *Op) bool {
		return p.Direct() || p.Deferred != nil || p.Anchor != call || p.Fn != ops[0].Fn
	})
}

// goesOnBehind reports whether the home thread, behind the one call of a function that serves
// goroutines that have all been started, leaves without waiting for them.
func (f *Facts) goesOnBehind(t *Trace, op *Op, call ast.Node) bool {
	if call.Pos() < op.Thread.Anchor.End() || f.comesBack(t.Fn, call) {
		return false
	}
	rest := f.leaving(t, op, nil)
	rest.from = call
	return rest.out() != nil
}

// leftByHelper returns how a function leaves that the home thread calls to serve an operation,
// without doing so: by another case of its select.
//
//	go fetch(res)
//	return await(ctx, res)
//
//	select {
//	case r := <-in:
//		return r, nil
//	case <-ctx.Done():
//		return nil, ctx.Err() // nobody receives any more
//	}
//
// One call has to hold all partners, once: what comes behind it may depend on what it returns.
func (f *Facts) leftByHelper(t *Trace, op *Op, partners []*Op) ast.Node {
	if len(partners) == 0 || op.Kind != Send {
		return nil
	}
	first := partners[0]
	if call, ok := first.Anchor.(*ast.CallExpr); !ok || ast.Node(f.pkg.Body(call)) != first.Fn {
		return nil
	}
	for _, p := range partners {
		if p.Direct() || p.Deferred != nil || p.Anchor != first.Anchor || p.Fn != first.Fn || p.Select == nil {
			return nil
		}
	}
	flow := f.pkg.Flow(t.Fn)
	if _, always := flow.Precedes(op.Thread.Anchor, first.Anchor); !always || f.comesBack(t.Fn, first.Anchor) {
		return nil
	}
	rest := f.leaving(t, op, nil)
	rest.from = first.Anchor
	if rest.out() == nil {
		return nil // it waits for the goroutine behind the call
	}
	for _, p := range partners {
		if way := f.leavesSelect(p, partners, func(clause *ast.CommClause) bool {
			return f.givenBy(op.Thread, first.Anchor.(*ast.CallExpr), clause)
		}); way != nil {
			return way
		}
	}
	return nil
}

// givenBy reports whether a goroutine may be who serves the case of a select in a function that
// is called: it has the channel, or can cancel the context. It may do so behind the operation.
func (f *Facts) givenBy(th *Thread, call *ast.CallExpr, clause *ast.CommClause) (gives bool) {
	receive := receiveOf(clause.Comm)
	if receive == nil {
		return true
	}
	given := f.Variable(receive.X)
	if sig, ok := f.pkg.TypeOf(call.Fun).(*types.Signature); ok && given != nil {
		for i := range min(sig.Params().Len(), len(call.Args)) {
			if sig.Params().At(i).Pos() == given.Pos() {
				given = f.Variable(call.Args[i])
			}
		}
	}
	f.pkg.Inspect(th.Start, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := f.pkg.Use(id).(*types.Var)
			gives = gives || isVar && (v == given || facts.TypeIs(v.Type(), "context.CancelFunc"))
		}
		return !gives
	})
	return gives
}

// leavesSelect returns the way out behind another case of the select of an operation, on which
// none of the operations stands.
func (f *Facts) leavesSelect(op *Op, all []*Op, but func(*ast.CommClause) bool) ast.Node {
	nodes := map[ast.Node]bool{}
	for _, p := range all {
		nodes[p.Node] = true
	}
	for _, clause := range op.Select.Body.List {
		clause := clause.(*ast.CommClause)
		if clause.Comm == nil || slices.ContainsFunc(all, func(p *Op) bool { return p.Case == clause }) || but(clause) {
			continue
		}
		s := &search{
			f: f, fn: op.Fn, flow: f.pkg.Flow(op.Fn), from: clause.Comm,
			covered: func(n ast.Node) bool { return nodes[n] },
			leaves:  func(b *facts.Block) bool { return b.Exit.Normal() },
		}
		if way := s.out(); way != nil {
			return way
		}
	}
	return nil
}
