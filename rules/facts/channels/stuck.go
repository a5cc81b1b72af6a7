package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Stuck is a wait that nothing can end: whoever could do so waits himself,
// and comes to it only after that.
type Stuck struct {
	Node ast.Node
	// Partner is what would end the wait, nil if there is no such thing in the
	// program.
	Partner ast.Node
	// Behind is the wait that the partner comes after; Node itself if they are
	// of one goroutine.
	Behind ast.Node
}

// Stuck says how the wait at a node can never end, nil if it can, or if another
// finding tells of the same circle.
//
// The set of all stuck waits is the greatest one in which each member's partners
// can be reached only past members. None of them can end first: its partner
// would have had to get past another before.
func (f *Facts) Stuck(n ast.Node) *Stuck {
	if f.stucks == nil {
		f.stucks = f.allStuck()
	}
	if call, ok := n.(*ast.CallExpr); ok && f.stucks[n] == nil {
		return f.waitCycleOfField(call)
	}
	return f.stucks[n]
}

// A jam is the set of waits that are believed to be stuck. A case of a select is
// a member if it is never chosen, whatever the others are.
type jam struct {
	f       *Facts
	stops   map[ast.Node]*stop
	byFn    map[ast.Node][]*stop
	uses    map[types.Object][]use
	lits    map[*ast.FuncLit]ast.Node // the function around each literal
	entries map[ast.Node]*stop        // what a function is entered only past; nil: it is entered otherwise
	asking  map[ast.Node]bool
}

// A use is a place at which a function is named.
type use struct {
	id *ast.Ident
	fn ast.Node
}

func (f *Facts) allStuck() map[ast.Node]*Stuck {
	j := &jam{f: f, stops: f.stops()}
	found := map[ast.Node]*Stuck{}
	if len(j.stops) == 0 {
		return found
	}
	j.scan()
	for j.shrink() {
	}
	told := map[ast.Node]bool{}
	for _, s := range j.sorted() {
		if s.loop != nil || s.sel != nil && !j.allCases(s.sel) || !j.reachable(s) || j.past(s.node, s.at, s.fn) != nil || told[s.node] || s.class && !j.comesUp(s.fn) {
			continue
		}
		if !f.waitCycleAt(s.node) {
			found[s.node] = j.describe(s)
		}
		j.tell(s, told)
	}
	return found
}

// waitCycleAt reports whether a call is a Wait of which WaitCycle tells.
func (f *Facts) waitCycleAt(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	return ok && f.WaitCycle(call) != nil
}

// reachable reports whether the function of a wait can come to it at all.
func (j *jam) reachable(s *stop) bool {
	flow := j.f.pkg.Flow(s.fn)
	if flow == nil {
		return false
	}
	at, ok := flow.At(s.at)
	if ok = ok && flow.Reaches(facts.Point{Block: flow.Blocks[0]}, at, nil); !ok {
		return false
	}
	lit, isLit := s.fn.(*ast.FuncLit)
	if outer := j.lits[lit]; isLit && outer != nil {
		return j.reachable(&stop{at: lit, fn: outer})
	}
	return true
}

// comesUp reports whether a function is named in the package, or is part of its
// API: what a fake has to have for an interface may never be called.
func (j *jam) comesUp(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return true
	}
	if j.f.pkg.InTest(decl.Pos()) {
		return decl.Recv == nil || len(j.uses[j.f.pkg.Def(decl.Name)]) > 0
	}
	return true
}

// scan notes where the functions of the package are named, and what is around
// each literal.
func (j *jam) scan() {
	j.uses, j.lits = map[types.Object][]use{}, map[*ast.FuncLit]ast.Node{}
	for _, file := range j.f.pkg.Files {
		j.f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				j.lits[n], _ = functionAt(stack)
			case *ast.Ident:
				if fn, ok := j.f.pkg.Use(n).(*types.Func); ok {
					around, _ := functionAt(stack)
					j.uses[fn.Origin()] = append(j.uses[fn.Origin()], use{n, around})
				}
			}
			return true
		})
	}
}

// shrink takes out the waits that can end, and reports whether there were any.
func (j *jam) shrink() (changed bool) {
	j.byFn, j.entries, j.asking = map[ast.Node][]*stop{}, map[ast.Node]*stop{}, map[ast.Node]bool{}
	for _, s := range j.stops {
		j.byFn[s.fn] = append(j.byFn[s.fn], s)
	}
	var free []ast.Node
	for n, s := range j.stops {
		if j.canEnd(s) {
			free = append(free, n)
		}
	}
	for _, n := range free {
		delete(j.stops, n)
	}
	return len(free) > 0
}

