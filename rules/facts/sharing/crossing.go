package sharing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A running is an access that a goroutine of an object makes: one that a method
// of the object, or what makes it, has started.
type running struct {
	passage
	field     fieldOf
	launcher  *function // the declared function with the go statement
	goroutine *function // what that runs
	late      bool      // behind a wait, of which only who calls a method meanwhile knows whether it is over
}

// A fieldOf is a field by the type that it is reached from.
type fieldOf struct {
	of   *types.TypeName
	path string
}

// findCrossings finds the races between a goroutine of an object and its
// exported methods, which other packages call when they like, and those that the package
// itself calls while the goroutine is at work.
func (f *Facts) findCrossings() {
	running := f.running()
	if len(running) == 0 {
		return
	}
	callers := f.launchersCalled(running)
	for _, m := range f.order {
		if m.test || m.obj == nil || m.obj.Signature().Recv() == nil || f.namedEarly(m) {
			continue
		}
		outside := m.public && (!m.byContract() || m.prints()) && f.calledFromOutside(m) && !f.builds(m)
		if !outside && !f.calledBy(m, callers) {
			continue
		}
		told := map[place]bool{}
		for _, p := range f.passagesOf(m) {
			if told[p.at] && p.access.Write || p.by != nil || p.waited || p.at.root != m.obj.Signature().Recv() {
				continue
			}
			for _, r := range f.runningAt(running, p) {
				atWork := f.calledAtWork(m, p, r)
				if !outside && !atWork || r.late && !atWork || f.answered(m, p.access, r.goroutine) {
					continue
				}
				doubt := f.doubtful(m, p, r) || !atWork && f.inPlaceOf(m, p, r)
				told[p.at] = f.crossing(m, p, r, atWork, doubt) && !doubt || told[p.at]
			}
		}
	}
}

// prints reports whether a method is one that loggers and others call at any time, whatever goroutines
// the object has by then.
func (fn *function) prints() bool {
	return fn.name() == "String" && fn.obj.Signature().Params().Len() == 0
}

// runningAt returns what goroutines do to the field that a passage is about; of a struct
// that is copied or replaced as a whole, to its parts too, and of a part, to the whole.
func (f *Facts) runningAt(at map[fieldOf][]running, p passage) []running {
	field := fieldAt(p.at)
	all := at[field]
	if field.of == nil || p.access.Content || p.access.Element || p.access.Address {
		return all
	}
	var others []fieldOf
	for other := range at {
		short, long := field, other
		if len(short.path) > len(long.path) {
			short, long = long, short
		}
		if way, below := strings.CutPrefix(long.path, short.path+"."); other.of == field.of && below && f.holdsPart(field.of, short.path, way) {
			others = append(others, other)
		}
	}
	slices.SortFunc(others, func(a, b fieldOf) int { return cmp.Compare(a.path, b.path) })
	for _, other := range others {
		all = slices.Concat(all, slices.DeleteFunc(slices.Clone(at[other]), func(r running) bool {
			a := r.access
			return a.Content || a.Element || a.Address
		}))
	}
	return all
}

// holdsPart reports whether a way of field names leads on from the field that a path names to
// memory of the same struct.
func (f *Facts) holdsPart(of *types.TypeName, path, way string) bool {
	t := of.Type()
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		obj, _, _ := types.LookupFieldOrMethod(t, true, f.pkg.Types, name)
		field, ok := obj.(*types.Var)
		if !ok {
			return false
		}
		t = field.Type()
	}
	return isStruct(t) && f.partly(t, way)
}

// builds reports whether a method is called, in its package, on objects only that the
// caller has just made.
func (f *Facts) builds(m *function) bool {
	sites := slices.DeleteFunc(slices.Clone(f.realSites(m)), func(s site) bool {
		return s.in == nil || s.in.test || originOf(f.pkg.Callee(s.call)) != m.obj // another's, maybe
	})
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		return !ok || s.runs != inPlace || f.owner(s.in, sel.X, s.call) != Own
	})
}

// isItsWork reports whether a method is what a goroutine has been started for, which
// itself waits to receive from nobody: who calls it himself has no such goroutine, or
// knows when.
func (f *Facts) isItsWork(m, goroutine *function) bool {
	for _, waits := range f.signalsOf(goroutine).waits {
		if slices.ContainsFunc(waits, func(n ast.Node) bool { _, call := n.(*ast.CallExpr); return !call && !looksOnly(goroutine, n) }) {
			return false
		}
	}
	return f.isPartOf(m, goroutine)
}

