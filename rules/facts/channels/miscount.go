package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A Miscount is a Wait that never comes back: more is added to the group than
// its goroutines can take off.
type Miscount struct {
	Wait        *Op
	Add         *Op
	Added, Done int64 // both 0 where nobody calls Done
}

// Short says whether a Wait of a local group waits for more than there can be:
// the counts of all Adds before it are constants, and all calls of Done are
// known and none of them repeats.
func (f *Facts) Short(call *ast.CallExpr) *Miscount {
	t, wait := f.groupOp(call, Wait)
	if wait == nil {
		return f.neverDoneField(call)
	}
	if !wait.Direct() || len(t.Of(Go)) > 0 {
		return nil
	}
	if len(t.Of(Done)) == 0 {
		return f.neverDone(t, wait)
	}
	if wait.Thread != t.Home {
		return nil
	}
	added, ok := f.addedBefore(t, wait)
	if !ok {
		return nil
	}
	most, ok := f.mostDone(t)
	if !ok || most >= added {
		return nil
	}
	return &Miscount{wait, t.Of(Add)[0], added, most}
}

// neverDone is about a group that something is added to and nothing is taken off. Who waits may be
// a goroutine that the function starts.
func (f *Facts) neverDone(t *Trace, wait *Op) (found *Miscount) {
	at := ast.Node(wait.Node)
	if wait.Thread != t.Home {
		if wait.Thread.In != t.Home {
			return nil
		}
		at = wait.Thread.Anchor
	}
	for _, add := range t.Of(Add) {
		call := add.Node.(*ast.CallExpr)
		n, known := f.amount(call)
		if known && n <= 0 || !known && !f.isLength(call.Args[0]) || add.Thread != t.Home || !add.Direct() {
			return nil
		}
		if before, _ := f.pkg.Flow(t.Fn).Follows(add.Node, at); before && found == nil {
			found = &Miscount{Wait: wait, Add: add}
		}
	}
	return found
}

// isLength reports whether an expression is a len.
func (f *Facts) isLength(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	return ok && f.isBuiltin(call, "len")
}

// groupOp returns the trace of a local group, all of it known, and the
// operation that a call is.
func (f *Facts) groupOp(call *ast.CallExpr, kind Kind) (*Trace, *Op) {
	c := f.groups().of[call]
	if c == nil || c.Kind != kind {
		return nil, nil
	}
	t := f.Trace(f.Variable(c.Group))
	if t == nil || t.Unknown != nil {
		return nil, nil
	}
	i := slices.IndexFunc(t.Ops, func(op *Op) bool { return op.Node == ast.Node(call) })
	if i < 0 {
		return nil, nil
	}
	return t, t.Ops[i]
}

// addedBefore returns the sum of what the home function adds on every path to a
// Wait; ok is false where something else adds too.
func (f *Facts) addedBefore(t *Trace, wait *Op) (sum int64, ok bool) {
	adds := t.Of(Add)
	for _, add := range adds {
		n, known := f.amount(add.Node.(*ast.CallExpr))
		if !known || n < 0 || add.Thread != t.Home || !add.Direct() || f.repeats(add) {
			return 0, false
		}
		if _, all := f.pkg.Flow(t.Fn).Precedes(add.Node, wait.Node); !all {
			return 0, false
		}
		sum += n
	}
	return sum, len(adds) > 0
}

// mostDone returns how many times Done can be called.
func (f *Facts) mostDone(t *Trace) (most int64, ok bool) {
	plain := map[*Thread][]*Op{}
	for _, op := range t.Of(Done) {
		th := op.Thread
		if th.Many() || f.repeats(op) || th.Start != nil && f.startRepeats(th) {
			return 0, false
		}
		switch {
		case op.Deferred != nil:
			most++
		case !op.Direct():
			return 0, false
		default:
			plain[th] = append(plain[th], op)
		}
	}
	for _, ops := range plain {
		most += f.inARow(ops)
	}
	return most, true
}