// allCases reports whether every case of a select is in the set.
func (j *jam) allCases(s *ast.SelectStmt) bool {
	n := 0
	for _, st := range j.stops {
		if st.sel == s {
			n++
		}
	}
	return n == len(s.Body.List)
}

// canEnd reports whether some partner can be reached.
func (j *jam) canEnd(s *stop) bool {
	if s.wait != nil {
		return j.heldUp(s) == nil
	}
	return slices.ContainsFunc(s.ends, func(p partner) bool { return j.pastPartner(p) == nil })
}

// pastPartner returns a member that lies before a partner on every way.
func (j *jam) pastPartner(p partner) *stop {
	if p.deferred == nil {
		return j.past(p.node, p.node, p.fn)
	}
	fn := j.f.around(p.deferred)
	if s := j.past(p.deferred, p.deferred, fn); s != nil {
		return s
	}
	if s := j.beforeEnd(fn); s != nil {
		return s
	}
	return j.deferredLater(p.deferred, fn)
}

// deferredLater returns a member that fn defers after d, and so comes to before
// it.
func (j *jam) deferredLater(d *ast.DeferStmt, fn ast.Node) *stop {
	for _, s := range j.byFn[fn] {
		if s.deferred == nil || s.deferred == d {
			continue
		}
		if some, all := j.f.pkg.Flow(fn).Follows(d, s.deferred); some && all {
			return s
		}
	}
	return nil
}

// beforeEnd returns a member that lies on every way from the entry of a function
// to its end, there or in what it calls.
//
//	g.Go(func() error { return m.apply(refs) }) // for r := range refs
func (j *jam) beforeEnd(fn ast.Node) *stop {
	called := j.heldCalls(fn)
	if len(called) == 0 {
		return j.ownBeforeEnd(fn, nil)
	}
	if j.ownBeforeEnd(fn, called) == nil {
		return nil
	}
	if len(j.byFn[fn]) > 0 {
		return j.first(fn)
	}
	for _, call := range j.f.callsIn(fn) {
		if s := called[call]; s != nil {
			return s
		}
	}
	return nil
}

// heldCalls returns the calls in a function of others that come to their end only past a member.
func (j *jam) heldCalls(fn ast.Node) map[ast.Node]*stop {
	held := map[ast.Node]*stop{}
	for _, call := range j.f.callsIn(fn) {
		if decl := j.f.pkg.Body(call); decl != nil && len(j.byFn[decl]) > 0 {
			if s := j.ownBeforeEnd(decl, nil); s != nil {
				held[call] = s
			}
		}
	}
	return held
}

