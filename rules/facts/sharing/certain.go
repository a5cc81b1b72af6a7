package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// certain reports whether nothing is known that may excuse an access without
// its guard: it is made by an exported method of the object itself, before that
// has waited for anybody or held the guard; or by a goroutine, which writes what
// other methods use under the lock.
func (f *Facts) certain(u Unguarded) bool {
	if u.Call != nil || u.From != nil {
		return !f.confined(u.Var) && !u.Guard.Thin
	}
	if u.Gone || f.polls(u.Access) {
		return true
	}
	if f.besideWorkers(u.Access, u.Guard) || f.recycled(u.fn.outermost(), u.Expr) {
		return false
	}
	if f.clearsUp(u) || f.makesAnew(u) {
		return false
	}
	if f.byHelper(u) || f.takenBehind(u.Access, u.Guard) && !u.Guard.Thin && !u.fn.once && !f.confined(u.Var) && !f.takenBefore(u) && !f.prepares(u.fn.outermost()) {
		return true
	}
	if f.writesReleased(u) || f.ReadsPast(u) || f.countsPast(u) {
		return true
	}
	if f.otherLockOfEntry(u) {
		return true
	}
	if u.Under || u.fn.once || f.confined(u.Var) || f.takenBefore(u) || u.Guard.Thin && !f.byMethod(u) {
		return false
	}
	if f.beforeStart(u.Access) || f.beforeStart(u.With) {
		return false
	}
	return f.byMethod(u) || f.byGoroutine(u) || f.byReader(u) || f.byFunction(u) || f.bySample(u)
}

// byFunction reports whether an exported function makes the access, of a variable of the
// package whose guard a comment names, and which nobody writes without: it takes no lock
// at all, and waits for nobody.
func (f *Facts) byFunction(u Unguarded) bool {
	fn := u.fn
	if u.Guard.Thin || !u.Guard.exact() || u.Var.Kind() != types.PackageVar || f.pkg.Types.Name() == "main" || !f.declaresGlobal(u.Var, u.Guard.Lock) {
		return false
	}
	return fn.public && fn.obj.Signature().Recv() == nil && !fn.byContract() && !testName.MatchString(fn.name()) && len(f.pkg.Acquisitions(fn.node)) == 0 && f.quiet(fn, u.Expr)
}

// testName is of functions that tests call, when nobody else does.
var testName = lazyregexp.New(`(?i)test|mock|fake`)

// writesReleased reports whether an exported method writes a variable behind a section
// of the very lock that guards it, which all other writers hold, and another exported
// method, that waits for nobody, looks at the variable under the lock: whatever the
// section has made sure of, that one can come at any time.
func (f *Facts) writesReleased(u Unguarded) bool {
	fn := u.fn
	if !u.Write || u.Under || u.Guard.Thin || fn.once || !fn.public || fn.obj.Signature().Recv() == nil || fn.byContract() || f.clearsUp(u) || f.confined(u.Var) || f.prepares(fn) {
		return false
	}
	if !f.ofReceiver(u) || f.oneSetter(u) || !f.takesHere(fn, u.Guard.Lock, func(at ast.Node) bool { return at.Pos() < u.Expr.Pos() }) {
		return false
	}
	for _, a := range slices.Concat(u.Guard.Without, u.Guard.Else) {
		if a.fn.outermost() != fn {
			return false
		}
	}
	return slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return b.fn != fn && b.fn.public && conflicts(u.Access, b) && !f.mayWait(b.fn) && !f.early(b) && !f.prepares(b.fn)
	})
}

// Changing reports whether the variable changes while it is in use: more than one
// function, setters and what prepares left out, writes it under the guard, or the
// access itself writes it, in a function that does not make or copy the object.
// What is set once, under the lock, needs none to be read.
func (f *Facts) Changing(u Unguarded) bool {
	if makesName.MatchString(u.fn.outermost().name()) {
		return false
	}
	writers := map[*function]bool{}
	for _, b := range u.Guard.Holding {
		top := b.fn.outermost()
		if b.Write && !f.prepares(top) && !setterName.MatchString(top.name()) {
			writers[top] = true
		}
	}
	return len(writers) > 1 || u.Write && len(writers) > 0
}

// makesName is of functions that read, copy or clean up what nobody else has.
var makesName = lazyregexp.New(`(?i)^(parse|copy|clone|cleanup|restore)|clone$`)

