package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// lastCloses reports whether a close runs only under a condition on an atomic counter that
// the goroutine of an operation counts, too, and only behind the operation: who counts
// last closes, when all that is counted is done.
//
//	go func() { ch <- v; if left.Add(-1) == 0 { close(ch) } }()
func (f *Facts) lastCloses(op, c *Op) bool {
	for _, cond := range conditionsAround(c.Fn, c.Node) {
		for _, counter := range f.countersOf(cond) {
			if f.countsBehind(op, counter) {
				return true
			}
		}
	}
	return false
}

// countersOf returns the counters of which a condition looks at the new value.
func (f *Facts) countersOf(cond ast.Expr) (all []ast.Expr) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if counter := f.countedBy(n); counter != nil {
				all = append(all, counter)
			}
		case *ast.Ident:
			v := f.Variable(n)
			if v == nil || v.IsField() || v.Kind() != types.LocalVar || f.sets(v) != 1 {
				return true
			}
			for _, m := range f.mentions(v) {
				value, _ := f.setBy(m)
				if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && f.countedBy(call) != nil {
					all = append(all, f.countedBy(call))
				}
			}
		}
		return true
	})
	return all
}

// countedBy returns the counter to which a call of sync/atomic adds, nil if it is none.
func (f *Facts) countedBy(call *ast.CallExpr) ast.Expr {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" || !strings.HasPrefix(fn.Name(), "Add") {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && fn.Signature().Recv() != nil {
		return sel.X
	}
	if len(call.Args) == 0 {
		return nil
	}
	if address, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr); ok && address.Op == token.AND {
		return address.X
	}
	return call.Args[0]
}

// countsBehind reports whether the goroutine of an operation counts behind it, and never before.
func (f *Facts) countsBehind(op *Op, counter ast.Expr) bool {
	before, behind := false, false
	f.pkg.Inspect(bodyOfFunc(op.Thread.Fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || f.countedBy(call) == nil || !f.same(f.countedBy(call), counter) {
			return true
		}
		late := call.Pos() >= op.Anchor.End() || f.onlyDeferred(op.Thread.Fn, nil, call)
		before, behind = before || !late, behind || late
		return true
	})
	return behind && !before
}

// ownerWaits reports whether the goroutine of an operation was given to a method of some
// object, and another method of that object which may wait can come before a close: whether
// it waits for what was given to it nobody knows.
//
//	pool.Submit(func() { ch <- v }); pool.StopWait(); close(ch)
func (f *Facts) ownerWaits(t *Trace, op, c *Op) bool {
	start, ok := op.Thread.Start.(*ast.CallExpr)
	if !ok {
		return false
	}
	owner := f.ownerOf(start)
	if owner == nil {
		return false
	}
	flow, waits := f.pkg.Flow(t.Fn), false
	f.pkg.Inspect(bodyOfFunc(t.Fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || waits || f.pkg.Callee(call) == f.pkg.Callee(start) || f.ownerOf(call) == nil || !f.same(f.ownerOf(call), owner) {
			return !waits
		}
		if _, blocks := f.pkg.Blocks(call); blocks {
			some, _ := flow.Follows(call, c.Anchor)
			waits = some || c.Deferred != nil
		}
		return !waits
	})
	return waits
}

// ownerOf returns the object of which a call calls a method, nil if it calls none.
func (f *Facts) ownerOf(call *ast.CallExpr) ast.Expr {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	fn, isFunc := f.pkg.Callee(call).(*types.Func)
	if !ok || !isFunc || fn.Signature().Recv() == nil {
		return nil
	}
	return sel.X
}