// ownBeforeEnd is beforeEnd of what a function does itself, and of calls.
func (j *jam) ownBeforeEnd(fn ast.Node, called map[ast.Node]*stop) *stop {
	flow := j.f.pkg.Flow(fn)
	if flow == nil || len(j.byFn[fn])+len(called) == 0 {
		return nil
	}
	s := &search{
		f: j.f, fn: fn, flow: flow,
		covered: func(n ast.Node) bool {
			return called[n] != nil || slices.ContainsFunc(j.byFn[fn], func(s *stop) bool { return s.at == n && s.deferred == nil })
		},
		leaves: func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	if s.out() != nil || s.lost {
		return nil
	}
	if len(j.byFn[fn]) == 0 {
		return &stop{node: fn}
	}
	return j.first(fn)
}

// past returns a member that lies before a node on every way from the entry of
// its function, or before each of the places where that is entered.
func (j *jam) past(n, at, fn ast.Node) *stop {
	flow := j.f.pkg.Flow(fn)
	if flow == nil {
		return nil
	}
	to, ok := flow.At(at)
	if !ok {
		return nil
	}
	barriers := map[facts.Point]bool{}
	for _, s := range j.byFn[fn] {
		if s.loop != nil && s.loop.Pos() <= n.Pos() && n.End() <= s.loop.End() {
			continue // within the loop, not behind it
		}
		if p, ok := flow.At(s.at); ok && s.node != n && s.deferred == nil {
			barriers[p] = true
		}
	}
	entry := facts.Point{Block: flow.Blocks[0]}
	if len(barriers) > 0 && !barriers[to] && !flow.Reaches(entry, to, func(p facts.Point) bool { return barriers[p] }) {
		return j.first(fn)
	}
	return j.entered(fn)
}

// first returns the member of a function that the text has first.
func (j *jam) first(fn ast.Node) *stop {
	return slices.MinFunc(j.byFn[fn], func(a, b *stop) int { return int(a.node.Pos() - b.node.Pos()) })
}

// entered returns a member that lies before every place where a function is
// entered, nil if there is none.
func (j *jam) entered(fn ast.Node) *stop {
	if s, ok := j.entries[fn]; ok {
		return s
	}
	if j.asking[fn] {
		return nil
	}
	j.asking[fn] = true
	j.entries[fn] = j.enteredPast(fn)
	return j.entries[fn]
}

func (j *jam) enteredPast(fn ast.Node) *stop {
	lit, ok := fn.(*ast.FuncLit)
	if ok && j.lits[lit] != nil {
		return j.past(lit, lit, j.lits[lit])
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || decl.Recv != nil {
		return nil
	}
	obj := j.f.pkg.Def(decl.Name)
	var found *stop
	for _, u := range j.uses[obj] {
		if u.fn == nil {
			return nil
		}
		if found = j.past(u.id, u.id, u.fn); found == nil {
			return nil
		}
	}
	return found
}

// heldUp returns a member that lies before the Done of a goroutine that a Wait
// waits for, on every way.
func (j *jam) heldUp(s *stop) *stop {
	for _, done := range s.of.Of(Done, Go) {
		th := j.f.counted(s.of, done)
		if th == nil || th.Start == nil || !j.startedBefore(th, s.wait) {
			continue
		}
		held := j.beforeEnd(th.Fn)
		if done.Kind == Done && done.Deferred == nil {
			held = j.past(done.Node, done.Node, done.Fn)
		}
		if held != nil && (held != s || th.Start == s.wait.Thread.Start) {
			return held
		}
	}
	return nil
}

// startedBefore reports whether a goroutine can have been started when a Wait
// begins.
func (j *jam) startedBefore(th *Thread, wait *Op) bool {
	if th.Start == wait.Thread.Start || wait.Deferred != nil && th.In == wait.Thread {
		return true
	}
	if th.In == nil || wait.Thread.Fn != th.In.Fn {
		return false
	}
	some, _ := j.f.pkg.Flow(wait.Thread.Fn).Follows(th.Anchor, wait.Anchor)
	return some
}

func (j *jam) sorted() (all []*stop) {
	for _, s := range j.stops {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *stop) int {
		if (a.wait == nil) != (b.wait == nil) {
			if a.wait != nil {
				return -1 // tell of the circle where a group is waited for
			}
			return 1
		}
		return int(a.node.Pos() - b.node.Pos())
	})
	return all
}

// describe says why a member is stuck.
func (j *jam) describe(s *stop) *Stuck {
	if s.wait != nil {
		held := j.heldUp(s)
		return &Stuck{s.node, nil, held.node}
	}
	if len(s.ends) == 0 {
		return &Stuck{s.node, nil, nil}
	}
	p := s.ends[0]
	return &Stuck{s.node, p.node, j.pastPartner(p).node}
}

// tell marks the members that belong to the circle of a finding.
func (j *jam) tell(s *stop, told map[ast.Node]bool) {
	if told[s.node] {
		return
	}
	told[s.node] = true
	for _, other := range j.byFn[s.fn] {
		j.tell(other, told)
	}
	if s.wait != nil {
		if held := j.heldUp(s); held != nil {
			j.tell(held, told)
		}
		return
	}
	for _, p := range s.ends {
		if by := j.pastPartner(p); by != nil {
			j.tell(by, told)
		}
	}
}

// around returns the innermost function around a node.
func (f *Facts) around(n ast.Node) ast.Node {
	var found ast.Node
	for _, file := range f.pkg.Files {
		if n.Pos() < file.FileStart || file.FileEnd <= n.Pos() {
			continue
		}
		f.pkg.PreorderStack(file, nil, func(m ast.Node, stack []ast.Node) bool {
			if m == n {
				found, _ = functionAt(stack)
			}
			return found == nil && m.Pos() <= n.Pos() && n.End() <= m.End()
		})
	}
	return found
}