// isItsEnd reports whether a method is one that ends an object, and a goroutine calls it when it
// ends itself, and not before: whoever else ends the object does so while the goroutine is at work.
//
//	defer c.Close()
//	for !c.closed { c.read() }
func (f *Facts) isItsEnd(m, goroutine *function) bool {
	if !endName.MatchString(m.name()) {
		return false
	}
	calls := 0
	last := !slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if !within(goroutine.node, c.site.stmt) {
			return false
		}
		if c.callee == m {
			calls++
			return !f.isDeferred(goroutine, c.site.stmt)
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[m]
	})
	return last && calls > 0
}

// othersEnd reports whether somebody but the goroutine may call a method that ends its object: the
// type is exported, the package calls the method elsewhere, or who has made the object, and starts
// the goroutine, gives it away.
//
//	s := &session{conn: conn}
//	go s.run() // defer s.Close()
func (f *Facts) othersEnd(m *function, r running) bool {
	if exportedOwner(m) || slices.ContainsFunc(f.realSites(m), func(s site) bool { return s.in == nil || !within(r.goroutine.node, s.stmt) }) {
		return true
	}
	for _, c := range f.callsOf(r.launcher) {
		sel, ok := ast.Unparen(c.site.call.Fun).(*ast.SelectorExpr)
		if !ok || c.callee != r.goroutine {
			continue
		}
		if v, ok := f.holder(sel.X).(*types.Var); !ok || v.Kind() != types.LocalVar || f.givenElsewhere(r.launcher, v) {
			return true
		}
	}
	return false
}

// givenElsewhere reports whether a function does more with a local variable than to use its fields
// and methods.
func (f *Facts) givenElsewhere(fn *function, v *types.Var) (given bool) {
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.Use(id) != types.Object(v) {
			return !given
		}
		sel, ok := stack[len(stack)-1].(*ast.SelectorExpr)
		given = given || !ok || sel.X != ast.Expr(id)
		return !given
	})
	return given
}

// isDeferred reports whether a function defers a node, or a literal with it.
func (f *Facts) isDeferred(fn *function, at ast.Node) bool { return f.deferAround(fn, at) != nil }

// deferAround returns the statement by which a function defers a node, or a literal with it.
func (f *Facts) deferAround(fn *function, at ast.Node) (around *ast.DeferStmt) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && within(d, at) {
			around = d
		}
		return around == nil
	})
	return around
}

// isPartOf reports whether a goroutine, or what it calls, calls a method.
func (f *Facts) isPartOf(m, goroutine *function) bool {
	if goroutine.obj != nil {
		work := map[*function]bool{}
		f.reach(goroutine, passageDepth, work)
		return work[m]
	}
	return slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if !within(goroutine.node, c.site.stmt) {
			return false
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[m]
	})
}

// isPartUnderLock reports whether a goroutine makes its access by the method itself, which the
// package calls under a lock, each time: who calls it from elsewhere, without, is alone yet.
//
//	func (c *Config) Load(path string) error { c.path = path; return c.parse() }
//
//	func (c *Config) Reload() error {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return c.Load(c.path)
//	}
func (f *Facts) isPartUnderLock(m *function, r running) bool {
	own := map[*function]bool{}
	f.reach(m, passageDepth, own)
	sites := f.realSites(m)
	return own[r.access.fn] && len(sites) > 0 && f.isPartOf(m, r.goroutine) && !slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || s.runs != inPlace {
			return true
		}
		here := f.stateAt(s.in, s.call)
		return !here.known || len(here.locks) == 0
	})
}

// looksOnly reports whether a receive is a case of a select with a default.
func looksOnly(fn *function, receive ast.Node) (looks bool) {
	ast.Inspect(fn.body(), func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		if !ok || !within(s, receive) {
			return !looks
		}
		idle, its := false, false
		for _, clause := range s.Body.List {
			comm := clause.(*ast.CommClause).Comm
			idle = idle || comm == nil
			its = its || comm != nil && within(comm, receive)
		}
		looks = idle && its
		return !looks
	})
	return looks
}

// waitsItself reports whether a function, not what it calls, receives or calls a
// Wait.
func (f *Facts) waitsItself(fn *function) bool {
	waits := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			waits = waits || calledMethod(n) == "Wait"
		case *ast.UnaryExpr, *ast.RangeStmt:
			waits = waits || f.waitsFor(n)
		}
		return !waits
	})
	return waits
}

