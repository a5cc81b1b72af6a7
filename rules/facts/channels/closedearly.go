package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A ClosedEarly is the close of a channel by a function that leaves, or by one that has called
// it, while goroutines that it has started may still send.
type ClosedEarly struct {
	Close *ast.CallExpr
	Exit  ast.Node // where the function leaves: see [facts.Block.Way]
}

// SentBehindLeave returns the close that can come before a send, where a function starts several
// goroutines that send, and does not wait for all of them on each way out: it stops at the first
// failure, while others work on. Who receives does not matter, so the channel may be a parameter.
//
//	defer close(out)
//	for _, p := range parts {
//		go func() { err := p.send(out); errs <- err }()
//	}
//	for range parts {
//		if err := <-errs; err != nil {
//			return err
//		}
//	}
func (f *Facts) SentBehindLeave(v *types.Var, send ast.Node) *ClosedEarly {
	t := f.Trace(v)
	if t == nil {
		t = f.traceFromOutside(v)
	}
	if t == nil {
		return nil
	}
	for _, op := range t.Of(Send) {
		if op.Node != send || !op.Alone() || op.Thread.In != t.Home || op.Thread.Loop == nil || f.recoversItself(op.Thread.Fn) {
			continue
		}
		exit := f.leavesSome(t, op)
		if exit == nil {
			return nil
		}
		if end := f.closedAtExit(t, op, exit); end != nil {
			return &ClosedEarly{end, exit}
		}
	}
	return nil
}

// traceFromOutside follows a channel that a declared function gets, as far as that goes: nobody
// knows who else uses it.
func (f *Facts) traceFromOutside(v *types.Var) *Trace {
	if v == nil || v.Kind() != types.ParamVar || f.sets(v) > 0 {
		return nil
	}
	all := f.mentions(v)
	if len(all) == 0 {
		return nil
	}
	fn := all[0].declared()
	if fn == nil || f.parameterAt(fn, v) < 0 {
		return nil
	}
	t := &Trace{Var: v, Fn: fn, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	return t
}

// declared returns the declaration around a mention.
func (m mention) declared() *ast.FuncDecl {
	for _, n := range m.stack {
		if fn, ok := n.(*ast.FuncDecl); ok {
			return fn
		}
	}
	return nil
}

// leavesSome returns a way out of the home function on which it has not waited for each of the
// goroutines that it starts in a loop.
func (f *Facts) leavesSome(t *Trace, op *Op) ast.Node {
	gather := f.gatheringLoops(t.Fn, op.Thread)
	s := &search{
		f: f, fn: t.Fn, flow: f.pkg.Flow(t.Fn), from: op.Thread.Anchor,
		covered: f.waitsForAll(t, op, gather),
		crossed: func(from *facts.Block, e facts.Edge) bool {
			for _, loop := range gather {
				if f.ends(from, e, loop) {
					return true
				}
			}
			return false
		},
	}
	return s.out()
}

// gatheringLoops returns the loops that may wait for goroutines in each turn, and are over when all
// have been waited for: they receive, send or call what waits, and stand behind the starts.
func (f *Facts) gatheringLoops(fn ast.Node, th *Thread) (loops []ast.Stmt) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch loop := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			if !contains(loop, th.Anchor) && f.mayWaitInside(loop) {
				loops = append(loops, loop.(ast.Stmt))
			}
		}
		return true
	})
	return loops
}

// mayWaitInside reports whether a statement has an operation of a channel in it, or calls what waits.
func (f *Facts) mayWaitInside(stmt ast.Node) (waits bool) {
	f.pkg.Inspect(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			waits = true
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			waits = waits || isChan
		case *ast.CallExpr:
			waits = waits || f.mayJoin(n)
		}
		return !waits
	})
	return waits
}

// mayJoin reports whether a call may wait for goroutines: by its name, by what the function of this
// package does that it calls, or because that is a variable's, as one that joins is often handed out.
func (f *Facts) mayJoin(call *ast.CallExpr) bool {
	if f.waitsByName(call) {
		return true
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Var:
		sig, ok := callee.Type().Underlying().(*types.Signature)
		return ok && sig.Params().Len() == 0 && sig.Results().Len() == 0 && !isCancel(callee.Type()) && !undoName.MatchString(callee.Name())
	case *types.Func:
		decl := f.pkg.Declaration(callee)
		return decl != nil && f.awaitsSome(decl.Body)
	}
	return false
}

// isCancel reports whether a type is that of the function that cancels a context: it waits for nobody.
func isCancel(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context"
}

// awaitsSome reports whether a body calls what waits by its name, or receives from a channel that is no
// call's: not from ctx.Done().
func (f *Facts) awaitsSome(body ast.Node) (does bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.UnaryExpr:
			_, called := ast.Unparen(n.X).(*ast.CallExpr)
			does = does || n.Op == token.ARROW && !called
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			does = does || isChan
		case *ast.CallExpr:
			does = does || f.waitsByName(n)
		}
		return !does
	})
	return does
}

var (
	waitName = lazyregexp.New(`(?i)wait|join|drain|stop|flush|shutdown`)
	undoName = lazyregexp.New(`(?i)^(un|cancel|release|free|restore|rollback|revert|record|observe|report|log|trace|end)`) // waits for nobody
)

func (f *Facts) waitsByName(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && waitName.MatchString(fn.Name())
}

// waitsForAll tells the nodes behind which all goroutines of a loop are taken to be past an
// operation: calls that wait, and receives that are not those of one answer for each of them, which
// stand in a loop of their own, or are what a failure of one says.
func (f *Facts) waitsForAll(t *Trace, op *Op, gather []ast.Stmt) func(ast.Node) bool {
	own, started := f.answeredOn(op.Thread.Fn), f.startedIn(t.Fn)
	inGather := func(n ast.Node) bool {
		for _, loop := range gather {
			if contains(loop, n) {
				return true
			}
		}
		return false
	}
	return func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return f.waitsByName(n) || !started[n] && f.mayJoin(n)
		case *ast.UnaryExpr:
			return n.Op == token.ARROW && (f.oneByOne(op.Thread, n) || !inGather(n) && !own[f.Variable(n.X)])
		}
		return false
	}
}

// startedIn returns the calls that a function starts as goroutines.
func (f *Facts) startedIn(fn ast.Node) map[*ast.CallExpr]bool {
	started := map[*ast.CallExpr]bool{}
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			started[g.Call] = true
		}
		return true
	})
	return started
}

// oneByOne reports whether a receive stands behind the start in each turn of the loop that starts
// the goroutines: the one has answered before the next begins.
func (f *Facts) oneByOne(th *Thread, receive ast.Node) bool {
	return contains(th.Loop, receive) && receive.Pos() > th.Anchor.End() && !f.inSelect(th.Loop, receive)
}

// inSelect reports whether a node is received in a case of a select in a statement.
func (f *Facts) inSelect(stmt ast.Stmt, receive ast.Node) (found bool) {
	f.pkg.Inspect(stmt, func(n ast.Node) bool {
		clause, ok := n.(*ast.CommClause)
		found = found || ok && clause.Comm != nil && contains(clause.Comm, receive)
		return !found
	})
	return found
}

// answeredOn returns the variables of the channels that a goroutine sends on.
func (f *Facts) answeredOn(fn ast.Node) map[*types.Var]bool {
	own := map[*types.Var]bool{}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if send, ok := n.(*ast.SendStmt); ok {
			own[f.Variable(send.Chan)] = true
		}
		return true
	})
	return own
}
