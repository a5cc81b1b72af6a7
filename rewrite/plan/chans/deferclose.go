package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// DeferClose lets the one goroutine that sends close the channel, on every way
// out:
//
//	go func() {                      go func() {
//		for _, x := range all {          defer close(ch)
//			ch <- x          →       for _, x := range all {
//		}                                        ch <- x
//	}()                                      }
//
// Each close that it replaces was the last thing on its way, so it runs when it
// ran; the same is true of a send of which the one receive wants nothing but to know.
// Where other calls are deferred, they ran after it and now run before it:
// that is unsafe. It is refused where a receive is about the value, as in closeQueue.
func DeferClose(s *edit.Site) error {
	u, f, err := unservedOf(s)
	if err != nil {
		return err
	}
	if u.Trace == nil {
		return errors.New("the goroutine that should close the channel is started by another function")
	}
	lit, ok := u.By.Fn.(*ast.FuncLit)
	if !ok || u.By.Many() {
		return errors.New("which of its goroutines should close the channel is not clear")
	}
	if err := namesClose(s, u.Trace, lit.Body.Lbrace+1); err != nil {
		return err
	}
	if err := endIsUnderstood(s, u.Trace); err != nil {
		return err
	}
	if made := u.Trace.Make; made != nil && u.By.Start != nil && made.Pos() > u.By.Start.Pos() {
		return fmt.Errorf("the channel is made at line %d only, when the goroutine may have deferred the close of none", around.Line(s, made))
	}
	for _, op := range u.Trace.Of(channels.Send) {
		if !op.Direct() {
			return fmt.Errorf("the send at line %d is made elsewhere", around.Line(s, op.Node))
		}
	}
	plain, err := lastCloses(s, f, u)
	if err != nil {
		return err
	}
	if d := around.DeferIn(lit.Body); d != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d defers ran after the close, and would run before it", around.Line(s, d)))
	}
	NoteKeptRunning(s, fmt.Sprintf("line %d", around.Line(s, u.Op.Node)))
	if op := chosen(u.Trace); op != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d hears of the end beside other cases, of which one was taken on the way out that did not tell", around.Line(s, op.Node)))
	}
	if n := f.TakenForSet(lit, words(u.Trace)); n != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d reads what is set only where the goroutine tells of its end", around.Line(s, n)))
	}
	if n := goesOn(s, u.Trace); n != nil && f.EndsSilently(lit, words(u.Trace)) {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d goes on as if the goroutine had done all of it: nothing tells it from the way out that told nobody", around.Line(s, n)))
	}
	for _, st := range plain {
		s.Delete(s.Stmt(st))
	}
	s.InsertFirst(s.Node(lit.Body), edit.DeferStmt(closeOf(u.Trace)))
	return nil
}

// goesOn returns what is done behind a wait for the channel, but in a test.
//
//	<-ready
//	return s.ln.Accept()
func goesOn(s *edit.Site, t *channels.Trace) (work ast.Node) {
	for _, op := range t.Of(channels.Range, channels.Receive) {
		if work == nil && !s.Match.Pkg.InTest(op.Node.Pos()) {
			work = workFrom(s, op.Fn, op.Node)
		}
	}
	return work
}

// words returns where the goroutine tells of its end: what closes the channel, or sends on it.
func words(t *channels.Trace) (all []ast.Node) {
	kind := channels.Close
	if len(t.Of(kind)) == 0 {
		kind = channels.Send
	}
	for _, op := range t.Of(kind) {
		all = append(all, op.Node)
	}
	return all
}

// NoteKeptRunning lowers the level where a wait for ever, which comes to its end now, stands in a
// command: it may be all that keeps the program running.
//
//	go http.ListenAndServe(addr, nil)
//	go measure(done) // fails at once
//	<-done
func NoteKeptRunning(s *edit.Site, wait string) {
	if s.Match.Pkg.Types.Name() == "main" && !s.Match.Pkg.InTest(s.Match.File.Package) {
		s.Downgrade(rules.Unsafe, wait+" may be what keeps the program running, whatever else it does: now it would go on, to its end")
	}
}

