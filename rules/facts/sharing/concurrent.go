package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// A strand is how one function comes to an access: on its own goroutine, or by
// a goroutine that it starts.
type strand struct {
	start *function // the literal that runs on the goroutine; nil for the function's own
	at    ast.Node  // the node of the function: the access, or what starts or runs the literal
	exit  bool      // a deferred call makes the access, when the function ends
	known bool
}

// strandIn returns how a function comes to an access in it or in its literals.
func strandIn(in *function, a *Access) strand {
	var way []*function // from the literal around the access out to the one right inside the function
	for fn := a.fn; fn != in; fn, _, _ = fn.out() {
		if fn == nil || len(way) > deepest {
			return strand{}
		}
		way = append(way, fn)
	}
	s := strand{at: a.node(), known: true}
	group := false // a subtest runs those in it to their end
	for i, lit := range slices.Backward(way) {
		_, runs, at := lit.out()
		if i == len(way)-1 {
			s.at = at
		}
		switch runs {
		case started:
			if group && runsSubtest(at) {
				continue
			}
			if slices.ContainsFunc(way[:i], (*function).putAway) {
				return strand{}
			}
			_, atExit := at.(*ast.DeferStmt) // what is called then starts it
			s.start, s.exit = lit, s.exit || atExit && i == len(way)-1
			return s
		case deferred:
			s.exit = s.exit || i == len(way)-1
		case inPlace:
			group = group || runsSubtest(at)
		default:
			if lit.served {
				s.start = lit
				return s
			}
			return strand{}
		}
	}
	return s
}

// putAway reports whether a literal runs on a goroutine of which nothing is known, that
// finds it somewhere.
//
//	go func() { <-timer.C; s.do(func() { s.stopped = true }) }() // func (s *S) do(f func()) { s.ops <- op{f} }
func (fn *function) putAway() bool { return fn.inbox && fn.runs == later }

// runsSubtest reports whether a literal is run by t.Run.
func runsSubtest(at ast.Node) bool {
	call, ok := at.(*ast.CallExpr)
	return ok && calledMethod(call) == "Run" && len(call.Args) == 2
}

// innermostAround returns the innermost function around both accesses.
func innermostAround(a, b *Access) *function {
	for fn := a.fn; fn != nil; fn = fn.around {
		for other := b.fn; other != nil; other = other.around {
			if fn == other {
				return fn
			}
		}
	}
	return nil
}

// concurrent reports whether two accesses of one place, in one declared
// function and its literals, can be made at the same time; a and b may be the
// same.
func (f *Facts) concurrent(at place, a, b *Access) bool {
	return f.mayCoincide(at, a, b) && !f.sameToken(a, b) && !f.sameTurn(at, a, b)
}

