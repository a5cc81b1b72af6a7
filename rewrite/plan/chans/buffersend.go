// Package chans has the strategies for channels, and for what is built on them: who
// closes, who has room, and by what a goroutine that sends or waits hears of the end.
package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// BufferSend gives a channel room for all that its goroutines send, so that
// none waits for a receiver who has left:
//
//	errc := make(chan error)        errc := make(chan error, 1)
//	go func() {                     go func() {
//		errc <- run()          →            errc <- run()
//	}()                             }()
//
// After GFix (Liu et al., ASPLOS 2021), with its obligations: all uses of the
// channel are known, the number of values is known where the channel is made,
// nobody looks at its length, and the send is the last thing that its goroutine
// does. So nobody can rely on it that the receive comes before what follows the
// send. Where the goroutine has deferred calls, they do follow, and the fix is
// unsafe.
func BufferSend(s *edit.Site) error {
	f, starved, err := starvedSend(s)
	if err != nil {
		return err
	}
	t := starved.Trace
	if len(t.Make.Args) > 1 {
		return errors.New("the channel has a buffer already: why it has that size is not known")
	}
	if len(t.Elsewhere) > 0 {
		return fmt.Errorf("line %d may send, too, nobody knows how often", around.Line(s, t.Elsewhere[0]))
	}
	because, deferred := f.Rendezvous(t)
	if because != "" && !deferred {
		return errors.New(because)
	}
	size, err := RoomFor(s, f, t, starved.Op)
	if err != nil {
		return err
	}
	if deferred {
		s.Downgrade(rules.Unsafe, because)
	}
	made, ok := s.Expr(t.Make).(*dst.CallExpr)
	if !ok {
		return errors.New("the channel is made in another file")
	}
	made.Args = append(made.Args, size)
	return nil
}

// starvedSend asks the facts about the send of the match again.
func starvedSend(s *edit.Site) (*channels.Facts, *channels.Starved, error) {
	f := channels.Of(s.Match.Pkg)
	send, ok := s.Bound("$send").(*ast.SendStmt)
	if !ok {
		return nil, nil, errors.New("internal: the rule binds no send")
	}
	starved := f.StarvedSend(f.Variable(send.Chan), send)
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

const mostRoom = 4 // values, beyond which a number says too little

// RoomFor returns the number of values that are sent.
func RoomFor(s *edit.Site, f *channels.Facts, t *channels.Trace, op *channels.Op) (dst.Expr, error) {
	if n, known := f.Sends(t); known && n <= mostRoom {
		return &dst.BasicLit{Kind: token.INT, Value: strconv.FormatInt(n, 10)}, nil
	}
	if op.Thread.Loop == nil || op.Thread.Nested || op.Thread.In.Many() || !f.AtMostOnce(t, op) {
		return nil, errors.New("how many values the goroutines send is not known")
	}
	return trips(s, f, t, op)
}

// trips returns the number of turns of the loop that starts the goroutines, as
// an expression that has that value where the channel is made.
func trips(s *edit.Site, f *channels.Facts, t *channels.Trace, op *channels.Op) (dst.Expr, error) {
	loop := op.Thread.Loop
	if outer := loopAround(s, loop, t.Make); outer != nil {
		return nil, fmt.Errorf("the loop at line %d comes to that at line %d again and again: how many goroutines start in all is not known where the channel is made", around.Line(s, outer), around.Line(s, loop))
	}
	bound, counts := tripCount(s, loop)
	if bound == nil {
		return nil, fmt.Errorf("how often the loop at line %d starts a goroutine is not known where the channel is made", around.Line(s, loop))
	}
	if err := fixedAt(s, f, bound, t); err != nil {
		return nil, err
	}
	if counts {
		if !neverNegative(s, bound) {
			s.Downgrade(rules.Unsafe, "make panics where "+edit.ExprText(bound)+" is negative")
		}
		return s.Copy(bound), nil
	}
	if s.Hides()["len"] {
		return nil, errors.New("len is something else here")
	}
	return edit.Call(edit.Ident("len"), s.Copy(bound)), nil
}

// loopAround returns a loop around another one that does not hold a node as well.
//
//	results := make(chan int)
//	for range batches {
//		for range 2 { go func() { results <- f() }() }
//	}
func loopAround(s *edit.Site, loop ast.Stmt, but ast.Node) ast.Node {
	for _, n := range slices.Backward(s.PathTo(loop)) {
		switch n.(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return nil
		case *ast.ForStmt, *ast.RangeStmt:
			if n != ast.Node(loop) && !edit.Within(n, but) {
				return n
			}
		}
	}
	return nil
}

// tripCount returns the number of turns of a loop; counts is false where it is
// the length of what is returned.
func tripCount(s *edit.Site, loop ast.Stmt) (bound ast.Expr, counts bool) {
	info := s.Match.Pkg.Info
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		switch t := info.TypeOf(loop.X).Underlying().(type) {
		case *types.Basic:
			return loop.X, t.Info()&types.IsInteger != 0
		case *types.Slice, *types.Map:
			return loop.X, false
		}
	case *ast.ForStmt:
		cond, ok := loop.Cond.(*ast.BinaryExpr)
		if !ok || cond.Op != token.LSS || !fromZero(loop, cond.X) {
			return nil, false
		}
		if t, ok := info.TypeOf(cond.Y).Underlying().(*types.Basic); !ok || t.Info()&types.IsInteger == 0 {
			return nil, false
		}
		return cond.Y, true
	}
	return nil, false
}

// fromZero: for i := 0; …; i++.
func fromZero(loop *ast.ForStmt, i ast.Expr) bool {
	init, ok := loop.Init.(*ast.AssignStmt)
	post, ok2 := loop.Post.(*ast.IncDecStmt)
	if !ok || !ok2 || len(init.Lhs) != 1 || post.Tok != token.INC {
		return false
	}
	zero, ok := init.Rhs[0].(*ast.BasicLit)
	name := edit.Spelling(i)
	return ok && zero.Value == "0" && edit.Spelling(init.Lhs[0]) == name && edit.Spelling(post.X) == name
}

// fixedAt: the bound has one value from where the channel is made on: a
// constant, or a variable that is set once, before.
func fixedAt(s *edit.Site, f *channels.Facts, bound ast.Expr, t *channels.Trace) error {
	if s.Match.Pkg.Info.Types[bound].Value != nil {
		return nil
	}
	v := f.Variable(bound)
	if v == nil && isLen(s, bound) {
		v = f.Variable(bound.(*ast.CallExpr).Args[0])
	}
	once := 1
	if v != nil && v.Kind() == types.ParamVar {
		once = 0
	}
	if v == nil || v.IsField() || v.Kind() == types.PackageVar || f.Sets(v) > once || v.Pos() > t.Make.Pos() {
		return fmt.Errorf("%s may be another number where the channel is made", edit.ExprText(bound))
	}
	if _, isMap := v.Type().Underlying().(*types.Map); isMap {
		return fmt.Errorf("%s may have another length where the channel is made", edit.ExprText(bound))
	}
	return nil
}

// neverNegative: a constant, a length, or unsigned.
func neverNegative(s *edit.Site, x ast.Expr) bool {
	t, ok := s.Match.Pkg.TypeOf(x).Underlying().(*types.Basic)
	return s.Match.Pkg.Info.Types[x].Value != nil || isLen(s, x) || ok && t.Info()&types.IsUnsigned != 0
}

func isLen(s *edit.Site, x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	b, ok := s.Match.Pkg.Callee(call).(*types.Builtin)
	return ok && b.Name() == "len"
}