// thinly reports whether an access without the guard is worth a word where the
// evidence is thin: a read by an exported method that takes no lock at all,
// while methods that are no setters write under the only lock of the object, and that
// is not meant for one goroutine by all that it uses beside.
func (f *Facts) thinly(a *Access, g *Guard) bool {
	if f.againstItself(a, g) {
		return true
	}
	if a.Write || len(f.pkg.Acquisitions(a.fn.node)) > 0 || len(g.Without) > 2 || !f.onlyLock(g.Lock) || f.meantForOne(a, g.Lock) {
		return false
	}
	for _, b := range g.Holding {
		name := b.fn.outermost().name()
		ends := endName.MatchString(name) && !isFlag(a.Var)
		if b.Write && b.fn.outermost().public && !setterName.MatchString(name) && !ends && !f.early(b) && f.entrusted(b) {
			return f.byMethod(Unguarded{Access: a, Guard: g, With: b}) && !f.calledBehind(a.fn.outermost(), b.fn.outermost())
		}
	}
	return false
}

// calledBehind reports whether the package calls a method where it has called another one of the
// same object before, and nowhere else.
//
//	r.put(answer)
//	r.Tell()
func (f *Facts) calledBehind(method, other *function) bool {
	sites := f.realSites(method)
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		return s.in == nil || s.runs != inPlace || !slices.ContainsFunc(f.realSites(other), func(first site) bool {
			if first.in != s.in || first.runs != inPlace || calledOn(first.call) != calledOn(s.call) {
				return false
			}
			_, always := f.pkg.Flow(s.in.node).Precedes(first.call, s.call)
			return always
		})
	})
}

// calledOn returns the text of what a method is called on, the call itself for none.
func calledOn(call *ast.CallExpr) string {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return types.ExprString(sel.X)
	}
	return types.ExprString(call)
}

// isFlag reports whether a variable is true or false: what Close sets under the lock tells
// the others that it is over, so that they are still there.
func isFlag(v *types.Var) bool {
	basic, ok := v.Type().Underlying().(*types.Basic)
	return ok && basic.Kind() == types.Bool
}

// againstItself reports whether an exported method, the only function that uses a map,
// reads it before it takes the lock under which it writes: that lock keeps out nobody but
// other calls of this method, so that its author expects them.
//
//	func (p *Pool) Get(host string) *Client {
//		if c, ok := p.clients[host]; ok {
//			return c
//		}
//		p.mu.Lock()
//		defer p.mu.Unlock()
//		p.clients[host] = dial(host)
func (f *Facts) againstItself(a *Access, g *Guard) bool {
	method := a.fn.outermost()
	if a.Write || !isMap(a.Var.Type()) || !f.onlyLock(g.Lock) || !method.public || a.fn != method || method.obj.Signature().Recv() == nil || !f.ofReceiver(Unguarded{Access: a, Guard: g}) {
		return false
	}
	written := false
	for _, b := range slices.Concat(g.Holding, g.Without, g.Else) {
		if b.fn.outermost() != method {
			return false
		}
		written = written || b.Write && b.fn == method && f.heldHere(b, b.Expr, g.Lock) && f.before(method, a.Expr, b.Expr)
	}
	return written && f.quiet(method, a.Expr)
}

// onlyLock reports whether a lock is the only one of its struct.
func (f *Facts) onlyLock(lock types.Object) bool {
	mutex, ok := lock.(*types.Var)
	if !ok || !mutex.IsField() {
		return false
	}
	n := 0
	for v, decl := range f.fieldDecls() {
		if decl.in == f.structOfField(mutex) && synchronises(v.Type()) && (strings.HasSuffix(v.Type().String(), "sync.Mutex") || strings.HasSuffix(v.Type().String(), "sync.RWMutex")) {
			n++
		}
	}
	return n == 1
}

// byMethod reports whether an exported method makes the access, of a field of
// its receiver, that has waited for nobody yet.
func (f *Facts) byMethod(u Unguarded) bool {
	fn := u.fn
	if !fn.public || fn.obj.Signature().Recv() == nil || fn.byContract() || !f.quiet(fn, u.Expr) {
		return false
	}
	if !f.ofReceiver(u) {
		return false
	}
	return u.Write || !f.oneSetter(u)
}

