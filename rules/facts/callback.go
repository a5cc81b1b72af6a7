package facts

import (
	"go/ast"
	"go/types"
)

// A function that calls a function which it was given, with a lock held, is
// safe until somebody gives it one that takes the same lock.

// A CalledBack is a call whose callee calls back, with a lock held, a function
// that takes the same lock: the goroutine waits for itself.
type CalledBack struct {
	Call *ast.CallExpr // hands over the function
	// Taken is where that takes the lock, or calls what does: a call in the
	// literal that is handed over, or the argument that names the function.
	Taken   ast.Node
	Lock    Lock     // as the function around the call names it
	Held    Position // of the call that takes the lock in the callee, or further down
	Invoked Position // of the call of the function with the lock held
	Kept    bool     // the callee keeps the function, and it is called later
	// Writer is a call that locks the same field to write, where both only read-lock it: if it
	// comes between the two, all wait.
	Writer Position
}

// Rereads reports whether the function read-locks what its caller has read-locked.
func (c CalledBack) Rereads() bool { return c.Writer != Position{} }

// An Invocation is a call of a parameter, or of a method of the object that it is: by
// its function, or later by one that finds it where that has put it.
type Invocation struct {
	Param  int    // from 0
	Method string // of the object; "" for a func
	Kept   bool   // it happens later
	At     Position
	Held   []HeldRef
}

// A HeldRef is a lock that is held then, whenever it happens.
type HeldRef struct {
	Ref  Ref
	Read bool
	By   Position // the call that takes it
}

// CalledBack returns what a call's callee calls back with a lock held that it
// takes; ok is false where there is none, or nothing is sure.
func (p *Package) CalledBack(call *ast.CallExpr) (CalledBack, bool) {
	if p.lockFacts == nil || p.lockFacts.calledBack == nil {
		facts := p.locks()
		facts.calledBack = make(map[*ast.CallExpr]CalledBack)
		p.closeTakes()
		for fn, u := range facts.of {
			if fn == u.root {
				u.calledBack(facts.calledBack)
				u.calledUnder(facts.calledBack)
				u.iterations(facts.calledBack)
			}
		}
		for _, n := range p.callGraph.nodes {
			if facts.of[n.decl] == nil && n.reaches {
				p.named(n.decl).calledBack(facts.calledBack)
				p.named(n.decl).iterations(facts.calledBack)
			}
		}
	}
	found, ok := p.lockFacts.calledBack[call]
	return found, ok
}

// calledBack collects the calls of a unit.
func (u *unit) calledBack(all map[*ast.CallExpr]CalledBack) {
	for i := range u.sites {
		site := &u.sites[i]
		if site.method != nil || site.dynamic || len(site.fns) != 1 || site.started {
			continue
		}
		for _, back := range u.pkg.invocationsOf(site.fns[0]) {
			if back.Param >= len(site.call.Args) || site.call.Ellipsis.IsValid() {
				continue
			}
			if found, ok := u.meets(site.call, back); ok {
				all[site.call] = found
				break
			}
		}
	}
}

// meets looks for a lock, of those held when a function is called back, that
// the argument takes.
func (u *unit) meets(call *ast.CallExpr, back Invocation) (CalledBack, bool) {
	for _, held := range back.Held {
		lock, ok := u.lockOf(call, held.Ref)
		if !ok || !u.steady(u.operand(call, held.Ref).at) {
			continue
		}
		taken, writer := u.takenAgain(held.Ref.Class, held.Read, func(read bool) ast.Node {
			return u.argumentTakes(call.Args[back.Param], back, lock, read)
		})
		if taken != nil {
			return CalledBack{Call: call, Taken: taken, Lock: lock, Held: held.By, Invoked: back.At, Kept: back.Kept, Writer: writer}, true
		}
	}
	return CalledBack{}, false
}

// takenAgain returns where a lock of a class that is held is taken so that it waits: for who holds
// it, or, of two read locks, for a writer that comes between them, if there is one.
func (u *unit) takenAgain(class string, read bool, takes func(read bool) ast.Node) (taken ast.Node, writer Position) {
	if taken = takes(read); taken != nil || !read {
		return taken, writer
	}
	writer, ok := u.pkg.writer(class)
	if !ok || u.testsAlone(class) {
		return nil, Position{}
	}
	return takes(false), writer
}

// argumentTakes returns where what a call hands over takes a lock.
func (u *unit) argumentTakes(arg ast.Expr, back Invocation, lock Lock, read bool) ast.Node {
	if back.Kept {
		return deposit{unit: u, value: arg}.takes(back.Method, lock, read)
	}
	return u.takenBy(arg, lock, read)
}

// takenBy returns where a function value takes a lock that its caller holds;
// nil if it is not sure to.
func (u *unit) takenBy(fn ast.Expr, lock Lock, read bool) ast.Node {
	switch fn := ast.Unparen(fn).(type) {
	case *ast.FuncLit:
		return u.takenIn(fn, lock, read)
	case *ast.Ident, *ast.SelectorExpr:
		if u.takenAsValue(fn, lock, read) {
			return fn
		}
	case *ast.CallExpr:
		return u.madeTakes(fn, 0, lock, read)
	}
	return nil
}

