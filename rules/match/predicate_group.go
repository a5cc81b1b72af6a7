package match

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

var miscountsPredicate = predicate{
	doc: "the call of a WaitGroup's method counts wrong",
	params: []parameter{
		{name: "call", doc: "the call of Add, Done or Wait"},
		{name: "how", doc: "late: Add in the goroutine that it counts; lost: the goroutine can end without its Done; twice: it is done twice; short: the goroutines cannot be done as often as was added; skipped: a turn of the loop that was counted starts no goroutine; turn: Wait in the loop that starts what it waits for; cycle: the goroutines wait to send to who waits for them; unstarted: the function counts a goroutine that it can leave without starting; early: Wait in a goroutine that starts before anything is counted; overtaken: Add behind the look that lets it through, and the lock of that",
			words: []string{"late", "lost", "twice", "short", "skipped", "turn", "cycle", "unstarted", "early", "overtaken"}},
		{name: "at", doc: "late: what starts the goroutine; lost: the way out without; twice: the deferred Done; short, skipped, turn: the Add; cycle: the send; unstarted: the way out; early: what starts the goroutine; overtaken: the look", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		at, evidence := miscounts[a.word("how")](channels.Of(a.pkg), call)
		if at == nil {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"at": one(at)}, evidence: evidence})
	},
}

// miscounts are the ways to count wrong.
var miscounts = map[string]func(*channels.Facts, *ast.CallExpr) (at ast.Node, evidence []Evidence){
	"late":    lateAdd,
	"lost":    lostDone,
	"twice":   doubleDone,
	"short":   shortCount,
	"skipped": skippedTurn,
	"turn":    waitInLoop,
	"cycle":   waitCycle,

	"unstarted": lostAdd,
	"early":     earlyWait,
	"overtaken": overtakenAdd,
}

func overtakenAdd(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	late := f.OvertakenAdd(call)
	if late == nil {
		return nil, nil
	}
	return late.Look, []Evidence{
		{late.Look.Pos(), late.Look.End(), "nobody waits yet when this looks"},
		{late.Set.Pos(), late.Set.End(), "then this is said"},
		{late.Wait.Pos(), late.Wait.End(), "and this waits for none, or is under way at the Add"},
	}
}

func lateAdd(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	late := f.LateAdd(call)
	if late == nil {
		return nil, nil
	}
	return late.Start, []Evidence{
		{late.Start.Pos(), late.Start.Pos(), "the goroutine starts here, not counted yet"},
		{late.Wait.Pos(), late.Wait.End(), "this finds the count without it, and does not wait"},
	}
}

func lostDone(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	lost := f.LostDone(call)
	if lost == nil {
		return nil, nil
	}
	exit := wayOut(lost.Exit)
	return exit, []Evidence{{call.Pos(), call.End(), "called here on another way"}}
}

func doubleDone(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	again := f.DoubleDone(call)
	if again == nil {
		return nil, nil
	}
	return again.Deferred, []Evidence{{again.Deferred.Pos(), again.Deferred.End(), "this is done once more at the end"}}
}

func shortCount(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	short := f.Short(call)
	if short == nil {
		return nil, nil
	}
	said := fmt.Sprintf("%d added, from here on; Done is called %d times at most", short.Added, short.Done)
	if short.Added == 0 {
		said = "added here, and nobody calls Done"
	}
	return short.Add.Node, []Evidence{{short.Add.Node.Pos(), short.Add.Node.End(), said}}
}

func skippedTurn(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	skipped := f.Skipped(call)
	if skipped == nil {
		return nil, nil
	}
	add := skipped.Add
	return add, []Evidence{
		{add.Pos(), add.End(), "this counts one for each turn of the loop"},
		{skipped.Way.Pos(), skipped.Way.Pos(), "the next turn can begin after this, and no goroutine was started"},
	}
}

func waitInLoop(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	turn := f.WaitInLoop(call)
	if turn == nil {
		return nil, nil
	}
	return turn.Add.Node, []Evidence{
		{turn.Add.Node.Pos(), turn.Add.Node.End(), "this counts all of them before the first has started"},
		{turn.Loop.Pos(), turn.Loop.Pos(), "the loop that starts them"},
	}
}

func waitCycle(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	cycle := f.WaitCycle(call)
	if cycle == nil {
		return nil, nil
	}
	send := cycle.Send.Node
	taken := Evidence{cycle.Channel.Make.Pos(), cycle.Channel.Make.Pos(), "nobody has the channel before the function returns it, after the Wait"}
	if receives := cycle.Channel.Of(channels.Receive, channels.Range); len(receives) > 0 {
		taken = Evidence{receives[0].Node.Pos(), receives[0].Node.Pos(), "the only one who receives does so after the Wait"}
		if receives[0].Node.Pos() < call.Pos() {
			taken.Message = "this hears of fewer than there are"
		}
	}
	return send, []Evidence{
		{send.Pos(), send.End(), "the goroutine waits here for a receiver before it is done"},
		taken,
		{cycle.Channel.Make.Pos(), cycle.Channel.Make.End(), "the channel is made here"},
	}
}

func lostAdd(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	lost := f.LostAdd(call)
	if lost == nil {
		return nil, nil
	}
	return wayOut(lost.Exit), []Evidence{
		{call.Pos(), call.End(), "counted here"},
		{lost.Go.Pos(), lost.Go.Pos(), "the goroutine that is done starts here, on another way"},
	}
}

func earlyWait(f *channels.Facts, call *ast.CallExpr) (ast.Node, []Evidence) {
	early := f.EarlyWait(call)
	if early == nil {
		return nil, nil
	}
	add := early.Adds[0].Node
	return early.Start, []Evidence{
		{early.Start.Pos(), early.Start.Pos(), "the goroutine that waits starts here"},
		{add.Pos(), add.End(), "counted here, later"},
	}
}