// byHelper reports whether a method of the object that is no part of its interface
// makes the access, also under another lock: where the evidence is strong, that all
// others hold the guard, in at least three functions. Its callers are all seen, none of
// them holds the guard, and one never takes it.
func (f *Facts) byHelper(u Unguarded) bool {
	fn := u.fn
	if fn.obj == nil || fn.public || fn.valued || fn.once || u.Guard.Thin || !u.Guard.exact() || !f.ofReceiver(u) || fn.byContract() {
		return false
	}
	if f.takesHere(fn, u.Guard.Lock, func(ast.Node) bool { return true }) {
		return false // see takenBehind
	}
	if f.confined(u.Var) || f.takenBefore(u) || f.beforeStart(u.With) || !f.quiet(fn, u.Expr) || !f.onlyOneBare(u) || f.oneSetter(u) {
		return false
	}
	free := false
	for _, site := range f.realSites(fn) {
		if site.in == nil || site.runs == later || f.heldAtCall(site, u.Guard.Lock) {
			return false
		}
		free = free || !site.in.test && !f.prepares(site.in.outermost()) && !f.takesHere(site.in, u.Guard.Lock, func(ast.Node) bool { return true })
	}
	return free
}

// takenBehind reports whether the function of an access takes the guard right behind
// it, for the same variable: others can be at work, and the access is left out. A
// test around the Lock may be meant to be looked at again.
//
//	conns := make([]net.Conn, 0, len(s.conns))
//	s.mu.Lock()
//	for _, conn := range s.conns {
func (f *Facts) takenBehind(a *Access, g *Guard) bool {
	for _, taken := range f.pkg.Acquisitions(a.fn.node) {
		if classOf(taken.Lock) != g.Lock {
			continue
		}
		if taken.Call.Pos() < a.Expr.Pos() || f.inTestAround(a.fn, a.Expr, taken.Call) || !f.before(a.fn, a.Expr, taken.Call) || f.before(a.fn, taken.Call, a.Expr) {
			return false
		}
		return slices.ContainsFunc(g.Holding, func(b *Access) bool {
			return b.fn == a.fn && b.Expr.Pos() > taken.Call.End() && types.ExprString(b.Expr) == types.ExprString(a.Expr)
		})
	}
	return false
}

// inTestAround reports whether an access is part of the head of an if, or of a loop
// or switch around what takes the lock. A test that leaves the function, and that is not made
// again under the lock, decides.
func (f *Facts) inTestAround(fn *function, access, taken ast.Node) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			inHead := within(n.Cond, access) || n.Init != nil && within(n.Init, access)
			found = found || inHead && !f.decides(fn, n, taken)
		case *ast.ForStmt, *ast.SwitchStmt, *ast.RangeStmt:
			found = found || within(n, access) && within(n, taken)
		}
		return !found
	})
	return found
}

// decides reports whether a function leaves by a test before it takes a lock, and does not test
// the same again behind that.
//
//	if p.open >= p.most {
//		return errExhausted
//	}
//	conn := p.dial()
//	p.mu.Lock()
//	p.open++
func (f *Facts) decides(fn *function, test *ast.IfStmt, taken ast.Node) bool {
	if test.Else != nil || within(test, taken) || !f.leaves(test.Body) {
		return false
	}
	again := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		other, ok := n.(*ast.IfStmt)
		again = again || ok && other.Pos() > taken.End() && sameText(other.Cond, test.Cond)
		return !again
	})
	return !again
}

// heldAtCall reports whether a lock may be held at a call.
func (f *Facts) heldAtCall(s site, lock types.Object) bool {
	state := f.stateAt(s.in, s.call)
	_, held := state.locks[lock]
	return held || state.mixed
}

// onlyOneBare reports whether an access is in the one function that does without
// the guard, and at least three hold it; two, of a map that is written, since nobody
// means to do that.
func (f *Facts) onlyOneBare(u Unguarded) bool {
	if f.bareElsewhere(u) {
		return false
	}
	holders := map[*function]bool{}
	for _, a := range u.Guard.Holding {
		holders[a.fn.outermost()] = true
	}
	return len(holders) >= 3 || len(holders) == 2 && u.Write && isMap(u.Var.Type())
}

// clearsUp reports whether a method that ends an object writes a variable once it
// has ended others: whoever used that may be gone.
func (f *Facts) clearsUp(u Unguarded) bool {
	if !u.Write || !endName.MatchString(u.fn.outermost().name()) {
		return false
	}
	ended := false
	f.pkg.Inspect(u.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		ended = ended || ok && call.Pos() < u.Expr.Pos() && endName.MatchString(calledMethod(call))
		return !ended
	})
	return ended
}