func (f *Facts) mayCoincide(at place, a, b *Access) bool {
	in := innermostAround(a, b)
	if f.oneAtATime(at, a, b) || f.oneDoor(a, b) {
		return false
	}
	if (a.far != nil || b.far != nil) && f.inRounds(a.fn) {
		return false
	}
	if in == a.fn && in == b.fn && a != b {
		return f.selfConcurrent(at, in)
	}
	if a == b {
		return f.selfConcurrent(at, a.fn)
	}
	x, y := strandIn(in, a), strandIn(in, b)
	if f.heldOff(in, x, y, a) || f.heldOff(in, y, x, b) {
		return false
	}
	if !f.expectsNothing(a, x) && !f.expectsNothing(b, y) && (f.slept(in, at, x, y, a) || f.slept(in, at, y, x, b)) {
		return true
	}
	if x.served() || y.served() {
		return false // a test asks one request after the other, mostly
	}
	if (a.behindWait() || b.behindWait()) && !f.strangers(in, x, y, a, b) {
		return x.start != nil && x.start == y.start && f.selfConcurrent(at, a.fn)
	}
	if !x.known || !y.known || in.test && (f.talks(x.start, a) && !f.endsUnheard(in, x, y, a) || f.talks(y.start, b) && !f.endsUnheard(in, y, x, b)) && (!f.atOnce(in, at, x, y, a, b) || f.expectsNothing(a, x) || f.expectsNothing(b, y)) {
		return false
	}
	switch {
	case f.unserved(in, at, x, y) || f.unserved(in, at, y, x) || f.sameStart(a, b) || f.sameStart(b, a):
		return false
	case x.start == nil && y.start == nil:
		return f.selfConcurrent(at, in)
	case x.start != nil && y.start != nil && x.start == y.start:
		return f.selfConcurrent(at, in)
	case f.keptBack(in, x, y, a) || f.keptBack(in, y, x, b):
		return false
	case f.signalled(a, b, x, y) || f.signalled(b, a, y, x):
		return false
	case f.relayed(in, a, b, x, y) || f.relayed(in, b, a, y, x):
		return false
	case x.exit && !f.quiet(a.fn, a.Expr) || y.exit && !f.quiet(b.fn, b.Expr):
		return false // the end of a function, when it has waited for somebody
	case f.doubtAbroad(a, b):
		return false
	case x.start != nil && y.start != nil && x.at == y.at && x.start.abroad && y.start.abroad:
		return true // two that one call starts
	case x.start == nil:
		return f.meets(in, at, y, x, b) && f.meetsAbroad(in, at, y, x, a, b)
	case y.start == nil:
		return f.meets(in, at, x, y, a) && f.meetsAbroad(in, at, x, y, a, b)
	}
	return f.meets(in, at, x, y, nil) && f.meetsAbroad(in, at, x, y, a, b) || f.meets(in, at, y, x, nil) && f.meetsAbroad(in, at, y, x, a, b)
}

// selfConcurrent reports whether a function runs on several goroutines at once
// that share the place: a literal around started in a loop.
func (f *Facts) selfConcurrent(at place, fn *function) bool {
	for steps := 0; fn != nil && fn.around != nil && steps < deepest; steps++ {
		if at.root.Pos() >= fn.node.Pos() && at.root.Pos() < fn.node.End() {
			return false // each has its own
		}
		if fn.runs == bound && f.calledAtOnce(at, fn) || f.branches(at, fn) {
			return true
		}
		home, runs, start := fn.out()
		if fn.putAway() {
			return false
		}
		if fn.served && f.askedAtOnce(fn, at) {
			return true
		}
		if runs == started && (fn.runs == bound && f.startsTwice(fn) || f.startsAgain(fn, home, start, at) && !f.endedNextTurn(fn, home, start)) {
			return true
		}
		fn = home
	}
	return false
}

// calledAtOnce reports whether two of the calls of a literal that a variable holds can be made
// at the same time.
func (f *Facts) calledAtOnce(at place, fn *function) bool {
	if fn.pairing || fn.handed {
		return false
	}
	fn.pairing = true // in recursion: it is being found out
	defer func() { fn.pairing = false }()
	for i, s := range fn.sites {
		for _, t := range fn.sites[:i] {
			if s.in == nil || t.in == nil || s.runs != inPlace || t.runs != inPlace || within(fn.node, s.call) || within(fn.node, t.call) {
				continue
			}
			one, other := &Access{Var: at.root, Expr: s.call, Use: s.call, Func: s.in.node, fn: s.in}, &Access{Var: at.root, Expr: t.call, Use: t.call, Func: t.in.node, fn: t.in}
			if innermostAround(one, other) != nil && s.in != t.in && f.concurrent(at, one, other) {
				return true
			}
		}
	}
	return false
}

// branches reports whether a literal that a variable holds starts itself on several
// goroutines: one for each branch of a tree.
//
//	visit = func(n *node) {
//		for _, b := range n.below {
//			go visit(b)
//		}
//	}
func (f *Facts) branches(at place, fn *function) bool {
	return fn.runs == bound && slices.ContainsFunc(fn.sites, func(s site) bool {
		if s.in == fn {
			_, branch := s.stmt.(*ast.GoStmt)
			return branch && f.startsAgain(fn, fn, s.stmt, at)
		}
		if s.in == nil || s.in.around != fn || s.runs != inPlace {
			return false
		}
		home, runs, start := s.in.out()
		return runs == started && home == fn && f.startsAgain(s.in, fn, start, at)
	})
}

