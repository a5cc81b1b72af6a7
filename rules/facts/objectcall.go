package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A function that gets an object as an interface calls methods of it. Where it is
// called, the text says which object that is: the methods that run are known there,
// however many types satisfy the interface.

// A givenCall is a call, in a declared function, of a method of one of its parameters.
type givenCall struct {
	method string
	steps  []givenStep // through the functions that pass the parameter on, to the call
}

// A givenStep is a call, in a function, that passes a parameter on, or is of its method.
type givenStep struct {
	fn    *types.Func
	param int
	call  *ast.CallExpr
}

type givenCallsKey struct{}

// givenCalls returns the calls of methods of the parameters of a function of the
// package, by itself or by those that it passes them on to.
func (p *Package) givenCalls(fn *types.Func, depth int) []givenCall {
	decl := p.declOf(fn)
	if decl == nil || decl.Body == nil || depth > maxPassed || !takesObjects(fn) {
		return nil
	}
	known := p.Keep(givenCallsKey{}, func() any { return make(map[*types.Func][]givenCall) }).(map[*types.Func][]givenCall)
	all, done := known[fn]
	if done {
		return all
	}
	known[fn] = nil // of those that call themselves
	p.inspectOwn(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			for _, given := range p.givenCallsAt(fn, call, depth) {
				all = keepShortest(all, given)
			}
		}
		_, starts := n.(*ast.GoStmt)
		return !starts
	})
	known[fn] = all
	return all
}

// keepShortest adds a call, unless there is one of the same method on a way as short: the
// ways multiply with each function in between.
func keepShortest(all []givenCall, given givenCall) []givenCall {
	for i, other := range all {
		if other.method == given.method && other.steps[0].param == given.steps[0].param {
			if len(given.steps) < len(other.steps) {
				all[i] = given
			}
			return all
		}
	}
	return append(all, given)
}

// takesObjects reports whether a function has a parameter of an interface type with methods.
func takesObjects(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		if hasMethods(v.Type()) {
			return true
		}
	}
	return false
}

func hasMethods(t types.Type) bool {
	if named, ok := types.Unalias(t).(*types.Named); ok && (isError(t) || named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context") {
		return false
	}
	iface, ok := t.Underlying().(*types.Interface)
	return ok && iface.NumMethods() > 0
}

// givenCallsAt returns what a call in a function calls of its parameters.
func (p *Package) givenCallsAt(fn *types.Func, call *ast.CallExpr, depth int) (all []givenCall) {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if i := p.paramOf(fn, sel.X); i >= 0 && hasMethods(fn.Signature().Params().At(i).Type()) {
			return []givenCall{{sel.Sel.Name, []givenStep{{fn, i, call}}}}
		}
	}
	if call.Ellipsis.IsValid() {
		return nil
	}
	for i, arg := range call.Args {
		param := p.paramOf(fn, arg)
		if param < 0 || !hasMethods(fn.Signature().Params().At(param).Type()) {
			continue
		}
		for _, given := range p.givenCalls(p.callee(call), depth+1) {
			if given.steps[0].param == i {
				all = append(all, givenCall{given.method, append([]givenStep{{fn, param, call}}, given.steps...)})
			}
		}
	}
	return all
}

// An objectSite is a call that gets an object of which its callee calls a method.
type objectSite struct {
	callSite // of the method; named is the same call, with the object as its receiver
	given    givenCall
}

// eachGiven visits the methods, with a body or a summary, of the objects that a call
// hands to a function of the package which calls them.
func (p *Package) eachGiven(call *ast.CallExpr, visit func(given givenCall, object ast.Expr, method *types.Func)) {
	if call.Ellipsis.IsValid() || !p.takesObject(call) {
		return
	}
	for _, given := range p.givenCalls(p.callee(call), 0) {
		if given.steps[0].param >= len(call.Args) {
			continue
		}
		object := call.Args[given.steps[0].param]
		if p.objectType(object) == nil {
			continue
		}
		found, _, _ := types.LookupFieldOrMethod(p.typeOf(object), true, p.Types, given.method)
		if m, ok := found.(*types.Func); ok && !isAbstract(m) {
			visit(given, object, m.Origin())
		}
	}
}

// givesObjects notes the methods with locks that a call runs of what it hands over.
func (s *scanner) givesObjects(call *ast.CallExpr) {
	s.pkg.eachGiven(call, func(given givenCall, object ast.Expr, m *types.Func) {
		n := s.pkg.graph().nodes[m]
		if (n == nil || !n.reaches) && (n != nil || s.pkg.Imports.summary(m) == nil) {
			return
		}
		site := objectSite{given: given}
		site.as = &ast.CallExpr{Fun: call.Fun, Lparen: call.Lparen, Args: call.Args, Rparen: call.Rparen}
		s.runs[site.as] = ran{fn: m, object: object}
		site.call, site.fns, site.home, site.always, site.decided = call, []*types.Func{m}, s.current(), s.always(), s.decided()
		if stmt, ok := s.parent().(*ast.GoStmt); ok {
			site.started = stmt.Call == call
		}
		s.objects = append(s.objects, site)
	})
}