// takenIn looks into a literal. A lock that it has released itself is not the
// one that its caller holds.
func (u *unit) takenIn(lit *ast.FuncLit, lock Lock, read bool) ast.Node {
	for i := range u.sites {
		site := &u.sites[i]
		if site.home != lit || site.started || site.dynamic {
			continue
		}
		if m := site.method; m != nil {
			sel := ast.Unparen(site.call.Fun).(*ast.SelectorExpr)
			at, ok := u.receiver(sel)
			if ok && m.op == Acquire && at.Lock == lock && !(read && m.read) && !u.left(site, lock) {
				return site.call
			}
			continue
		}
		if u.calleesTake(site, lock, read) && !u.left(site, lock) {
			return site.call
		}
	}
	return u.calledMade(lit, lock, read)
}

// blocks reports whether a take waits for whoever holds the lock already.
func (p *Package) blocks(t *takenLock, read bool) bool {
	return t.op == Acquire && t.entry && t.always && !t.dynamic && !p.mayBeShared(t.ref) && !(read && t.read)
}

// mayBlock is the same for one call of many, of which each passes what it likes: what hangs
// on the arguments alone happens for some.
func (p *Package) mayBlock(t *takenLock, read bool) bool {
	sure := *t
	sure.always = t.always || t.asks != 0 && t.asks&byFlag == 0
	return p.blocks(&sure, read)
}

// left reports whether a literal may have released a lock before a call in it.
func (u *unit) left(site *callSite, lock Lock) bool {
	id, ok := u.lockIDs[lock]
	if !ok {
		return false
	}
	r := u.routines[site.home]
	if r == nil || r.done == nil {
		return false
	}
	state := r.done.calls[site.call]
	if state == nil {
		return true
	}
	_, every := state.untouched(id)
	return !every
}

// takenAsValue looks at a function that is handed over by its name, or a
// method value.
func (u *unit) takenAsValue(e ast.Expr, lock Lock, read bool) bool {
	id, ok := e.(*ast.Ident)
	sel, method := e.(*ast.SelectorExpr)
	if method {
		id, ok = sel.Sel, true
	}
	if !ok {
		return false
	}
	fn, ok := u.pkg.Use(id).(*types.Func)
	if !ok || isAbstract(fn) {
		return false
	}
	for _, t := range u.pkg.calleeTakes(fn.Origin()) {
		named := &ast.CallExpr{Fun: e} // as if it were called here
		own, ok := u.lockOf(named, t.ref)
		if ok && own == lock && u.pkg.blocks(t, read) && t.ref.Arg <= 0 {
			return true
		}
	}
	return false
}

// invocations returns the calls of parameters of a function of this package,
// by itself or by those that it passes them on to.
func (p *Package) invocations(fn *types.Func, above []*types.Func) []Invocation {
	n := p.callGraph.nodes[fn]
	if n == nil || len(above) > maxPassed || !takesFunc(fn) {
		return nil
	}
	if known, ok := p.lockFacts.invocations[fn]; ok {
		return known
	}
	u := p.named(n.decl)
	var all []Invocation
	p.inspectOwn(n.decl, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			all = append(all, u.invocationsAt(fn, call, append(above, fn))...)
		}
		_, aside := node.(*ast.GoStmt)
		return !aside // that goroutine holds nothing
	})
	if len(above) == 0 {
		p.lockFacts.invocations[fn] = all
	}
	return all
}

// maxPassed bounds through how many functions a parameter is followed.
const maxPassed = 3

func takesFunc(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		if _, ok := v.Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}

// invocationsAt returns what a call in fn invokes: the parameter that it calls,
// or those that it passes on.
func (u *unit) invocationsAt(fn *types.Func, call *ast.CallExpr, above []*types.Func) (all []Invocation) {
	if param := u.steadyParam(fn, call.Fun); param >= 0 {
		return []Invocation{{Param: param, At: u.pkg.position(call.Pos()), Held: u.heldAt(fn, call)}}
	}
	callee, ok := u.pkg.Callee(call).(*types.Func)
	if !ok || call.Ellipsis.IsValid() || isAbstract(callee) {
		return nil
	}
	for _, back := range u.pkg.invocations(callee.Origin(), above) {
		if back.Param >= len(call.Args) {
			continue
		}
		param := u.steadyParam(fn, call.Args[back.Param])
		if param < 0 {
			continue
		}
		held := u.heldAt(fn, call)
		for _, h := range back.Held {
			if ref, _, ok := u.rename(call, h.Ref); ok && ref.Arg != Nowhere {
				held = append(held, HeldRef{ref, h.Read, h.By})
			}
		}
		all = append(all, Invocation{Param: param, At: back.At, Held: held})
	}
	return all
}

// steadyParam returns the index of the parameter of fn that an expression
// names, -1 if it is none or is assigned.
func (u *unit) steadyParam(fn *types.Func, e ast.Expr) int {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return -1
	}
	params := fn.Signature().Params()
	for i := range params.Len() {
		v := params.At(i)
		if u.pkg.Use(id) == v && !(fn.Signature().Variadic() && i == params.Len()-1) {
			if info := u.vars[v]; info == nil || info.steady() {
				return i
			}
		}
	}
	return -1
}

// heldAt returns the locks that a function is sure to hold at a call.
func (u *unit) heldAt(fn *types.Func, call *ast.CallExpr) (held []HeldRef) {
	if u.routines[u.root] == nil {
		return nil
	}
	holdings, ok := u.pkg.Held(u.root, call)
	if !ok {
		return nil
	}
	for _, h := range holdings {
		id, ok := u.lockIDs[h.Lock]
		if !h.Must || !ok || u.dropped[id] {
			continue
		}
		if ref := u.refFrom(fn, u.locks[id]); ref.Arg != Nowhere {
			held = append(held, HeldRef{ref, h.Read, u.pkg.position(h.By[0].Pos())})
		}
	}
	return held
}