// forks reports whether a literal starts itself by a go statement.
func (fn *function) forks() bool {
	return fn.runs == bound && slices.ContainsFunc(fn.sites, func(s site) bool {
		_, branch := s.stmt.(*ast.GoStmt)
		return branch && within(fn.node, s.stmt)
	})
}

// startsAgain reports whether a start can be reached again, for the same
// variable, before the goroutine that it started has ended.
func (f *Facts) startsAgain(lit, home *function, start ast.Node, at place) bool {
	if lit.elsewhere && f.startedOnce(f.funcs[lit.node]) {
		return false
	}
	if lit.many || f.offered(lit, home, at) {
		return true
	}
	if lit.joined {
		return false
	}
	if call, ok := start.(*ast.CallExpr); ok && (&walker{Facts: f}).handles(call) {
		return true
	}
	flow := f.pkg.Flow(home.node)
	from, ok := flow.At(start)
	if !ok || !f.inCircle(flow, from) || f.freshEachTurn(home, start, at.root, nil) || f.hasOneTurn(home, start) {
		return false
	}
	joins := f.joins(home, lit)
	if lit.elsewhere && (lit.above || declares(f.pkg.Info, from.Block.Nodes[from.Index], at.root)) {
		return false // or each start makes an object of its own
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == from }, func(n ast.Node) bool {
		return joins(n) || declares(f.pkg.Info, n, at.root)
	})
}

// inCircle reports whether a function can come to a point of it twice.
func (f *Facts) inCircle(flow *facts.Flow, at facts.Point) bool {
	again, known := f.again[at]
	if !known {
		again = f.leads(flow, at, func(p facts.Point) bool { return p == at }, func(ast.Node) bool { return false })
		f.again[at] = again
	}
	return again
}

// offered reports whether a method that starts a goroutine is one by which others let
// the object run functions of theirs: it may be called again before the goroutine is over.
//
//	func (g *Group) Go(f func() error) {
//		g.wg.Add(1)
//		go func() {
//			defer g.wg.Done()
//			g.err = f()
//		}()
//	}
func (f *Facts) offered(lit, home *function, at place) bool {
	if home.obj == nil || !home.public || at.root != home.obj.Signature().Recv() || at.path == "" || f.mayWait(home) || f.replaced(f.accessesByPlace()[home], at) || f.setsMeans(home) {
		return false
	}
	counts, runs := false, false
	for key := range f.signalsOf(lit).gives {
		v, ok := key.(*types.Var)
		counts = counts || ok && v.IsField() && strings.HasSuffix(v.Type().String(), "sync.WaitGroup")
	}
	f.pkg.Inspect(lit.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if v, isVar := f.pkg.Callee(call).(*types.Var); isVar && v.Kind() == types.ParamVar {
			for p := range home.obj.Signature().Params().Variables() {
				runs = runs || p == v
			}
		}
		return true
	})
	return counts && runs
}

// setsMeans reports whether a method gives its object what stops or wakes its goroutine, a function
// or channel, in the place of another one: it is called once, or again when that has ended.
//
//	func (b *Beat) Start(ctx context.Context, f func()) {
//		ctx, b.cancel = context.WithCancel(ctx)
//		b.wg.Go(func() { … })
//	}
func (f *Facts) setsMeans(method *function) bool {
	for at, all := range f.accessesByPlace()[method] {
		if at.root != method.obj.Signature().Recv() {
			continue
		}
		for _, a := range all {
			switch a.Var.Type().Underlying().(type) {
			case *types.Chan, *types.Signature:
				if a.far == nil && a.fn == method && a.Write && !a.Content && !a.Element {
					return true
				}
			}
		}
	}
	return false
}