// chosen returns a receive that is one of several cases of a select.
//
//	select { case err := <-failed: return err; case <-done: }
func chosen(t *channels.Trace) *channels.Op {
	for _, op := range t.Of(channels.Receive) {
		if op.Select != nil && len(op.Select.Body.List) > 1 {
			return op
		}
	}
	return nil
}

// lastCloses returns the statements that close the channel, each the last thing
// on its way.
func lastCloses(s *edit.Site, f *channels.Facts, u *channels.Unserved) (all []ast.Stmt, err error) {
	for _, op := range u.Trace.Of(channels.Close) {
		st := around.StatementOf(s, op.Node.(*ast.CallExpr))
		if st == nil || !op.Direct() {
			return nil, fmt.Errorf("the close at line %d is no statement of the goroutine", around.Line(s, op.Node))
		}
		if around.LeavesNothing(s, st) {
			return nil, fmt.Errorf("without the close at line %d nothing would be left of its block", around.Line(s, op.Node))
		}
		if n := f.After(op.Fn, st); n != nil {
			return nil, fmt.Errorf("line %d runs after the close at line %d", around.Line(s, n), around.Line(s, op.Node))
		}
		all = append(all, st)
	}
	if u.Op.Kind == channels.Receive && len(all) == 0 {
		return lastSends(s, f, u.Trace)
	}
	return all, nil
}

// lastSends returns the statements that send the word of the end, each the last thing on its way, to
// one who takes it once, and does not look at it.
//
//	if err != nil { return }
//	done <- true
func lastSends(s *edit.Site, f *channels.Facts, t *channels.Trace) (all []ast.Stmt, err error) {
	unknown := errors.New("what the goroutine should send there is not known")
	receives := t.Of(channels.Receive, channels.Range)
	if len(receives) != 1 || receives[0].Select != nil || inLoopOf(s.PathTo(receives[0].Node)) {
		return nil, unknown
	}
	for _, op := range t.Of(channels.Send) {
		send := op.Node.(*ast.SendStmt)
		list, _ := s.ListAround(send)
		if op.Select != nil || op.Deferred != nil || len(list) < 2 || !s.Match.Pkg.Pure(send.Value) || inLoopOf(s.PathTo(send)) {
			return nil, unknown
		}
		if because, fails := s.Match.Pkg.CanPanic(send.Value); fails {
			return nil, fmt.Errorf("what is sent at line %d %s", around.Line(s, send), because)
		}
		if n := f.After(op.Fn, send); n != nil {
			return nil, fmt.Errorf("line %d runs after the send at line %d", around.Line(s, n), around.Line(s, send))
		}
		all = append(all, send)
	}
	if len(all) == 0 {
		return nil, unknown
	}
	if n := asksLength(s, t); n != nil {
		return nil, fmt.Errorf("line %d asks how many words the channel holds", around.Line(s, n))
	}
	return all, nil
}

// asksLength returns a call of len on a channel of the type: a close puts nothing into it.
func asksLength(s *edit.Site, t *channels.Trace) (asks ast.Node) {
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || s.Match.Pkg.Callee(call) != types.Universe.Lookup("len") {
			return asks == nil
		}
		if ch, isChan := s.Match.Pkg.TypeOf(call.Args[0]).Underlying().(*types.Chan); isChan && types.Identical(ch.Elem(), t.Var.Type().Underlying().(*types.Chan).Elem()) {
			asks = n
		}
		return asks == nil
	})
	return asks
}

// unservedOf asks the facts about the receive of the match again.
func unservedOf(s *edit.Site) (*channels.Unserved, *channels.Facts, error) {
	f := channels.Of(s.Match.Pkg)
	var u *channels.Unserved
	switch op := s.Bound("$receive").(type) {
	case *ast.UnaryExpr:
		u = f.Unserved(f.Variable(op.X), op)
	case *ast.RangeStmt:
		u = f.Unserved(f.Variable(op.X), op)
	}
	if u == nil {
		return nil, nil, errors.New("internal: nothing is known of the channel")
	}
	return u, f, nil
}
