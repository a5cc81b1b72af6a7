package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Skipped is a turn of a loop that starts no goroutine, though one Add before
// the loop has counted one for each turn.
type Skipped struct {
	Add  *ast.CallExpr
	Go   ast.Node // what starts the goroutine
	Loop ast.Stmt
	Way  ast.Node // what begins the next turn without
	// Shared is set where the group is a field.
	Shared bool
	// Off is where the loop itself counts a turn off, nil if it does not.
	Off ast.Node
}

// Skipped says whether a Wait waits for a goroutine that a turn of the loop can
// leave out: by continue, or under a condition.
func (f *Facts) Skipped(call *ast.CallExpr) *Skipped {
	t, wait := f.groupOp(call, Wait)
	if wait == nil {
		return f.skippedField(call)
	}
	if !wait.Direct() || len(t.Of(Add)) != 1 || len(t.Of(Go)) > 0 || len(t.Of(Done)) == 0 {
		return nil
	}
	add, th := t.Of(Add)[0], doneBy(t)
	if th == nil {
		return nil
	}
	if wait.Thread != t.Home && (wait.Thread.In != t.Home || wait.Thread.Many() || wait.Thread == th) {
		return nil
	}
	if add.Thread != t.Home || !add.Direct() || f.repeats(add) || th.In != t.Home || th.Loop == nil {
		return nil
	}
	covers := map[ast.Node]bool{}
	var off ast.Node
	for _, done := range t.Of(Done) {
		if done.Thread != th && (done.Thread != t.Home || !contains(th.Loop, done.Anchor)) {
			return nil // or it counts off later what was left out
		}
		if done.Thread == t.Home {
			off = done.Node
		}
		covers[done.Anchor] = true
	}
	covers[th.Anchor] = true
	body, _ := bodyOf(th.Loop)
	if !f.countsTurns(add.Node.(*ast.CallExpr), th.Loop) || len(body.List) == 0 || len(f.loopsAround(t.Fn, th.Anchor)) != 1 {
		return nil
	}
	if way := f.turnWithout(t.Fn, th.Loop, covers); way != nil {
		return &Skipped{add.Node.(*ast.CallExpr), th.Start, th.Loop, way, false, off}
	}
	return nil
}

// doneBy returns the goroutine that is done with a group.
func doneBy(t *Trace) *Thread {
	for _, done := range t.Of(Done) {
		if done.Thread != t.Home {
			return done.Thread
		}
	}
	return nil
}

// skippedField is the same of the WaitGroup of a field: the function of the Wait alone adds,
// and starts in a loop what is done with it.
func (f *Facts) skippedField(wait *ast.CallExpr) *Skipped {
	of := f.groups().of[wait]
	if of == nil || of.Kind != Wait || of.Deferred != nil || of.Fn == nil {
		return nil
	}
	v, ok := f.field(of.Group).(*types.Var)
	if !ok || !v.IsField() {
		return nil
	}
	var add *GroupCall
	done := map[ast.Node]bool{} // functions
	for _, c := range f.groups().all {
		switch {
		case f.field(c.Group) != types.Object(v):
		case c.Kind == Done:
			done[c.Fn] = true
		case c.Kind == Go || c.Kind == Add && add != nil:
			return nil
		case c.Kind == Add:
			add = c
		}
	}
	if add == nil || add.Fn != of.Fn || add.Deferred != nil || add.Call.Pos() > wait.Pos() || f.pkg.Reachable(v) || done[of.Fn] {
		return nil
	}
	return f.skippedStart(add, done)
}

// skippedStart looks for the one loop behind an Add that starts a goroutine for each turn,
// and for a turn that starts none, nor calls anything that could count it off.
func (f *Facts) skippedStart(add *GroupCall, done map[ast.Node]bool) *Skipped {
	var start *starter
	for fn := range done {
		starts := f.startedOnly(fn)
		if start != nil || len(starts) != 1 || starts[0].in != add.Fn {
			return nil
		}
		start = &starts[0]
	}
	if start == nil {
		return nil
	}
	loops := f.loopsAround(add.Fn, start.stmt)
	if len(loops) != 1 || loops[0].Pos() < add.Call.End() || len(f.loopsAround(add.Fn, add.Call)) > 0 || !f.countsTurns(add.Call, loops[0]) {
		return nil
	}
	body, _ := bodyOf(loops[0])
	covers := map[ast.Node]bool{start.stmt: true}
	for _, call := range f.callsIn(add.Fn) {
		if decl := f.pkg.Body(call); decl != nil && contains(body, call) {
			covers[call] = true
		}
	}
	if way := f.turnWithout(add.Fn, loops[0], covers); way != nil {
		return &Skipped{add.Call, start.stmt, loops[0], way, true, nil}
	}
	return nil
}

// countsTurns reports whether an Add adds the number of turns of a loop: the
// length of what it ranges over, or its bound.
func (f *Facts) countsTurns(add *ast.CallExpr, loop ast.Stmt) bool {
	n := add.Args[0]
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		if call, ok := ast.Unparen(n).(*ast.CallExpr); ok && f.isBuiltin(call, "len") {
			return types.ExprString(call.Args[0]) == types.ExprString(loop.X)
		}
		return types.ExprString(n) == types.ExprString(loop.X)
	case *ast.ForStmt:
		cond, ok := loop.Cond.(*ast.BinaryExpr)
		return ok && types.ExprString(cond.Y) == types.ExprString(n)
	}
	return false
}

// turnWithout returns the last node of a turn that passes none of covers.
func (f *Facts) turnWithout(fn ast.Node, loop ast.Stmt, covers map[ast.Node]bool) (way ast.Node) {
	body, _ := bodyOf(loop)
	flow := f.pkg.Flow(fn)
	first, ok := flow.At(body.List[0])
	for n := range covers {
		if at, known := flow.At(n); !ok || known && at == first {
			return nil
		}
	}
	s := &search{
		f: f, fn: fn, flow: flow, from: body.List[0],
		covered: func(n ast.Node) bool { return covers[n] },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			if !f.beginsTurn(e, body) {
				return false
			}
			if way == nil {
				way = lastOf(from, body)
			}
			return true
		},
		leaves: func(*facts.Block) bool { return false },
	}
	s.out()
	return way
}

// lastOf returns the last node of a block, or, where branches meet in it and it
// has none, the last statement of the turn.
func lastOf(b *facts.Block, body *ast.BlockStmt) ast.Node {
	if len(b.Nodes) > 0 {
		return b.Nodes[len(b.Nodes)-1]
	}
	return body.List[len(body.List)-1]
}

// beginsTurn reports whether an edge leaves a turn of a loop for the next one:
// from its end, or by a continue.
func (f *Facts) beginsTurn(e facts.Edge, body *ast.BlockStmt) bool {
	if e.Turn == body {
		return true
	}
	for _, n := range e.To.Nodes {
		if body.Pos() <= n.Pos() && n.End() <= body.End() {
			return false
		}
	}
	for _, next := range e.To.Succs {
		loop, ok := next.Case.(*ast.RangeStmt)
		if ok && loop.Body == body {
			return true
		}
	}
	return false
}