// inRounds reports whether a function is part of a goroutine that is started in a
// loop in which, on some way from the start back to it, its end is waited for:
// the others may be ways on which none runs.
func (f *Facts) inRounds(fn *function) bool {
	for ; fn != nil && fn.around != nil; fn = fn.around {
		if fn.runs != started {
			continue
		}
		flow := f.pkg.Flow(fn.around.node)
		if start, ok := flow.At(fn.at); ok && f.joinsInLoop(flow, start, f.joins(fn.around, fn)) {
			return true
		}
	}
	return false
}

func (f *Facts) joinsInLoop(flow *facts.Flow, start facts.Point, joins func(ast.Node) bool) bool {
	next := facts.Point{Block: start.Block, Index: start.Index + 1}
	for _, block := range flow.Blocks {
		for i, n := range block.Nodes {
			at := facts.Point{Block: block, Index: i}
			if joins(n) && flow.Reaches(next, at, nil) && flow.Reaches(at, start, nil) {
				return true
			}
		}
	}
	return false
}

// freshEachTurn reports whether a variable is declared by a loop around a
// start, and new in each turn. An access, if given, must stand in the head of
// the loop: there it is the variable of another turn.
func (f *Facts) freshEachTurn(home *function, start ast.Node, v *types.Var, access ast.Node) bool {
	fresh := false
	if !within(home.node, start) {
		return false
	}
	f.pkg.Inspect(home.body(), func(n ast.Node) bool {
		if !within(n, start) {
			return false // no loop around the start
		}
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.ForStmt:
			body = n.Body
		case *ast.RangeStmt:
			body = n.Body
		default:
			return true
		}
		if n.Pos() <= v.Pos() && v.Pos() < body.Pos() && body.Pos() <= start.Pos() && start.End() <= body.End() && (access == nil || n.Pos() <= access.Pos() && access.Pos() < body.Pos()) {
			fresh = f.atLeast(n.Pos(), "go1.22")
		}
		return true
	})
	return fresh
}

// atLeast reports whether the file of a position is written in a Go version.
func (f *Facts) atLeast(pos token.Pos, v string) bool {
	for _, file := range f.pkg.Files {
		if file.FileStart <= pos && pos < file.FileEnd && f.pkg.GoVersion != nil {
			return version.Compare(f.pkg.GoVersion(file), v) >= 0
		}
	}
	return true
}

// declares reports whether a node of a flow declares a variable.
func declares(info *types.Info, n ast.Node, v *types.Var) bool {
	if v.Pos() < n.Pos() || v.Pos() >= n.End() {
		return false // it is declared where its name first stands
	}
	found := false
	facts.Evaluated(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && info.Defs[id] == v {
			found = true
		}
		return !found
	})
	return found
}

// meets reports whether a function, after it has started a goroutine, can come
// to another strand while that goroutine may still run, or, if an access is named, while that
// may still be ahead.
func (f *Facts) meets(in *function, at place, started, other strand, a *Access) bool {
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(started.at)
	if !ok || started.start.joined || f.joinedInside(in, started.start) || started.exit && (!other.exit || f.leavesBefore(in, other, started)) {
		return false
	}
	joins := f.joins(in, started.start)
	if f.isLastWord(started.start, a) {
		joins = func(ast.Node) bool { return false }
	}
	counted := f.countedJoins(in, started.at, joins)
	barrier := func(n ast.Node) bool {
		_, deferred := n.(*ast.DeferStmt) // that comes behind all other strands
		return (!deferred || other.exit) && joins(n) || counted[n] || declares(f.pkg.Info, n, at.root)
	}
	if other.exit {
		return !f.deferredJoin(in, joins) && f.leads(flow, from, nil, barrier) && f.possible(in, started.at, nil, barrier)
	}
	to, ok := flow.At(other.at)
	if !ok {
		return false
	}
	if f.freshEachTurn(in, started.at, at.root, other.at) || started.start.sound && f.behindSuccess(in, started.at, other.at) || started.start.succeeds && f.behindFailure(in, started.at, other.at) {
		return false
	}
	if to == from {
		st := from.Block.Nodes[from.Index]
		return keepsStart(st, started.at, other.at) && !f.setAfterwards(in, st) // operands are evaluated before
	}
	if joins(to.Block.Nodes[to.Index]) || f.rangedOver(in, started, other.at) {
		return false
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) && f.possible(in, started.at, other.at, barrier)
}

