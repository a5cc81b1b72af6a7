package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// joins tells the nodes of the home thread after which the goroutine of an
// operation is known to have got past it: a receive of what only this goroutine
// sends or closes, and not before the operation; a Wait of any group. Of a
// channel that cannot be followed the text decides.
func (f *Facts) joins(t *Trace, op *Op) func(ast.Node) bool {
	signals := map[ast.Node]bool{}
	for _, other := range f.channelsOf(t, op) {
		served := other.Of(Send, Close)
		if other == t || len(served) == 0 || !f.allAfter(served, op) {
			continue
		}
		for _, r := range In(other.Home, other.Of(Receive, Range)) {
			signals[r.Anchor] = true
		}
	}
	for _, other := range f.channelsIn(t.Fn) {
		if other != t && f.tellsOfWait(other.Of(Send, Close), op) {
			for _, r := range In(other.Home, other.Of(Receive, Range)) {
				signals[r.Anchor] = true
			}
		}
	}
	said, started := f.signalled(op), f.startedIn(t.Fn)
	return func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return signals[n] || f.isWait(n) || !started[n] && f.waitsWithin(n)
		case *ast.UnaryExpr:
			return signals[n] || n.Op == token.ARROW && (said[types.ExprString(n.X)] || f.several(n.X))
		}
		return signals[n]
	}
}

// tellsOfWait reports whether some operations are all of one goroutine, another than that of op,
// which has waited for a group before:
//
//	go func() { wg.Wait(); close(done) }()
func (f *Facts) tellsOfWait(ops []*Op, op *Op) bool {
	for _, other := range ops {
		if other.Thread.Start == nil || other.Thread.Start == op.Thread.Start || other.Thread != ops[0].Thread {
			return false
		}
	}
	if len(ops) == 0 {
		return false
	}
	waits := false
	f.pkg.Inspect(bodyOfFunc(ops[0].Thread.Fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		waits = waits || ok && f.isWait(call) && (ops[0].Deferred != nil || call.Pos() < ops[0].Node.Pos())
		return !waits
	})
	return waits
}

// several reports whether a local variable holds one channel after the other:
// who signals on which of them nobody knows.
func (f *Facts) several(ch ast.Expr) bool {
	v := f.Variable(ch)
	return v != nil && v.Kind() == types.LocalVar && f.sets(v) > 1
}

// allAfter reports whether one goroutine does all of the operations, and never
// before op, or only where op never comes.
func (f *Facts) allAfter(ops []*Op, op *Op) bool {
	for _, other := range ops {
		if other.Thread.Start != op.Thread.Start || other.Deferred == nil && f.follows(op, other.Anchor) {
			return false
		}
		if f.insteadOf(op, other) {
			continue
		}
		if op.Deferred != nil && (other.Deferred == nil || op.Deferred.Pos() <= other.Deferred.Pos()) {
			return false
		}
	}
	return true
}

// follows reports whether op can come after a node of its function.
func (f *Facts) follows(op *Op, n ast.Node) bool {
	at := op.Node
	if op.handed() {
		at = op.Anchor
	}
	some, _ := f.pkg.Flow(op.Thread.Fn).Follows(n, at)
	return some
}

// channelsOf returns the channels that the goroutine of an operation may use: those that its
// function names, and those of the home function, for which it may have a helper.
//
//	fail := func(err error) { errs <- err }
//	go func() { …; fail(err) }()
func (f *Facts) channelsOf(t *Trace, op *Op) []*Trace {
	return append(f.channelsIn(op.Thread.Fn), f.channelsIn(t.Fn)...)
}

// signalled returns the channels that cannot be followed, by their text, that
// the goroutine of op closes or sends on, but not before op.
func (f *Facts) signalled(op *Op) map[string]bool {
	said, before := map[string]bool{}, map[string]bool{}
	f.pkg.Inspect(op.Thread.Fn, func(n ast.Node) bool {
		ch := f.signal(n)
		if ch == nil {
			return true
		}
		t := f.Trace(f.Variable(ch))
		if t == nil {
			t = f.traceOfParameter(f.Variable(ch))
		}
		if t == nil || t.Unknown != nil {
			text := types.ExprString(ch)
			before[text] = before[text] || f.follows(op, n)
			said[text] = !before[text]
		}
		return true
	})
	return said
}

// signal returns the channel that a node sends on or closes, else nil.
func (f *Facts) signal(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.SendStmt:
		return n.Chan
	case *ast.CallExpr:
		if f.isBuiltin(n, "close") && len(n.Args) == 1 {
			return n.Args[0]
		}
	}
	return nil
}

// channelsIn returns the traces of the channels that a function mentions.
func (f *Facts) channelsIn(fn ast.Node) (all []*Trace) {
	seen := map[*types.Var]bool{}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, _ := f.pkg.Use(id).(*types.Var)
		if v == nil || seen[v] {
			return true
		}
		seen[v] = true
		if _, isChan := v.Type().Underlying().(*types.Chan); isChan {
			t := f.Trace(v)
			if t == nil {
				t = f.traceOfParameter(v)
			}
			if t != nil && t.Unknown == nil {
				all = append(all, t)
			}
		}
		return true
	})
	return all
}

// waitsWithin reports whether a call is of a function of the package that waits for a group, whatever
// happens.
//
//	func (p *pool) Close() { close(p.quit); p.wg.Wait() }
func (f *Facts) waitsWithin(call *ast.CallExpr) bool {
	decl := f.pkg.Body(call)
	if decl == nil {
		return false
	}
	if waits, known := f.waitBodies[decl]; known {
		return waits
	}
	waits := false
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			waits = waits || f.isWait(n) && f.surelyDoes(decl, n)
		}
		return !waits
	})
	if f.waitBodies == nil {
		f.waitBodies = map[*ast.FuncDecl]bool{}
	}
	f.waitBodies[decl] = waits
	return waits
}

// isWait reports whether a call waits for a group of goroutines.
func (f *Facts) isWait(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Name() == "Wait" && fn.Signature().Recv() != nil
}
