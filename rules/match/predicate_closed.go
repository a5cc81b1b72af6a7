package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var outlivedPredicate = predicate{
	doc: "the goroutine that sends here can do so after the function that started it, and that receives, has closed the channel, or one that tells it to end and does not wait",
	params: []parameter{
		{name: "send", doc: "the send statement"},
		{name: "close", doc: "the close that can come before", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("send").(*ast.SendStmt)
		if !ok {
			return true
		}
		f := channels.Of(a.pkg)
		op := f.FirstOutlived(f.Variable(send.Chan), send)
		if op == nil {
			if meanwhile := f.ClosedMeanwhile(a.function(send), send); meanwhile != nil {
				look, end := meanwhile.Look, meanwhile.Close
				return yield(answer{
					binds: map[string][]ast.Node{"close": one(end)},
					evidence: []Evidence{
						{look.Pos(), look.End(), "found open here, and no lock is held from here to the send"},
						{end.Pos(), end.End(), "closed here"},
					},
				})
			}
			end := f.StoppedUnder(send)
			if end == nil {
				return a.closedBehind(send, yield)
			}
			return yield(answer{
				binds:    map[string][]ast.Node{"close": one(end)},
				evidence: []Evidence{{end.Pos(), end.End(), "closed here, without having waited for the goroutine that sends"}},
			})
		}
		said := "closed here, before anything need have been received"
		if op.Deferred != nil {
			said = "closed when the function leaves, whether it has received or not"
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"close": one(op.Node)},
			evidence: []Evidence{{op.Node.Pos(), op.Node.End(), said}},
		})
	},
}

// closedBehind is about a send on what was looked up under a lock.
func (a asked) closedBehind(send *ast.SendStmt, yield func(answer) bool) bool {
	s := channels.Of(a.pkg).ClosedBehind(a.function(send), send)
	if s == nil {
		return a.sentUnlocked(send, yield)
	}
	closed := "closed here under the lock, without having waited for who sends"
	if s.Behind {
		closed = "closed here, when it has been taken out under the lock, without having waited for who sends"
	}
	return yield(answer{
		binds: map[string][]ast.Node{"close": one(s.Close)},
		evidence: []Evidence{
			{s.Looked.Pos(), s.Looked.End(), "looked up under this lock, which is not held at the send"},
			{s.Close.Pos(), s.Close.End(), closed},
		},
	})
}

// sentUnlocked is about a send that holds no lock, where others do.
func (a asked) sentUnlocked(send *ast.SendStmt, yield func(answer) bool) bool {
	s := channels.Of(a.pkg).SentUnlocked(a.function(send), send)
	if s == nil {
		return a.sentBehindLeave(send, yield)
	}
	return yield(answer{
		binds: map[string][]ast.Node{"close": one(s.Close)},
		evidence: []Evidence{
			{s.Close.Pos(), s.Close.End(), "closed here under a lock, without having waited for who sends"},
			{s.Other.Pos(), s.Other.End(), "sent under that lock here"},
		},
	})
}

// sentBehindLeave is about one of several goroutines, not all of which the function waits for.
func (a asked) sentBehindLeave(send *ast.SendStmt, yield func(answer) bool) bool {
	f := channels.Of(a.pkg)
	s := f.SentBehindLeave(f.Variable(send.Chan), send)
	if s == nil {
		return a.closedByReceiver(send, yield)
	}
	return yield(answer{
		binds: map[string][]ast.Node{"close": one(s.Close)},
		evidence: []Evidence{
			{s.Close.Pos(), s.Close.End(), "closed at the end"},
			{s.Exit.Pos(), s.Exit.End(), "the function can leave here while others of its goroutines have not sent yet"},
		},
	})
}

// closedByReceiver is about a goroutine that receives, and closes the channel when it leaves.
func (a asked) closedByReceiver(send *ast.SendStmt, yield func(answer) bool) bool {
	s := channels.Of(a.pkg).ReceiverClose(a.function(send), send)
	return s == nil || yield(answer{
		binds: map[string][]ast.Node{"close": one(s.Close)},
		evidence: []Evidence{
			{s.Close.Pos(), s.Close.End(), "closed here by the goroutine that receives, when it ends"},
			{s.Exit.Pos(), s.Exit.End(), "it can end here, and tells nobody who sends"},
		},
	})
}

var closesAgainPredicate = predicate{
	doc: "the close can run after another close of the same channel in the same function, or before a deferred one",
	params: []parameter{
		{name: "close", doc: "the call of close, not deferred"},
		{name: "first", doc: "the other close, or its defer statement", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("close").(*ast.CallExpr)
		fn := a.function(call)
		if !ok || fn == nil {
			return true
		}
		path := a.path(call)
		if _, deferred := path[len(path)-2].(*ast.DeferStmt); deferred {
			return true
		}
		first := channels.Of(a.pkg).ClosedBefore(fn, call)
		return first == nil || yield(answer{binds: map[string][]ast.Node{"first": one(first)}})
	},
}

var callClosesAgainPredicate = predicate{
	doc: "the function that is called closes, on every way through it, a channel that has been closed before in the same function, or is by a deferred call",
	params: []parameter{
		{name: "call", doc: "the call, not deferred"},
		{name: "first", doc: "the other close, or its defer statement", binds: true},
		{name: "close", doc: "the close that the function makes", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		fn := a.function(call)
		if !ok || fn == nil {
			return true
		}
		path := a.path(call)
		switch path[len(path)-2].(type) {
		case *ast.DeferStmt, *ast.GoStmt:
			return true
		}
		again := channels.Of(a.pkg).ClosesAgain(fn, call)
		return again == nil || yield(answer{
			binds:    map[string][]ast.Node{"first": one(again.First), "close": one(again.Close)},
			evidence: []Evidence{{again.Close.Pos(), again.Close.End(), "closed here, whatever happens"}},
		})
	},
}