// leavesBefore reports whether what one deferred call does is done when another begins: of two that
// a function defers, the later one comes first.
//
//	defer c.closeSoon() // go …
//	defer func() { c.status = n }()
func (f *Facts) leavesBefore(in *function, first, then strand) bool {
	return then.at.End() <= first.at.Pos() && innermostLoop(in.body(), first.at) == nil && innermostLoop(in.body(), then.at) == nil
}

// joinedInside reports whether a goroutine has ended when a literal has that starts it, and which
// the function calls where it stands.
//
//	func() { var wg sync.WaitGroup; defer wg.Wait(); wg.Go(func() { n++ }) }()
func (f *Facts) joinedInside(in, goroutine *function) bool {
	starter := goroutine.around
	return starter != nil && starter != in && starter.around != nil && starter.runs == inPlace && f.endsWithin(starter, goroutine, goroutine.at)
}

// possible reports whether a path from a start to a node agrees with itself in
// the conditions that it meets.
func (f *Facts) possible(in *function, from, to ast.Node, barrier func(ast.Node) bool) bool {
	return channels.Of(f.pkg).Leads(in.node, from, to, barrier)
}

// deferredJoin reports whether a function waits for a goroutine when it ends.
func (f *Facts) deferredJoin(in *function, joins func(ast.Node) bool) bool {
	found := false
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			found = found || joins(d.Call)
			if lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit); ok {
				f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
					found = found || joins(n)
					return !found
				})
			}
		}
		return !found
	})
	return found
}

