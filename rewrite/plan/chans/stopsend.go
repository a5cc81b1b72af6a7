package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// StopSend lets a goroutine go when the function that serves it has left, by a
// channel that is closed then:
//
//	ch := make(chan int)            ch := make(chan int)
//	go func() {                     gone := make(chan struct{})
//		for i := range n {      →       defer close(gone)
//			ch <- i             go func() {
//		}                               for i := range n {
//	}()                                     select {
//	                                        case ch <- i:
//	                                        case <-gone:
//	                                                return
//	                                        }
//	                                }
//	                        }()
//
// It is GFix's third strategy. Until the function has left, nothing is closed
// and every send does what it did; after that the goroutine ends where it would
// have waited for ever, and runs what it has deferred: that is why it is unsafe.
func StopSend(s *edit.Site) error {
	f, starved, err := starvedSend(s)
	if err != nil {
		return err
	}
	sends, err := sendsToStop(s, starved)
	if err != nil {
		return err
	}
	made, err := madeOnce(s, f, starved.Trace)
	if err != nil {
		return err
	}
	gone := s.Fresh("gone", starved.Trace.Make)
	for _, send := range sends {
		s.ReplaceStmt(s.Stmt(send), sendOrLeave(s, send, gone))
	}
	s.InsertAfter(s.Stmt(made), edit.Define(makeSignal(), edit.Ident(gone)), edit.DeferStmt(edit.Call(edit.Ident("close"), edit.Ident(gone))))
	return nil
}

// sendsToStop returns the bare sends, each in the body of a literal without
// results that the function starts.
func sendsToStop(s *edit.Site, starved *channels.Starved) (sends []*ast.SendStmt, err error) {
	for _, op := range starved.Trace.Of(channels.Send) {
		send := op.Node.(*ast.SendStmt)
		lit, ok := op.Fn.(*ast.FuncLit)
		if op.Thread != starved.Op.Thread || !op.Direct() || !op.Alone() || !ok {
			return nil, fmt.Errorf("the send at line %d is not one that a return could give up", around.Line(s, send))
		}
		if lit.Type.Results != nil || op.Deferred != nil {
			return nil, fmt.Errorf("what the goroutine at line %d should return is not known", around.Line(s, lit))
		}
		if back := channels.Of(s.Match.Pkg).GivesBack(starved.Trace, op); back != nil {
			return nil, fmt.Errorf("a goroutine that leaves at line %d would not come to line %d, for which others may wait", around.Line(s, send), around.Line(s, back))
		}
		if _, ok := s.ListAround(send); !ok {
			return nil, fmt.Errorf("the send at line %d stands in no list of statements", around.Line(s, send))
		}
		sends = append(sends, send)
	}
	return sends, nil
}

// madeOnce returns the statement that makes the channel, which must stand in
// the function's own list: a defer in a loop would pile up.
func madeOnce(s *edit.Site, f *channels.Facts, t *channels.Trace) (ast.Stmt, error) {
	path := s.PathTo(t.Make)
	for i := len(path) - 1; i > 1; i-- {
		list, isList := edit.Statements(path[i-1])
		st, isStmt := path[i].(ast.Stmt)
		if !isList || !isStmt || len(list) == 0 {
			continue
		}
		if path[i-2] != t.Fn {
			return nil, fmt.Errorf("the channel is made in a block at line %d: a deferred close would wait for the end of the function", around.Line(s, t.Make))
		}
		if around.Jumps(t.Fn) {
			return nil, errors.New("the function has a goto")
		}
		return st, nil
	}
	return nil, errors.New("the statement that makes the channel is in no list")
}

// sendOrLeave builds the select in the place of a send.
func sendOrLeave(s *edit.Site, send *ast.SendStmt, gone string) dst.Stmt {
	op := &dst.SendStmt{Chan: s.Use(send.Chan), Value: s.Use(send.Value)}
	first := &dst.CommClause{Comm: op}
	first.Decs.Colon = s.TakeSameLine(s.Stmt(send))
	left := edit.ExprStmt(&dst.UnaryExpr{Op: token.ARROW, X: edit.Ident(gone)})
	return &dst.SelectStmt{Body: edit.Block(
		first,
		&dst.CommClause{Comm: left, Body: []dst.Stmt{onOwnLine(edit.ReturnStmt())}},
	)}
}

func onOwnLine(st dst.Stmt) dst.Stmt {
	edit.OwnLine([]dst.Stmt{st})
	return st
}

// makeSignal builds make(chan struct{}).
func makeSignal() dst.Expr {
	empty := &dst.StructType{Fields: &dst.FieldList{Opening: true, Closing: true}}
	return edit.Call(edit.Ident("make"), &dst.ChanType{Dir: dst.SEND | dst.RECV, Value: empty})
}