// givesObject reports whether a call hands over an object whose methods take locks.
func (u *unit) givesObject(call *ast.CallExpr) bool {
	for i := range u.objects {
		if u.objects[i].call == call {
			return true
		}
	}
	return false
}

// objectTakes returns the locks that the method of an object takes, where the function
// that gets the object calls it; none if that, or the method, leaves a lock otherwise
// than it was.
func (u *unit) objectTakes(site *objectSite) (all []*takenLock) {
	m, fn := site.fns[0], site.given.steps[0].fn
	if u.pkg.leavesLocks(m) || u.pkg.leavesLocks(fn) {
		return nil
	}
	always, decided, sure := u.pkg.conditionsOfGiven(site.given)
	if !sure {
		return nil
	}
	for _, t := range u.pkg.calleeTakes(m) {
		if t.ref.Arg > 0 {
			continue // an argument of the call there
		}
		seen := *t
		seen.always = t.always && always
		if seen.asks = decided; t.asks != 0 {
			seen.asks |= byFlag
		}
		all = append(all, &seen)
	}
	return all
}

// chainedObjects returns the calls of a function that lead, through an object that they
// hand over, to a lock which it holds then.
func (u *unit) chainedObjects(log *record, again bool) (found []Relock) {
	for i := range u.objects {
		site := &u.objects[i]
		state := log.calls[site.call]
		if state == nil || !state.holds() || state.loose {
			continue
		}
		for _, t := range u.objectTakes(site) {
			if r, ok := u.waitsFor(&site.callSite, state, site.fns[0], t, again); ok {
				r.Chain = append(u.pkg.wayOf(site.given, site.fns[0]), r.Chain...)
				found = append(found, r)
			}
		}
	}
	return found
}

// wayOf returns the steps to the call of the method of an object.
func (p *Package) wayOf(given givenCall, m *types.Func) (hops []Hop) {
	for i, step := range given.steps {
		next := m
		if i+1 < len(given.steps) {
			next = given.steps[i+1].fn
		}
		hops = append(hops, Hop{Func: next.FullName(), At: p.position(step.call.Pos())})
	}
	return hops
}

// leavesLocks reports whether a function leaves locks otherwise than they were.
func (p *Package) leavesLocks(fn *types.Func) bool {
	effects, _, known := p.knownEffects(fn)
	return known && len(effects) > 0
}

// conditionsOfGiven says whether a function calls the method of what it gets in any
// case, and on what that hangs, in the terms of its parameters.
func (p *Package) conditionsOfGiven(given givenCall) (always bool, decided hangsOn, sure bool) {
	always = true
	for i, step := range slices.Backward(given.steps) {
		u := p.named(p.declOf(step.fn))
		info := u.vars[step.fn.Signature().Params().At(step.param)]
		at, known := u.reached[step.call]
		if !known || info == nil || !info.steady() {
			return false, 0, false
		}
		if i < len(given.steps)-1 {
			decided = u.passed(step.call, decided)
		}
		if !at.always && u.pkg.asksObject(step) {
			return false, 0, false
		}
		always, decided = always && at.always, decided|at.decided
	}
	return always, decided, true
}

// asksObject reports whether a function asks which object a parameter is: for its type, or
// whether it is some other.
func (p *Package) asksObject(step givenStep) (asks bool) {
	is := func(e ast.Expr) bool { return e != nil && p.paramOf(step.fn, e) == step.param }
	p.Inspect(p.declOf(step.fn).Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeAssertExpr:
			asks = asks || is(n.X)
		case *ast.BinaryExpr:
			asks = asks || is(n.X) && !p.IsNil(n.Y) || is(n.Y) && !p.IsNil(n.X)
		}
		return !asks
	})
	return asks
}

// A reaching says when a function comes to a call.
type reaching struct {
	always  bool
	decided hangsOn
}

// usesObject notes when a function comes to a call of a method of a parameter of its own,
// or to one that passes it on.
func (s *scanner) usesObject(call *ast.CallExpr) {
	if s.objectFn == nil || s.current() != s.root {
		return
	}
	if slices.ContainsFunc(operandsOf(call), func(e ast.Expr) bool { return s.pkg.paramOf(s.objectFn, e) >= 0 }) {
		s.reached[call] = reaching{s.always(), s.decided()}
	}
}
