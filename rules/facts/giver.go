package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A function may return with a lock held, and with it a func value that releases
// it: s.mu.Unlock, a literal that does so on every way, or what it got itself
// from such a function. Its caller has the lock then until it calls that value.
// Such a value is followed through local variables, defer and return; where it
// goes elsewhere, nothing is said of the lock.

// A giving is one lock that the result of a call releases.
type giving struct {
	result int // of the call
	lock   lockID
}

// A resultUse says where the results of a call go that has a func among them.
type resultUse struct {
	by    ast.Node // the parent of the call, parentheses left out
	inner bool     // it stands in a literal
}

// useResults notes where the results of a call go.
func (s *scanner) useResults(call *ast.CallExpr) {
	if len(s.stack) == 0 || !givesFunc(s.pkg.TypeOf(call)) {
		return
	}
	s.resultUses[call] = resultUse{s.parent(), s.current() != s.root}
}

// givesFunc reports whether a value, or one of several, is a func without
// parameters and results.
func givesFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t := t.(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			if givesFunc(v.Type()) {
				return true
			}
		}
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	return ok && sig.Params().Len()+sig.Results().Len() == 0
}

// A resultFate is what becomes of one result of a call.
type resultFate int

const (
	resultKept      resultFate = iota // it goes where it is not followed
	resultDropped                     // nobody gets it
	resultCalled                      // called where it is returned: s.lock()()
	resultFollowed                    // a local variable gets it that is only called, or returned
	resultForwarded                   // returned to the caller
)

// resultFate says what becomes of the i-th result of a call, and which variable
// gets it.
func (u *unit) resultFate(call *ast.CallExpr, i int) (resultFate, *types.Var) {
	use := u.resultUses[call]
	switch by := use.by.(type) {
	case *ast.ExprStmt, *ast.DeferStmt, *ast.GoStmt:
		return resultDropped, nil
	case *ast.CallExpr:
		if ast.Unparen(by.Fun) == call {
			return resultCalled, nil
		}
	case *ast.ReturnStmt:
		if !use.inner {
			return resultForwarded, nil
		}
	case *ast.AssignStmt:
		if len(by.Rhs) == 1 && i < len(by.Lhs) {
			return u.targetFate(by.Lhs[i], len(by.Lhs))
		}
	case *ast.ValueSpec:
		if len(by.Values) == 1 && i < len(by.Names) {
			return u.targetFate(by.Names[i], len(by.Names))
		}
	}
	return resultKept, nil
}

// targetFate is the fate of a result that one of several targets gets. Where a
// call has several results, it may give no func: who asks for that is not followed.
func (u *unit) targetFate(target ast.Expr, targets int) (resultFate, *types.Var) {
	id, ok := ast.Unparen(target).(*ast.Ident)
	if !ok {
		return resultKept, nil
	}
	if id.Name == "_" {
		return resultDropped, nil
	}
	v, _ := u.pkg.ObjectOf(id).(*types.Var)
	if info := u.vars[v]; info == nil || info.escapes || info.addressed || info.compared && targets > 1 {
		return resultKept, nil
	}
	return resultFollowed, v
}

// giver translates the effect of a call that takes a lock and gives the func
// that releases it; ok is false where that is not followed.
func (c *compiler) giver(call *ast.CallExpr, e Effect, id lockID) (dropped, ok bool) {
	i := e.Gives - 1
	if i < 0 || e.Does != Acquires || c.holdsOtherwise(call, i) {
		return false, false
	}
	fate, v := c.resultFate(call, i)
	if fate == resultKept {
		return false, false
	}
	c.givings[call] = append(c.givings[call], giving{i, id})
	if v != nil {
		c.givenTo[v] = append(c.givenTo[v], c.given(call, id))
	}
	c.releases(c.unit.locks[id].class, id)
	return fate == resultDropped, true
}

// nameless is the place of a lock that has no name where a call takes it, but a
// func that releases it: each call has its own.
func (u *unit) nameless(call *ast.CallExpr, e Effect) place {
	if u.namelessOf[call] == nil {
		u.namelessOf[call] = types.NewVar(call.Pos(), u.pkg.Types, "the lock of "+types.ExprString(call), types.Typ[types.Invalid])
	}
	return place{
		Lock: Lock{Root: u.namelessOf[call]}, read: e.Read, nameless: true,
		typ: types.Typ[types.Invalid], class: lockClass{kind: e.Kind},
	}
}