// startRepeats reports whether a goroutine of the thread can be started twice.
func (f *Facts) startRepeats(th *Thread) bool {
	return f.repeats(&Op{Fn: th.In.Fn, Node: th.Anchor}) || th.In.Start != nil && f.startRepeats(th.In)
}

// A WaitInLoop is a Wait in the loop that starts what it waits for, while the
// count was set for all before.
type WaitInLoop struct {
	Wait *Op
	Add  *Op
	Loop ast.Stmt
	// Each says that the loop has as many turns as are counted, and each starts one.
	Each bool
}

// WaitInLoop says whether a Wait stands in the loop that starts the goroutines,
// for all of which one Add before the loop has counted: the first turn never
// ends.
func (f *Facts) WaitInLoop(call *ast.CallExpr) *WaitInLoop {
	t, wait := f.groupOp(call, Wait)
	if wait == nil || wait.Thread != t.Home || !wait.Direct() || len(t.Of(Add)) != 1 || len(t.Of(Go)) > 0 {
		return nil
	}
	add := t.Of(Add)[0]
	loops := f.loopsAround(t.Fn, call)
	if len(loops) == 0 || add.Thread != t.Home || !add.Direct() || len(f.loopsAround(t.Fn, add.Node)) > 0 || add.Node.Pos() > loops[0].Pos() {
		return nil
	}
	if n, ok := f.amount(add.Node.(*ast.CallExpr)); ok && n <= 1 {
		return nil
	}
	loop := loops[len(loops)-1]
	for _, done := range t.Of(Done) {
		if done.Thread.Loop != loop || f.repeats(done) {
			return nil
		}
	}
	if len(t.Of(Done)) != 1 || !f.everyTurn(call, loop) {
		return nil
	}
	return &WaitInLoop{wait, add, loop, f.startsEach(t, add.Node.(*ast.CallExpr), loop)}
}

// startsEach reports whether a loop starts the goroutine of a group in each of its turns, which are
// as many as an Add before it counts.
func (f *Facts) startsEach(t *Trace, add *ast.CallExpr, loop ast.Stmt) bool {
	if !f.countsTurns(add, loop) || f.setAgain(add.Args[0]) {
		return false
	}
	if counting, ok := loop.(*ast.ForStmt); ok && !countsUp(counting) {
		return false
	}
	start := t.Of(Done)[0].Thread.Anchor
	return f.turnWithout(t.Fn, loop, map[ast.Node]bool{start: true}) == nil
}

// setAgain reports whether the variable of a count, or of a length, may be another when a loop
// behind begins.
func (f *Facts) setAgain(n ast.Expr) bool {
	if f.isLength(n) {
		n = ast.Unparen(n).(*ast.CallExpr).Args[0]
	}
	v := f.Variable(n)
	return v != nil && (v.Kind() == types.ParamVar && f.Sets(v) > 0 || f.Sets(v) > 1)
}

// countsUp reports whether a loop counts from 0 below a bound, in steps of one.
func countsUp(loop *ast.ForStmt) bool {
	init, ok := loop.Init.(*ast.AssignStmt)
	post, ok2 := loop.Post.(*ast.IncDecStmt)
	cond, ok3 := loop.Cond.(*ast.BinaryExpr)
	if !ok || !ok2 || !ok3 || len(init.Rhs) != 1 || post.Tok != token.INC || cond.Op != token.LSS {
		return false
	}
	zero, ok := init.Rhs[0].(*ast.BasicLit)
	return ok && zero.Value == "0"
}

// everyTurn reports whether the body of a loop makes the call in its own list.
func (f *Facts) everyTurn(call *ast.CallExpr, loop ast.Stmt) bool {
	body, ok := bodyOf(loop)
	return ok && slices.ContainsFunc(body.List, func(st ast.Stmt) bool {
		x, ok := st.(*ast.ExprStmt)
		return ok && x.X == ast.Expr(call)
	})
}
