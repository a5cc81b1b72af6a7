package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// CloseQueue closes a channel when the function that alone sends on it leaves,
// so that the goroutines that receive can end. Where nothing closes it yet, the
// close is deferred right after the make:
//
//	queue := make(chan int)          queue := make(chan int)
//	                             →   defer close(queue)
//	go worker(queue)                 go worker(queue)
//
// Where another way out closes it, the close goes before the one that forgot:
//
//	if err != nil {                  if err != nil {
//	                             →           close(queue)
//		return err                       return err
//
// Who receives sees the values that it saw, and then the end, where it would
// have waited for ever. It is refused where the function waits for these very
// goroutines before the deferred call would run, and where a receive is about
// the value: the zero value of a closed channel would be taken for one.
func CloseQueue(s *edit.Site) error {
	f, starved, err := starvedReceive(s)
	if err != nil {
		return err
	}
	t := starved.Trace
	if err := endIsUnderstood(s, t); err != nil {
		return err
	}
	for _, op := range t.Of(channels.Send) {
		if op.Thread != t.Home {
			return fmt.Errorf("line %d may send after the function has left, and so after the close", around.Line(s, op.Node))
		}
	}
	if len(t.Of(channels.Close)) > 0 {
		return closeBefore(s, starved)
	}
	made, err := madeOnce(s, f, t)
	if err != nil {
		return err
	}
	if err := sendsAtEnd(s, t, made.Pos()); err != nil {
		return err
	}
	if wait := waitIn(s, t.Fn); wait != nil {
		return fmt.Errorf("line %d waits, maybe for the goroutines: a deferred close would come too late", around.Line(s, wait))
	}
	if err := namesClose(s, t, made.End()); err != nil {
		return err
	}
	noteWork(s, t)
	s.Decl = nil // the function that makes the channel may be another one
	s.InsertAfter(s.Stmt(made), edit.DeferStmt(closeOf(t)))
	return nil
}

// sendsAtEnd refuses where a call that is deferred before a place sends on the channel: it would run
// behind the close.
//
//	defer func() { queue <- last }()
func sendsAtEnd(s *edit.Site, t *channels.Trace, before token.Pos) error {
	for _, op := range t.Of(channels.Send) {
		if op.Deferred != nil && op.Deferred.Pos() < before {
			return fmt.Errorf("what line %d defers sends when the function has returned, and so after the close", around.Line(s, op.Deferred))
		}
	}
	return nil
}

// noteWork lowers the level where a goroutine does something when its range ends, or behind a word
// for which it waits: that would be done now, though not all was sent.
func noteWork(s *edit.Site, t *channels.Trace) {
	for _, op := range t.Of(channels.Range, channels.Receive) {
		if work := atEnd(s, op); work != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d runs now, when its goroutine hears of the end", around.Line(s, work)))
		}
	}
}

// namesClose: where a close is to stand, close is the one of the language, and the name of the
// channel is its own.
func namesClose(s *edit.Site, t *channels.Trace, at token.Pos) error {
	scope := s.Match.Pkg.Types.Scope().Innermost(at)
	if scope == nil {
		return errors.New("internal: the close would stand in no scope")
	}
	if _, seen := scope.LookupParent("close", at); seen != types.Universe.Lookup("close") {
		return errors.New("close is something else here")
	}
	if _, seen := scope.LookupParent(t.Var.Name(), at); seen != types.Object(t.Var) {
		return fmt.Errorf("%s is something else where the close would stand", t.Var.Name())
	}
	return nil
}

func closeOf(t *channels.Trace) *dst.CallExpr {
	return edit.Call(edit.Ident("close"), edit.Ident(t.Var.Name()))
}

// starvedReceive asks the facts about the receive of the match again.
func starvedReceive(s *edit.Site) (*channels.Facts, *channels.Starved, error) {
	f := channels.Of(s.Match.Pkg)
	var ch ast.Expr
	op := s.Bound("$receive")
	switch op := op.(type) {
	case *ast.UnaryExpr:
		ch = op.X
	case *ast.RangeStmt:
		ch = op.X
	default:
		return nil, nil, errors.New("internal: the rule binds no receive")
	}
	starved := f.StarvedReceive(f.Variable(ch), op)
	if starved == nil {
		return nil, nil, errors.New("internal: nothing is known of the channel")
	}
	if m := starved.Trace.Make; m.Pos() < s.Match.File.FileStart || s.Match.File.FileEnd <= m.Pos() {
		return nil, nil, errors.New("the channel is made in another file")
	}
	if starved.Trace.MadeElsewhere() {
		return nil, nil, errors.New("another function makes the channel, and may do so for others")
	}
	return f, starved, nil
}

