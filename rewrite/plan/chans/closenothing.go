package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strconv"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// CloseNothing takes out the close of a local channel of which nobody hears: all receives stand in
// the function that makes the channel, before the close, and take one value each.
//
//	done := make(chan int)           done := make(chan int, 1)
//	defer close(done)            →
//	go func() {                      go func() {
//		done <- work()                   done <- work()
//	}()                              }()
//
// Who sends late sent on a closed channel, and finds room now: so the channel must have room for
// all that is sent. A channel need not be closed; it goes when nobody has it any more.
func CloseNothing(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	send, ok := s.Bound("$send").(*ast.SendStmt)
	if !ok {
		return errors.New("internal: the rule binds no send")
	}
	t := f.Trace(f.Variable(send.Chan))
	if t == nil || t.Unknown != nil {
		return errors.New("where else the channel is used is not known")
	}
	if t.MadeElsewhere() {
		return errors.New("another function makes the channel, and may do so for others")
	}
	st, err := onlyClose(s, t)
	if err != nil {
		return err
	}
	if err := nobodyHears(s, t, st); err != nil {
		return err
	}
	n, known := f.Sends(t)
	if !known || n > mostRoom {
		return errors.New("how many values the goroutines send is not known")
	}
	room, known := f.Capacity(t)
	if !known || room > 0 && room < n {
		return errors.New("the channel has a buffer already: why it has that size is not known")
	}
	if room == 0 {
		if because, _ := f.Rendezvous(t); because != "" {
			return errors.New(because)
		}
		made, ok := s.Expr(t.Make).(*dst.CallExpr)
		if !ok {
			return errors.New("the channel is made in another file")
		}
		made.Args = append(made.Args[:1], &dst.BasicLit{Kind: token.INT, Value: strconv.FormatInt(n, 10)})
	}
	s.Decl = nil // the function that makes the channel may be another one
	s.Delete(s.Stmt(st))
	return nil
}

// onlyClose returns the statement of the one close of a channel, by the function that makes it.
func onlyClose(s *edit.Site, t *channels.Trace) (ast.Stmt, error) {
	closes := t.Of(channels.Close)
	if len(closes) != 1 || closes[0].Thread != t.Home || closes[0].Fn != t.Fn {
		return nil, errors.New("who should close the channel is not clear")
	}
	call, ok := closes[0].Node.(*ast.CallExpr)
	if d := closes[0].Deferred; ok && d != nil && d.Call == call {
		return d, nil
	}
	if !ok || !closes[0].Direct() {
		return nil, errors.New("the close is no statement of its own")
	}
	st := around.StatementOf(s, call)
	if st == nil || around.LeavesNothing(s, st) {
		return nil, fmt.Errorf("without the close at line %d nothing would be left of its block", around.Line(s, call))
	}
	return st, nil
}

// nobodyHears: no receive waits for the close, or asks for it.
func nobodyHears(s *edit.Site, t *channels.Trace, st ast.Stmt) error {
	_, deferred := st.(*ast.DeferStmt)
	for _, op := range t.Of(channels.Receive, channels.Range, channels.Observe) {
		path := s.PathTo(op.Node)
		asks := false
		if len(path) > 0 {
			assign, ok := path[len(path)-1].(*ast.AssignStmt)
			asks = ok && len(assign.Lhs) == 2
		}
		if op.Kind != channels.Receive || op.Thread != t.Home || asks || !deferred && op.Node.Pos() > st.Pos() {
			return fmt.Errorf("line %d may wait for the close", around.Line(s, op.Node))
		}
	}
	return nil
}