// holdsOtherwise reports whether a call returns, beside its i-th result, something
// by which a lock could be released.
func (c *compiler) holdsOtherwise(call *ast.CallExpr, i int) bool {
	sig, ok := c.pkg.calledSignature(call)
	if !ok {
		return true
	}
	for j := range sig.Results().Len() {
		if j != i && !plainResult(sig.Results().At(j).Type()) {
			return true
		}
	}
	return false
}

// given is the func that a call returns, as a value.
func (u *unit) given(call *ast.CallExpr, id lockID) callable {
	return callable{method: lockMethod{op: Release, read: id.read()}, lock: id, from: call}
}

// givenBy returns the func that is the i-th result of a call, if it releases one lock.
func (u *unit) givenBy(call *ast.CallExpr, i int) (callable, bool) {
	var found callable
	n := 0
	for _, g := range u.givings[call] {
		if g.result == i {
			found = u.given(call, g.lock)
			n++
		}
	}
	return found, n == 1
}

// onlyGiven returns the variable that gets what releases a lock, and nothing else.
func (u *unit) onlyGiven(call *ast.CallExpr, id lockID) *types.Var {
	for _, g := range u.givings[call] {
		if _, v := u.resultFate(call, g.result); g.lock == id && u.vars[v].constant() {
			return v
		}
	}
	return nil
}

// givesAlways reports whether the one result of a call is a func that releases a lock.
func (u *unit) givesAlways(call *ast.CallExpr) bool {
	_, several := u.pkg.TypeOf(call).(*types.Tuple)
	return !several && len(u.givings[call]) > 0
}

// handsOver returns the result of an exit that releases a lock which is held
// there when it is called; -1 if there is none.
func (u *unit) handsOver(e exitRecord, fn ast.Node, id lockID) int {
	ret, ok := e.way.(*ast.ReturnStmt)
	if !ok || fn != u.root {
		return -1
	}
	results := ret.Results
	if len(results) == 0 {
		for _, name := range resultNames(fn) {
			results = append(results, name)
		}
	}
	if len(results) == 1 {
		if call, ok := ast.Unparen(results[0]).(*ast.CallExpr); ok {
			i := slices.IndexFunc(u.givings[call], func(g giving) bool { return g.lock == id })
			if i < 0 {
				return -1
			}
			return u.givings[call][i].result
		}
	}
	return slices.IndexFunc(results, func(r ast.Expr) bool {
		fn, ok := u.callable(e.world, r)
		return ok && u.releasesAlways(fn, id)
	})
}

// releasesAlways reports whether calling a function releases a lock, whatever
// way it takes.
func (u *unit) releasesAlways(fn callable, id lockID) bool {
	if fn.helper {
		return false
	}
	if fn.lit == nil {
		return fn.method.op == Release && fn.lock == id
	}
	r := u.routines[fn.lit]
	if r == nil || r.done == nil || r.done.gaveUp || len(r.done.exits) == 0 {
		return false
	}
	return !slices.ContainsFunc(r.done.exits, func(e exitRecord) bool { return changeAt(e.world.lock(id)) != Releases })
}

// gives returns the number, from 1, of the result that releases a lock with
// which all exits return that hold it; 0 if there is none.
func (u *unit) gives(id lockID, log *record) int {
	found := -1
	for _, e := range log.exits {
		if changeAt(e.world.lock(id)) != Acquires {
			continue
		}
		i := u.handsOver(e, log.routine.fn, id)
		if i < 0 || found >= 0 && found != i {
			return 0
		}
		found = i
	}
	return found + 1
}

// askedFor is when a func that releases a lock is given, as callers ask it: where
// they test an error that this function never returns, as those do who know it by
// an interface, the branch for an error has no lock.
func (u *unit) askedFor(e Effect, log *record) Outcome {
	fails := func(x exitRecord) bool { return u.result(x, log) != WhenNil }
	if e.Gives == 0 || e.When != Always || len(log.exits) == 0 || slices.ContainsFunc(log.exits, fails) {
		return e.When
	}
	return WhenNil
}