// endIsUnderstood: every receive either ends with the channel or ignores the value.
func endIsUnderstood(s *edit.Site, t *channels.Trace) error {
	for _, op := range t.Of(channels.Receive) {
		path := s.PathTo(op.Node)
		if len(path) == 0 {
			return errors.New("the channel is received from in another file")
		}
		if err := stops(s, op); err != nil {
			return err
		}
		switch around := path[len(path)-1].(type) {
		case *ast.ExprStmt:
			continue
		case *ast.AssignStmt:
			if len(around.Lhs) == 2 {
				continue
			}
		}
		return fmt.Errorf("line %d takes a value, and would take the end for one", around.Line(s, op.Node))
	}
	return nil
}

// deferredWork returns what the function of a range or receive defers, but for telling others of its end.
func deferredWork(s *edit.Site, op *channels.Op) (work ast.Node) {
	ast.Inspect(around.BodyOf(op.Fn), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && !tellsOfEnd(s, d.Call) {
			work = d
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && work == nil
	})
	return work
}

// workFrom returns what is done in a function or block behind a node of it, nil for all of it, but
// for telling others of its end.
func workFrom(s *edit.Site, in, after ast.Node) (work ast.Node) {
	from := in.Pos()
	if after != nil {
		from = after.End()
	}
	ast.Inspect(in, func(n ast.Node) bool {
		if n == nil || work != nil || n.End() <= from {
			return false
		}
		if n.Pos() < from {
			return true
		}
		switch n := n.(type) {
		case *ast.ExprStmt:
			if !tellsOfEnd(s, n.X) {
				work = n
			}
		case *ast.AssignStmt, *ast.IncDecStmt, *ast.GoStmt, *ast.RangeStmt, *ast.ForStmt, *ast.SendStmt:
			work = n
		case *ast.ReturnStmt:
			if !plainResults(s, n) {
				work = n
			}
		}
		return work == nil
	})
	return work
}

// tellsOfEnd reports whether a call closes a channel, or counts a WaitGroup down.
func tellsOfEnd(s *edit.Site, x ast.Expr) bool {
	c, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	switch callee := s.Match.Pkg.Callee(c).(type) {
	case *types.Builtin:
		return callee.Name() == "close"
	case *types.Func:
		return facts.IsFunc(callee, "(*sync.WaitGroup).Done")
	}
	return false
}

// waitIn returns a call of a method Wait in the function itself.
func waitIn(s *edit.Site, fn ast.Node) (found ast.Node) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			return ast.Node(lit) == fn
		}
		if call, ok := n.(*ast.CallExpr); ok && found == nil {
			callee, ok := s.Match.Pkg.Callee(call).(*types.Func)
			if ok && callee.Name() == "Wait" {
				found = call
			}
		}
		return true
	})
	return found
}

// closeBefore closes before the way out that forgot it, on which no close has
// run, and after which no send can.
func closeBefore(s *edit.Site, starved *channels.Starved) error {
	t := starved.Trace
	exit, ok := starved.Exit.(*ast.ReturnStmt)
	if !ok {
		return errors.New("the function ends without a return there: where the close belongs is not clear")
	}
	flow := s.Match.Pkg.Flow(t.Fn)
	for _, op := range t.Of(channels.Close) {
		if op.Thread != t.Home || op.Deferred != nil {
			return fmt.Errorf("line %d closes it in another place", around.Line(s, op.Node))
		}
		if some, _ := flow.Follows(op.Anchor, exit); some {
			return fmt.Errorf("line %d may have closed it already", around.Line(s, op.Node))
		}
	}
	if _, all := flow.Precedes(t.Make, exit); !all || !plainResults(s, exit) {
		return fmt.Errorf("the return at line %d does more than to leave", around.Line(s, exit))
	}
	if list, ok := s.ListAround(exit); !ok || !slices.Contains(list, ast.Stmt(exit)) {
		return fmt.Errorf("the return at line %d stands in no list of statements", around.Line(s, exit))
	}
	if err := sendsAtEnd(s, t, exit.Pos()); err != nil {
		return err
	}
	if err := namesClose(s, t, exit.Pos()); err != nil {
		return err
	}
	noteWork(s, t)
	s.Decl = nil // as above
	s.InsertBefore(s.Stmt(exit), edit.ExprStmt(closeOf(t)))
	return nil
}

// plainResults: what a return gives back is evaluated without effect.
func plainResults(s *edit.Site, ret *ast.ReturnStmt) bool {
	return !slices.ContainsFunc(ret.Results, func(x ast.Expr) bool { return !s.Match.Pkg.Pure(x) })
}