// leads reports whether some path goes from behind a point to one that is
// wanted (nil: to a normal exit) and passes no barrier.
func (f *Facts) leads(flow *facts.Flow, from facts.Point, wanted func(facts.Point) bool, barrier func(ast.Node) bool) bool {
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{{Block: from.Block, Index: from.Index + 1}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		stopped := false
		for ; p.Index < len(p.Block.Nodes) && !stopped; p.Index++ {
			if wanted != nil && wanted(p) {
				return true
			}
			stopped = barrier(p.Block.Nodes[p.Index])
		}
		if stopped {
			continue
		}
		if wanted == nil && p.Block.Exit.Normal() {
			return true
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return false
}

// MayAwait reports whether a node of a function waits for a goroutine that the function
// starts, or for what may come of it.
func (f *Facts) MayAwait(in ast.Node, lit *ast.FuncLit, n ast.Node) bool {
	home, goroutine := f.funcs[in], f.funcs[lit]
	switch n.(type) {
	case *ast.DeferStmt, *ast.GoStmt:
		return false
	}
	return f.waitsIn(n) || home != nil && goroutine != nil && f.joins(home, goroutine)(n)
}

// A meeting is a function and a goroutine that it may wait for.
type meeting struct{ in, goroutine *function }

// joins returns whether a node of a function waits for what a goroutine does at
// its end: for a signal that the goroutine gives, or for the group that runs it.
func (f *Facts) joins(in, goroutine *function) func(ast.Node) bool {
	key := meeting{in, goroutine}
	joins, known := f.meetings[key]
	if !known {
		joins = f.findJoins(in, goroutine)
		if f.meetings == nil {
			f.meetings = map[meeting]func(ast.Node) bool{}
		}
		f.meetings[key] = joins
	}
	return joins
}

func (f *Facts) findJoins(in, goroutine *function) func(ast.Node) bool {
	gives, awaited := f.handedSignals(goroutine)
	gives = f.passedOn(goroutine, gives)
	waits := map[ast.Node]bool{}
	for key, nodes := range f.signalsOf(in).waits {
		if len(gives[key]) > 0 || f.groupOf(goroutine) == key || f.alsoNames(in, key, gives) {
			for _, n := range nodes {
				waits[n] = true
			}
		}
	}
	for key, nodes := range f.signalsOf(in).gives {
		for _, n := range nodes {
			if _, send := n.(*ast.SendStmt); send && len(awaited[key]) > 0 {
				waits[n] = true // a rendezvous, unless the channel has a buffer
			}
		}
	}
	for _, serve := range f.servesUntil(in, goroutine, gives) {
		waits[serve] = true
	}
	for _, asked := range f.awaitsFlag(in, goroutine) {
		waits[asked] = true
	}
	if stop := f.stoppedAtOnce(in, goroutine); stop != nil {
		waits[stop] = true
	}
	f.addStopped(in, goroutine, waits)
	hidden := goroutine.handed || goroutine.abroad || goroutine.elsewhere && !f.silent(goroutine) // it may give signals that have another name here
	if !hidden && len(waits) == 0 {
		return func(ast.Node) bool { return false }
	}
	answers := map[ast.Node]bool{}
	return func(n ast.Node) bool {
		found, known := answers[n]
		if known {
			return found
		}
		found = hidden && (f.waitsIn(n) || goroutine.abroad && f.waitsFar(n))
		f.pkg.Evaluated(n, func(n ast.Node) bool {
			found = found || waits[n]
			if lit, ok := n.(*ast.FuncLit); ok && f.funcs[lit].runs != started {
				found = found || anyWithin(waits, lit)
			}
			if lit := f.closureCalled(in, n); lit != nil {
				found = found || anyWithin(waits, lit)
			}
			return !found
		})
		answers[n] = found
		return found
	}
}

// stoppedAtOnce returns the call that stops the timer of time.AfterFunc in the
// statement behind that: the function runs when somebody resets the timer.
//
//	c.timer = time.AfterFunc(math.MaxInt64, func() { … })
//	c.timer.Stop()
func (f *Facts) stoppedAtOnce(in, goroutine *function) (stop ast.Node) {
	start, ok := goroutine.at.(*ast.CallExpr)
	if !ok || calledMethod(start) != "AfterFunc" {
		return nil
	}
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(start)
	if !ok || from.Index+1 >= len(from.Block.Nodes) {
		return nil
	}
	set, ok := from.Block.Nodes[from.Index].(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 {
		return nil
	}
	f.pkg.Evaluated(from.Block.Nodes[from.Index+1], func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && calledMethod(call) == "Stop" {
			if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.holder(sel.X) == f.holder(set.Lhs[0]) {
				stop = call
			}
		}
		return stop == nil
	})
	return stop
}

// anyWithin reports whether one of a set of nodes stands in a literal.
func anyWithin(set map[ast.Node]bool, lit *ast.FuncLit) bool {
	for n := range set {
		if lit.Pos() <= n.Pos() && n.End() <= lit.End() {
			return true
		}
	}
	return false
}

// groupOf returns what holds the group whose method starts a goroutine: g in
// g.Go(func() { … }).
func (f *Facts) groupOf(goroutine *function) types.Object {
	at := goroutine.at
	if goroutine.runs == bound {
		_, _, at = goroutine.out()
	}
	call, ok := at.(*ast.CallExpr)
	if !ok {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return f.holder(sel.X)
	}
	return nil
}

// signalled reports whether the goroutine of a gives a signal after a for which
// that of b waits before b, as far as the text tells.
func (f *Facts) signalled(a, b *Access, x, y strand) bool {
	if x.start == nil && y.start == nil {
		return false
	}
	giver, waiter := a.fn, b.fn
	if x.start != nil {
		giver = x.start
	}
	if y.start == nil {
		return false // meets looks for joins, path by path
	}
	waiter = y.start
	given, _ := f.handedSignals(giver)
	_, awaited := f.handedSignals(waiter)
	late := map[types.Object][]ast.Node{}
	for key, gives := range given {
		if slices.ContainsFunc(gives, func(n ast.Node) bool { return f.signalsBehind(giver, n, a) || f.signalsWith(giver, n, a) }) {
			late[key] = gives
		}
	}
	group := f.groupOf(giver)
	late = f.passedOn(giver, late)
	for key, waits := range awaited {
		if len(late[key]) == 0 && (group == nil || key != group) {
			continue
		}
		if isContext(key) && !slices.ContainsFunc(late[key], func(n ast.Node) bool { return f.deferAround(giver, n) == nil }) {
			waits = slices.DeleteFunc(slices.Clone(waits), handsContext)
		}
		if slices.ContainsFunc(waits, func(n ast.Node) bool {
			return n.Pos() < b.node().Pos() && f.before(waiter, n, b.itself().Expr) && !f.passedBy(waiter, n, b.itself().Expr)
		}) {
			return true
		}
	}
	return false
}

// handsContext reports whether what waits for the end of a context only hands it on: who gets it
// most often comes back before the one that cancels it has ended.
//
//	defer cancel()
//	go func() { log.G(ctx).Info("begun"); n.role = role }()
func handsContext(wait ast.Node) bool {
	call, ok := wait.(*ast.CallExpr)
	return ok && len(call.Args) > 0
}

func isContext(of types.Object) bool {
	return of != nil && of.Type() != nil && facts.TypeIs(of.Type(), "context.Context")
}

// passedBy reports whether a function may come to a node by another case of the select in which it
// waits, and does not wait again then.
//
//	select { case <-done: case <-time.After(wait): }
//	report(total)
func (f *Facts) passedBy(waiter *function, wait, to ast.Node) (by bool) {
	flow := f.pkg.Flow(waiter.node)
	at, ok := flow.At(wait)
	end, ok2 := flow.At(to)
	if !ok || !ok2 {
		return false
	}
	f.pkg.Inspect(waiter.body(), func(n ast.Node) bool {
		clauses, ok := n.(*ast.SelectStmt)
		if !ok || !within(clauses, wait) {
			return !by
		}
		own := slices.ContainsFunc(clauses.Body.List, func(c ast.Stmt) bool { return isComm(c, wait) })
		for _, c := range clauses.Body.List {
			clause := c.(*ast.CommClause)
			for _, first := range append([]ast.Stmt{clause.Comm}, clause.Body...) {
				if from, known := flow.At(first); own && !isComm(c, wait) && first != nil && known {
					by = by || flow.Reaches(from, end, func(p facts.Point) bool { return p == at })
					break
				}
			}
		}
		return !by
	})
	return by
}

// isComm reports whether a node is what a clause of a select waits for.
func isComm(clause ast.Stmt, wait ast.Node) bool {
	comm := clause.(*ast.CommClause).Comm
	return comm != nil && within(comm, wait)
}

// signalsWith reports whether an access is an operand of what gives a signal, once: it is
// read before that.
//
//	defer close(items)
func (f *Facts) signalsWith(giver *function, give ast.Node, a *Access) bool {
	return a.far == nil && !a.Write && within(give, a.Expr) && !f.loops(giver, give)
}

// signalsBehind reports whether a goroutine gives a signal when it has made an access, as far as the
// text tells: further down, or when it ends, where the calls that it defers run from the last to the
// first.
//
//	go func() { defer wg.Done(); names = append(names, name) }()
//	go func() { wg.Wait(); report(names) }()
func (f *Facts) signalsBehind(giver *function, give ast.Node, a *Access) bool {
	gives, access := f.deferAround(giver, give), f.deferAround(giver, a.node())
	if gives != nil && access != nil && gives != access {
		return gives.Pos() < access.Pos()
	}
	return give.Pos() > a.node().Pos() || gives != nil && access == nil && givesWord(give)
}
