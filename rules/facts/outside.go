package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// otherCall translates a call of a function that is not part of the unit: one
// of this package by its summary, any other by what it is given.
func (c *compiler) otherCall(call *ast.CallExpr) step {
	fn := c.pkg.implemented(c.pkg.callee(call))
	if r, ok := c.runs[call]; ok {
		return c.ranCall(call, r)
	}
	if effects, takes, known := c.pkg.knownEffects(fn); known {
		if c.mayGiveFunc(call, effects) {
			c.letGo(call)
		}
		return c.summarised(call, effects, takes || c.givesObject(call))
	}
	if c.pkg.IsType(call.Fun) || c.pkg.Info.Types[call.Fun].IsBuiltin() || c.pkg.calls(call, "sync", "NewCond") || c.pkg.isReadLocker(call) {
		return nil
	}
	return c.unknownCall(call)
}

// mayGiveFunc reports whether a call returns a func of which its summary says nothing:
// it may release, some time, a lock that the call gets.
func (c *compiler) mayGiveFunc(call *ast.CallExpr, effects []Effect) bool {
	if slices.ContainsFunc(effects, func(e Effect) bool { return e.Gives > 0 }) {
		return false
	}
	sig, ok := c.pkg.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return false
	}
	for result := range sig.Results().Variables() {
		if _, isFunc := result.Type().Underlying().(*types.Signature); isFunc {
			return true
		}
	}
	return false
}

// ranCall translates a call of a function that it does not name.
func (c *compiler) ranCall(call *ast.CallExpr, r ran) step {
	effects, takes, known := c.pkg.knownEffects(r.fn)
	if !known {
		return c.unknownCall(call)
	}
	if r.object != nil {
		c.letGo(call)
	}
	s := c.summarised(call, effects, takes)
	if s == nil || !r.may {
		return s
	}
	if r.once {
		c.releasedOnce(s)
	}
	return perhaps{s}
}

// releasedOnce gives up what a Once releases: which of its calls does, nobody knows.
func (c *compiler) releasedOnce(s step) {
	summary, ok := s.(summaryStep)
	if !ok {
		return
	}
	for _, e := range summary.effects {
		if e.does == Releases {
			c.escape(e.id, "a Once releases it")
		}
	}
}

// unknownCall translates a call of which only the operands are known. One that
// gets a lock may do anything with it, now or later; one that gets the owner of
// a lock may call the functions of this package that release such a lock.
func (c *compiler) unknownCall(call *ast.CallExpr) step {
	c.letGo(call)
	s := ownerStep{}
	for _, arg := range operandsOf(call) {
		t := c.pkg.TypeOf(arg)
		if at, ok := c.place(arg); ok && t != nil && !isLocker(t) {
			s.owners = append(s.owners, at.Lock)
		}
	}
	if len(s.owners) == 0 || len(c.pkg.lockFacts.released) == 0 {
		return nil
	}
	return s
}

// letGo gives up the locks that a call of who knows what gets.
func (c *compiler) letGo(call *ast.CallExpr) {
	for _, arg := range operandsOf(call) {
		t := c.pkg.TypeOf(arg)
		if t == nil || !isLocker(t) {
			continue
		}
		if at, ok := c.place(arg); ok {
			c.escapeBoth(at, "the mutex is passed to "+types.ExprString(call.Fun))
		}
	}
}

// operandsOf returns the receiver and the arguments of a call.
func operandsOf(call *ast.CallExpr) []ast.Expr {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return append([]ast.Expr{sel.X}, call.Args...)
	}
	return call.Args
}

// isLocker reports whether values of the type lead to a lock of package sync
// and nothing else.
func isLocker(t types.Type) bool {
	if !isSync(deref(t)) {
		return false
	}
	switch types.Unalias(deref(t)).(*types.Named).Obj().Name() {
	case "Mutex", "RWMutex", "Locker":
		return true
	}
	return false
}

// ownerStep is a call that gets places through which a lock can be reached.
type ownerStep struct{ owners []Lock }

func (o ownerStep) run(s *sim, w world) []world {
	for _, l := range w.locks {
		at := s.u.locks[l.id]
		if l.hold != held || !s.u.pkg.lockFacts.released[at.class.of] {
			continue
		}
		for _, owner := range o.owners {
			if at.within(place{Lock: owner}) {
				w = w.unclear(l.id)
			}
		}
	}
	return []world{w}
}

// started translates a go statement: what the goroutine releases may be
// released at any time. (Literals escape of themselves.)
func (c *compiler) started(stmt *ast.GoStmt) {
	switch s := c.callStep(stmt.Call).(type) {
	case runLiteral:
		c.emit(handToGo{stmt, s.lit})
	case summaryStep:
		for _, e := range s.effects {
			c.escape(e.id, "a goroutine releases it")
		}
	case callVariable:
		for _, value := range c.vars[s.v].values {
			switch e := ast.Unparen(orBlank(value)).(type) {
			case *ast.FuncLit:
				c.literals[e].fate = startedHere
			case *ast.SelectorExpr:
				if fn, ok := c.methodValue(e); ok {
					for _, id := range c.disturbs(fn) {
						c.escape(id, "a goroutine releases it")
					}
				}
			}
		}
	}
}

// loneReleases notes the classes of locks that a function releases and never
// takes. One that takes a lock without a class may have taken any.
func (p *Package) loneReleases(root ast.Node) {
	takes, releases := make(map[types.Object]bool), make(map[types.Object]bool)
	c := &unit{pkg: p}
	p.Inspect(root, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if m, ok := p.lockMethod(sel); ok && m.op == Release {
			releases[c.classOf(sel).of] = true
		} else if ok {
			takes[c.classOf(sel).of] = true
		}
		return true
	})
	for of := range releases {
		if of != nil && !takes[of] && !takes[nil] {
			p.lockFacts.released[of] = true
		}
	}
}