// ofReceiver reports whether the guard belongs to the receiver of the function.
func (f *Facts) ofReceiver(u Unguarded) bool {
	owner, _ := f.GuardOwner(u)
	id, ok := owner.(*ast.Ident)
	return ok && u.fn.obj != nil && f.pkg.ObjectOf(id) == u.fn.obj.Signature().Recv()
}

// byContract reports whether a method is one that is called while an object is made or copied,
// or through interfaces whose users hold the lock (sort, heap).
func (fn *function) byContract() bool {
	return contractName.MatchString(fn.name()) || sortName.MatchString(fn.name()) && fn.ofSorted()
}

// ofSorted reports whether the receiver of a method has an order, as what is sorted or a heap has.
func (fn *function) ofSorted() bool {
	recv := fn.obj.Signature().Recv()
	if recv == nil {
		return false
	}
	less, _, _ := types.LookupFieldOrMethod(recv.Type(), true, fn.obj.Pkg(), "Less")
	_, method := less.(*types.Func)
	return method
}

var sortName = lazyregexp.New(`^(Len|Less|Swap|Push|Pop)$`)

var contractName = lazyregexp.New(`^(String|GoString|Format|Error|Copy.*|Clone.*|Deep.*|Merge.*|Unmarshal.*|Decode.*|Restore.*|With[A-Z].*|(Set|Use|Add|Register)[A-Z].*(Hook|Handler|Logger|Callback|Option|Config)s?)$`)

// oneSetter reports whether only functions that are named as setters write the
// variable under the lock: such are called before others are, mostly.
func (f *Facts) oneSetter(u Unguarded) bool {
	for _, b := range u.Guard.Holding {
		if b.Write && !setterName.MatchString(b.fn.outermost().name()) {
			return false
		}
	}
	return true
}

var setterName = lazyregexp.New(`^(Set|Use|With|Register|set|use|register)[A-Z]`)

// byGoroutine reports whether a goroutine of the package makes the access: a
// write, beside an exported method that uses the variable under the lock and
// waits for nobody.
func (f *Facts) byGoroutine(u Unguarded) bool {
	if !u.Write {
		return false
	}
	started := false
	for _, root := range f.rootsOf(u.fn) {
		if root.Outside() {
			return false
		}
		if _, isFunc := root.Start.(*ast.FuncDecl); !isFunc {
			started = true
		}
	}
	other := u.With.fn.outermost()
	return started && other.public && !f.early(u.With) && !f.mayWait(other) && !f.oneGoroutine(u.fn, u.With.fn)
}

// takenBefore reports whether the function of an access may have held the guard
// before, itself or in a function that it calls and that settles it: what it saw then may be why it
// needs no lock now.
func (f *Facts) takenBefore(u Unguarded) bool {
	found := false
	f.pkg.Inspect(u.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found || call.Pos() >= u.Expr.Pos() {
			return !found
		}
		if callee := f.decls[originOf(f.pkg.Callee(call))]; callee != nil {
			found = f.takes(callee, u.Guard.Lock, 2) && f.settles(callee, u)
		}
		return !found
	})
	return found || f.takesHere(u.fn, u.Guard.Lock, func(at ast.Node) bool { return at.Pos() < u.Expr.Pos() })
}

// takes reports whether a function takes a lock, itself or through so many calls.
func (f *Facts) takes(fn *function, lock types.Object, depth int) bool {
	if f.takesHere(fn, lock, func(ast.Node) bool { return true }) {
		return true
	}
	for _, c := range f.callsOf(fn.outermost()) {
		if depth > 0 && f.takes(c.callee, lock, depth-1) {
			return true
		}
	}
	return false
}

// settles reports whether a function, or one that it calls, accesses the variable
// too; or writes anything, before a read: a state in which the variable stays.
func (f *Facts) settles(fn *function, u Unguarded) bool {
	called := map[*function]bool{}
	f.reach(fn.outermost(), 2, called)
	for by := range called {
		for _, accesses := range f.accessesByPlace()[by] {
			if accesses[0].Var == u.Var || !u.Write && slices.ContainsFunc(accesses, func(a *Access) bool { return a.Write && a.Var.IsField() }) {
				return true
			}
		}
	}
	return false
}

func (f *Facts) takesHere(fn *function, lock types.Object, where func(ast.Node) bool) bool {
	for _, taken := range f.pkg.Acquisitions(fn.node) {
		if classOf(taken.Lock) == lock && where(taken.Call) {
			return true
		}
	}
	return false
}
