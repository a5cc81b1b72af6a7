package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

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
	if sig, ok := f.pkg.Info.TypeOf(call.Fun).(*types.Signature); ok && given != nil {
		for i := range min(sig.Params().Len(), len(call.Args)) {
			if sig.Params().At(i).Pos() == given.Pos() {
				given = f.Variable(call.Args[i])
			}
		}
	}
	f.pkg.Inspect(th.Start, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := f.pkg.Info.Uses[id].(*types.Var)
			gives = gives || isVar && (v == given || types.TypeString(v.Type(), nil) == "context.CancelFunc")
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
