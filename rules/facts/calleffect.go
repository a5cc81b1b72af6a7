package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// knownEffects returns what is known of the effects of a function that the program
// declares, and whether it takes any lock. known is false for functions of
// which only the declaration is there.
func (p *Package) knownEffects(fn *types.Func) (effects []Effect, takes, known bool) {
	if fn == nil || fn.Pkg() == nil {
		return nil, false, false
	}
	if n := p.graph().nodes[fn]; n != nil {
		if e := p.lockFacts.effects[fn]; e != nil {
			effects = e.effects
		}
		return effects, n.reaches, true
	}
	if p.declOf(fn) != nil {
		return nil, false, true // without a body
	}
	if p.Imports[fn.Pkg().Path()] == nil || isAbstract(fn) {
		return nil, false, false
	}
	s := p.Imports.summary(fn)
	if s == nil {
		return nil, false, true
	}
	return s.Effects, len(s.Takes) > 0, true
}

// isAbstract reports whether a function is the method of an interface.
func isAbstract(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

// A summaryStep is a call of a function of the program that has to do with
// locks: on these of the caller it does it, or may do it.
type summaryStep struct {
	call    *ast.CallExpr
	effects []localEffect
	classes []classRef // releases locks of these classes, who knows which
	told    test       // whether its last result is as the effects with a When want it; cond -1: no such effect
}

// A localEffect is an effect on a lock that has a name in the caller.
type localEffect struct {
	does Change
	id   lockID
	take takeID // of Acquires
	// On which value of the call's condition it happens; both: always.
	onTrue, onFalse bool
}

// A classRef is a class as a summary names it.
type classRef struct {
	name, kind string
	shared     bool
}

// inert reports whether the call leaves all locks as they are.
func (s summaryStep) inert() bool { return len(s.effects)+len(s.classes) == 0 }

func (s summaryStep) run(sim *sim, w world) []world {
	sim.meet(s.call, w)
	for _, class := range s.classes {
		w = w.forgetNamed(sim.u, class)
	}
	if s.told.cond < 0 {
		return s.apply(sim, w, true)
	}
	yes := s.apply(sim, w.withTruth(s.told.cond, true), true)
	return append(yes, s.apply(sim, w.withTruth(s.told.cond, false), false)...)
}

// apply does to the locks what the call does if its condition is so.
func (s summaryStep) apply(sim *sim, w world, is bool) []world {
	worlds := []world{w}
	for _, e := range s.effects {
		if is && e.onTrue || !is && e.onFalse {
			worlds = sim.each(worlds, effectStep{s.call, e})
		}
	}
	return worlds
}

// An effectStep does one effect of a call.
type effectStep struct {
	call *ast.CallExpr
	localEffect
}

func (e effectStep) run(s *sim, w world) []world {
	switch e.does {
	case Acquires:
		return takeLock{e.call, e.take, e.id}.do(s, w)
	case Releases:
		if _, gone := s.u.escaped[e.id]; gone {
			return []world{w.unclear(e.id)}
		}
		return releaseLock{e.call, e.id}.run(s, w)
	case Drops:
		if now := w.lock(e.id); now.hold == free && !now.owed {
			s.releasedFree(e.call, e.id, w)
		}
		return []world{w}
	case Unclear:
		if w.lock(e.id).hold == untouched && !w.doubt {
			s.log.orphans[e.id] = true
		}
	}
	return []world{w.unclear(e.id)}
}

// summarised translates a call by what is known of its callee.
func (c *compiler) summarised(call *ast.CallExpr, effects []Effect, takes bool) step {
	s := summaryStep{call: call, told: test{cond: -1}}
	for _, e := range effects {
		at, ok := c.local(call, e.Ref)
		if !ok && e.Does == Acquires && e.Gives > 0 {
			at, ok = c.nameless(call, e), true
		}
		class := classRef{e.Class, e.Kind, e.Shared}
		switch {
		case ok:
			at.read = e.Read
			s.effects = append(s.effects, c.localEffect(&s, e, c.lock(at)))
		case e.Does != Acquires && e.Does != MayAcquire && !slices.Contains(s.classes, class):
			s.classes = append(s.classes, class)
		}
	}
	if s.inert() && !takes {
		return nil
	}
	c.routine.locks = c.routine.locks || !s.inert()
	return s
}

// localEffect translates one effect on a lock that has a name.
func (c *compiler) localEffect(s *summaryStep, e Effect, id lockID) localEffect {
	l := localEffect{does: e.Does, id: id, onTrue: true, onFalse: true}
	dropped, given := c.giver(s.call, e, id)
	if e.Does == Acquires && !given && c.returnsHolder(s.call) {
		l.does = MayAcquire
		return l
	}
	switch e.Does {
	case Acquires:
		l.take = c.take(s.call, takeSite{lock: id, op: Acquire, home: c.routine.fn, helper: true, given: given, dropped: dropped})
	case Releases:
		c.releases(c.unit.locks[id].class, id)
		c.helped = append(c.helped, LockCall{Call: s.call, Lock: c.unit.locks[id].Lock, Op: Release, Read: id.read()})
	}
	if e.When == Always {
		return l
	}
	if !c.tell(s, e.When) {
		l.does = Unclear
		return l
	}
	l.onTrue = e.When == WhenTrue || e.When == WhenNil
	l.onFalse = !l.onTrue
	return l
}

// returnsHolder reports whether a call returns something by which the lock could
// be released: a transaction, an unlock func. What is an error, a number or a
// text cannot.
func (c *compiler) returnsHolder(call *ast.CallExpr) bool {
	sig, ok := c.pkg.calledSignature(call)
	if !ok {
		return true
	}
	if c.followsSelf(call) {
		return false
	}
	for v := range sig.Results().Variables() {
		if !plainResult(v.Type()) {
			return true
		}
	}
	return false
}

// plainResult reports whether values of a type cannot release a lock: errors,
// numbers, texts.
func plainResult(t types.Type) bool {
	_, basic := t.Underlying().(*types.Basic)
	return basic || isError(t)
}

// tell gives a call the condition that its last result is true, or nil.
func (c *compiler) tell(s *summaryStep, when Outcome) (ok bool) {
	c.tries[s.call] = true
	if when == WhenTrue || when == WhenFalse {
		s.told, ok = c.condition(s.call)
		return ok
	}
	s.told, ok = c.isNil(s.call)
	return ok
}

// forgetNamed makes every held lock unclear that may be of the class.
func (w world) forgetNamed(u *unit, class classRef) world {
	for _, l := range w.locks {
		if l.hold == held && class.mayBe(u, u.locks[l.id].class) {
			w = w.unclear(l.id)
		}
	}
	return w
}

// mayBe reports whether locks of the two classes can be the same one.
func (c classRef) mayBe(u *unit, d lockClass) bool {
	if c.name == u.pkg.ClassOf(d.of) {
		return true
	}
	if !c.shared && !d.shared {
		return false
	}
	return c.kind == d.kind || c.kind == "Locker" || d.kind == "Locker"
}

// anyDeferred reports whether a deferred call is there that may release a lock.
func (u *unit) anyDeferred(w world) bool {
	return slices.ContainsFunc(w.defers, func(d deferral) bool {
		s, ok := u.deferSteps[d.stmt].(summaryStep)
		return !ok || !s.inert()
	})
}