// calledFromOutside reports whether other packages can name a method, or are
// handed objects of a type that they cannot name. Of other types a method that
// ends something is the only one of which it is sure that it is no part of what
// the goroutine does, through an interface.
func (f *Facts) calledFromOutside(m *function) bool {
	pointer, ok := types.Unalias(m.obj.Signature().Recv().Type()).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	return ok && (named.Obj().Exported() || endName.MatchString(m.name()) || f.handedOut(m, pointer))
}

// handedOut reports whether an exported function returns an object, as it is or
// as an interface that the package exports, by which others can call a method
// that the package itself does not call.
func (f *Facts) handedOut(m *function, of *types.Pointer) bool {
	if len(f.realSites(m)) > 0 || m.valued || streams(m.name()) {
		return false
	}
	return slices.ContainsFunc(f.order, func(maker *function) bool {
		if !maker.public {
			return false
		}
		for result := range maker.obj.Signature().Results().Variables() {
			if types.Identical(result.Type(), of) || f.ownInterface(result.Type(), m.name()) && types.Implements(of, result.Type().Underlying().(*types.Interface)) {
				return true
			}
		}
		return false
	})
}

// ownInterface reports whether a type is an interface that the package exports,
// with a method of that name.
func (f *Facts) ownInterface(t types.Type, method string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !named.Obj().Exported() || named.Obj().Pkg() != f.pkg.Types || !types.IsInterface(named) {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(named, false, f.pkg.Types, method)
	return obj != nil
}

// running returns the accesses of goroutines by what they access.
func (f *Facts) running() map[fieldOf][]running {
	all := map[fieldOf][]running{}
	for _, fn := range f.order {
		if fn.obj == nil || fn.test || !f.startsLiteral(fn) && !f.startsNamed(fn) || countsForCaller(fn) {
			continue
		}
		if f.waitsItself(fn) {
			f.addLate(fn, all)
			continue // who starts a goroutine and waits may wait for its end
		}
		for _, c := range f.callsOf(fn) {
			f.runningThrough(c, fn, all)
		}
		for at, accesses := range f.accessesByPlace()[fn] {
			for _, a := range accesses {
				if a.fn == fn {
					continue // not on a goroutine
				}
				if w, ok := f.wayTo(fn, a.fn, a.Expr); ok && w.by != nil && !within(w.by.node, &ast.Ident{NamePos: at.root.Pos()}) && !a.fn.once && !a.Address && !f.excused(a) {
					p := passage{at: at, access: a, locks: f.borrowed(a, w.locks), sure: w.sure, by: w.by, waited: w.waited || f.farBefore(a)}
					r := running{passage: p, field: fieldAt(at), launcher: fn, goroutine: w.by}
					f.addRunning(r, fn.obj.Signature().Recv(), all)
				}
			}
		}
	}
	f.addLoops(all)
	for _, of := range all {
		slices.SortStableFunc(of, func(a, b running) int { return cmp.Compare(a.access.Expr.Pos(), b.access.Expr.Pos()) })
	}
	return all
}

// countsForCaller reports whether a function gets a group in which its goroutines are
// counted: it is the caller who waits for their end.
func countsForCaller(fn *function) bool {
	for param := range fn.obj.Signature().Params().Variables() {
		if facts.TypeIs(param.Type(), "*sync.WaitGroup", "*golang.org/x/sync/errgroup.Group") {
			return true
		}
	}
	return false
}

// startsNamed reports whether a function, or a literal in it, starts a declared
// function on a goroutine.
func (f *Facts) startsNamed(fn *function) bool {
	return slices.ContainsFunc(f.callsOf(fn), func(c outgoing) bool { return c.site.runs == started })
}

// runningThrough adds what a goroutine does that runs the function that a call
// names, or a literal in which the call stands.
func (f *Facts) runningThrough(c outgoing, launcher *function, all map[fieldOf][]running) {
	if c.site.runs == started {
		for _, p := range f.passagesOf(c.callee) {
			p.locks = f.locksThrough(p.locks, c)
			f.addRunning(running{passage: p, field: fieldAt(p.at), launcher: launcher, goroutine: c.callee}, c.callee.obj.Signature().Recv(), all)
			f.addHeld(c, p, launcher, all)
		}
		return
	}
	if c.site.in == launcher || c.site.runs != inPlace {
		return
	}
	w, ok := f.wayTo(launcher, c.site.in, c.site.stmt)
	if !ok || w.by == nil {
		return
	}
	for _, p := range f.passagesOf(c.callee) {
		at, known := f.translate(p.at, c)
		if !known || p.by != nil || within(w.by.node, &ast.Ident{NamePos: at.root.Pos()}) || f.replaced(f.accessesByPlace()[launcher], at) {
			continue
		}
		if at.root.Kind() == types.LocalVar && f.made(launcher, at.root) != Own {
			continue // one that it has looked up
		}
		p.at, p.locks, p.sure, p.by, p.waited = at, f.locksThrough(p.locks, c).with(w.locks), p.sure && w.sure, w.by, p.waited || w.waited
		f.addRunning(running{passage: p, field: fieldAt(at), launcher: launcher, goroutine: w.by}, launcher.obj.Signature().Recv(), all)
	}
}

// addHeld adds an access of a goroutine's to an object that its own was given when it was made, by
// who has made both.
//
//	s := &store{}
//	r := &reaper{s} // (*reaper).run reads r.s.last
//	go r.run()
//	return s
func (f *Facts) addHeld(c outgoing, p passage, launcher *function, all map[fieldOf][]running) {
	at, known := f.translate(p.at, c)
	if !known || p.by != nil || at.root.Kind() != types.LocalVar || types.Identical(at.root.Type(), p.at.root.Type()) || f.made(launcher, at.root) != Own || f.replaced(f.accessesByPlace()[launcher], at) {
		return
	}
	p.at = at
	f.addRunning(running{passage: p, field: fieldAt(at), launcher: launcher, goroutine: c.callee}, nil, all)
}

// addRunning adds an access of a goroutine's, if it is of the object that this
// belongs to: one that is passed on may be another each time.
func (f *Facts) addRunning(r running, self *types.Var, all map[fieldOf][]running) {
	maker := r.launcher.obj.Signature().Recv() == nil && r.at.root.Kind() == types.LocalVar
	if r.at.root != self && !maker || r.field.of == nil {
		return
	}
	r.late = r.waited && !f.workedOff(r.goroutine, r.passage) && !f.keepsWriting(r.goroutine, r.access)
	all[r.field] = append(all[r.field], r)
}

// fieldAt returns the field that a place names, if its root is a pointer to a
// type with a name.
func fieldAt(at place) fieldOf {
	pointer, ok := types.Unalias(at.root.Type()).(*types.Pointer)
	if !ok || at.path == "" {
		return fieldOf{}
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	if !ok {
		return fieldOf{}
	}
	return fieldOf{named.Obj(), at.path}
}

// crossing reports the race of a method's access with one of a goroutine, if
// they conflict and it is sure that the goroutine can be at work, as it is where the method is called
// then; a doubt makes it a weak one.
func (f *Facts) crossing(m *function, p passage, r running, atWork, doubt bool) bool {
	a, b := p.access, r.access
	if m.confinedBy() || r.launcher.confinedBy() || r.tells() && !endName.MatchString(m.name()) {
		return false
	}
	if !conflicts(a, b) || !p.sure && !r.bare(f) || !r.sure && !p.bare(f) || f.starts(m, r.launcher) && !f.rearms(m, r) || f.early(a) && !f.rearms(m, r) || f.isItsWork(m, r.goroutine) && !(f.isItsEnd(m, r.goroutine) && f.othersEnd(m, r)) || f.isPartUnderLock(m, r) {
		return false
	}
	held := p.locks.with(f.stateAt(a.fn, a.Expr).locks)
	if len(held.both(r.locks.with(f.stateAt(b.fn, b.Expr).locks))) > 0 || f.passesOn(m, r) || f.stillOwn(r) || f.joinsAbroad(m, p, r) || !atWork && !f.alive(m, a, r) || f.ordered(a, b) || f.inShifts(a, b) || f.asksBehind(m, r.goroutine, b) {
		return false
	}
	if a.Write {
		f.report(&Access{Expr: a.Expr, far: &distant{real: a}}, b, nil, doubt)
	} else {
		f.report(&Access{Expr: b.Expr, far: &distant{real: b}}, a, nil, doubt)
	}
	return true
}

// joinsAbroad reports whether a method may have waited, by a function of another package, for a
// goroutine that one of another package has started.
//
//	func (p *P) Close() int { p.poller.Close(); return p.turns }
func (f *Facts) joinsAbroad(m *function, p passage, r running) bool {
	return r.goroutine.abroad && (f.farWaitBefore(p.access.fn, p.access.Expr) || p.deep > 0 && f.waitsFar(m.body()))
}

// bare reports whether an access is made with no lock at all, for sure: then it does not matter
// which ones others hold.
func (p passage) bare(f *Facts) bool {
	state := f.stateAt(p.access.fn, p.access.Expr)
	return p.sure && len(p.locks) == 0 && state.known && len(state.locks) == 0
}

// tells reports whether who starts the goroutine gets a channel for it, by which he
// knows when it is over.
func (r running) tells() bool {
	for result := range r.launcher.obj.Signature().Results().Variables() {
		if _, isChan := result.Type().Underlying().(*types.Chan); isChan {
			return true
		}
	}
	return false
}

// starts reports whether a method is, or calls, what starts the goroutine.
func (f *Facts) starts(m, launcher *function) bool {
	called := map[*function]bool{}
	f.reach(m, passageDepth, called)
	return called[launcher]
}

// passesOn reports whether a method stores an atomic that the goroutine loads:
// that may put them in order.
func (f *Facts) passesOn(m *function, r running) bool {
	gives, waits := f.allSignals(m).gives, f.allSignals(r.access.fn).waits
	for key := range gives {
		if v, ok := key.(*types.Var); ok && synchronises(v.Type()) && len(waits[key]) > 0 {
			return true
		}
	}
	return false
}

// alive reports whether the goroutine can be at work when a method is called:
// who makes the object has started it, the method is one that ends or changes
// what goes on, or one of the two looks at what the other writes again and again.
func (f *Facts) alive(m *function, a *Access, r running) bool {
	return f.surelyAlive(m, a, r) || r.access.Write && (f.endless(r.goroutine, r.access) || !a.Write && f.unheard(r))
}

// surelyAlive is alive, but for what only the loop of the goroutine says.
func (f *Facts) surelyAlive(m *function, a *Access, r running) bool {
	if f.rearms(m, r) {
		return true
	}
	if r.launcher.obj.Signature().Recv() == nil && r.at.root.Kind() != types.ParamVar {
		return true
	}
	if endName.MatchString(m.name()) {
		return true
	}
	return a.Write && f.polled(r.access) || r.access.Write && f.polled(a)
}

// unheard reports whether a goroutine ends without a word to anybody, and takes
// no lock: who reads what it writes cannot know that it is over, whatever he holds.
func (f *Facts) unheard(r running) bool {
	lockless := true
	for _, fn := range []*function{r.goroutine, r.access.fn} {
		lockless = lockless && len(f.pkg.Acquisitions(fn.node)) == 0
	}
	return lockless && f.silent(r.goroutine)
}

// endless reports whether a goroutine makes an access again and again, in a loop
// that no list or counter ends, itself or in what it calls there.
func (f *Facts) endless(goroutine *function, a *Access) bool {
	if f.inEndlessLoop(a.fn, a.Expr) {
		return true
	}
	return slices.ContainsFunc(f.callsOf(goroutine.outermost()), func(c outgoing) bool {
		if c.site.runs != inPlace || !within(goroutine.node, c.site.stmt) || !f.inEndlessLoop(c.site.in, c.site.stmt) {
			return false
		}
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		return called[a.fn.outermost()]
	})
}

func (f *Facts) inEndlessLoop(fn *function, at ast.Node) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch loop := n.(type) {
		case *ast.ForStmt:
			found = found || loop.Init == nil && loop.Post == nil && within(loop.Body, at)
		case *ast.RangeStmt:
			_, isChan := f.typeOf(loop.X).(*types.Chan)
			found = found || isChan && within(loop.Body, at)
		}
		return !found
	})
	return found
}

// polled reports whether a function reads a flag again and again, to know when to
// end, or to go on: in the condition of a loop, or of an if in one that leaves it.
func (f *Facts) polled(a *Access) bool {
	basic, ok := a.Var.Type().Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsBoolean == 0 || !f.loops(a.fn, a.Expr) {
		return false
	}
	polled := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			polled = polled || n.Cond != nil && within(n.Cond, a.Expr)
		case *ast.IfStmt:
			polled = polled || within(n.Cond, a.Expr) && leaves(n.Body)
		}
		return !polled
	})
	return polled
}

// leaves reports whether a block ends in a return or a break.
func leaves(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	switch last := block.List[len(block.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK
	}
	return false
}

var endName = lazyregexp.New(`^(Stop|Close|Shutdown|Kill|Cancel|Abort|Pause|Resume|Quit|Exit|Halt|Terminate|Disconnect|Interrupt)`)
