package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// CallsOutUnder returns a call of a function that is not seen (a callback, a
// method of an interface), or of one of the package that makes such a call, made while the lock is held
// somewhere in the package: what it calls may come back to a function that takes the lock.
func (f *Facts) CallsOutUnder(lock types.Object) (call *ast.CallExpr) {
	known := map[*ast.FuncDecl]bool{}
	f.callsUnder(lock, func(c *ast.CallExpr) bool {
		if f.runsUnseen(c, known) {
			call = c
		}
		return call == nil
	})
	return call
}

// runsUnseen reports whether a call runs what is not seen, maybe through functions of the package.
// known says of those that have been looked at.
func (f *Facts) runsUnseen(c *ast.CallExpr, known map[*ast.FuncDecl]bool) bool {
	if f.unseen(c) {
		return true
	}
	decl := f.pkg.Body(c)
	if decl == nil {
		return false
	}
	if out, asked := known[decl]; asked {
		return out
	}
	known[decl] = false
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			known[decl] = known[decl] || f.runsUnseen(n, known)
		}
		return !known[decl]
	})
	return known[decl]
}

// callsUnder visits the calls that the package makes with a lock held, until visit returns false.
func (f *Facts) callsUnder(lock types.Object, visit func(*ast.CallExpr) bool) {
	calls, known := f.underLock[lock]
	if !known {
		calls = f.findCallsUnder(lock)
		f.underLock[lock] = calls
	}
	for _, c := range calls {
		if !visit(c) {
			return
		}
	}
}

func (f *Facts) findCallsUnder(lock types.Object) (calls []*ast.CallExpr) {
	for _, fn := range f.order {
		if len(f.pkg.Acquisitions(fn.node)) == 0 && len(f.entryOf(fn).locks) == 0 {
			continue
		}
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			if _, literal := n.(*ast.FuncLit); literal {
				return false
			}
			if c, ok := n.(*ast.CallExpr); ok {
				if _, held := f.stateAt(fn, c).locks[lock]; held {
					calls = append(calls, c)
				}
			}
			return true
		})
	}
	return calls
}

// CalledUnder returns a call of a function of the package, maybe in a test, that is made while
// the lock is held: to take the lock there is to wait for oneself.
func (f *Facts) CalledUnder(decl ast.Node, lock types.Object) (call *ast.CallExpr) {
	f.callsUnder(lock, func(c *ast.CallExpr) bool {
		if f.runs(c, decl) {
			call = c
		}
		return call == nil
	})
	return call
}

// runs reports whether a call is of a function, or of something outside that calls it: json.Marshal
// calls MarshalJSON.
func (f *Facts) runs(c *ast.CallExpr, decl ast.Node) bool {
	if body := f.pkg.Body(c); body != nil && ast.Node(body) == decl {
		return true
	}
	fn, ok := decl.(*ast.FuncDecl)
	return ok && slices.ContainsFunc(f.pkg.ImplicitCalls(c), func(implicit facts.ImplicitCall) bool {
		return implicit.Method == f.pkg.Def(fn.Name)
	})
}

// WaitsUnder returns a place where the package waits for another goroutine, the network or a
// clock while the lock is held, and does not let go of it: whoever takes the lock waits as long.
func (f *Facts) WaitsUnder(lock types.Object) ast.Node {
	wait, known := f.waitsUnder[lock]
	if !known {
		wait = f.findWaitUnder(lock)
		f.waitsUnder[lock] = wait
	}
	return wait
}

func (f *Facts) findWaitUnder(lock types.Object) ast.Node {
	for _, fn := range f.order {
		if fn.test || len(f.pkg.Acquisitions(fn.node)) == 0 && len(f.entryOf(fn).locks) == 0 {
			continue
		}
		if loop := f.spinsUnder(fn, lock); loop != nil {
			return loop
		}
		for _, block := range f.pkg.Flow(fn.node).Blocks {
			for _, n := range block.Nodes {
				if !f.waitsIn(n) && !f.lingersIn(n) && !f.callsSpin(n) || f.letsGo(n, lock) {
					continue
				}
				if _, held := f.stateAt(fn, n).locks[lock]; held {
					return n
				}
			}
		}
	}
	return nil
}

// waitsOnCond reports whether a node calls the Wait of a sync.Cond.
func (f *Facts) waitsOnCond(n ast.Node) bool { return f.condWait(n) != nil }

func (f *Facts) condWait(n ast.Node) (wait *ast.CallExpr) {
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && wait == nil {
			if callee, isFunc := f.pkg.Callee(call).(*types.Func); isFunc && facts.IsFunc(callee, "(*sync.Cond).Wait") {
				wait = call
			}
		}
		return wait == nil
	})
	return wait
}

// letsGo reports whether a node waits on a sync.Cond that lets go of the lock meanwhile: it is
// not made with another one.
func (f *Facts) letsGo(n ast.Node, lock types.Object) bool {
	wait := f.condWait(n)
	if wait == nil {
		return false
	}
	sel, ok := ast.Unparen(wait.Fun).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	lockers := f.lockersOf(f.holder(sel.X))
	return len(lockers) == 0 || slices.ContainsFunc(lockers, func(mutex *types.Var) bool {
		return mutex == nil || !plainMutex(mutex.Type()) || types.Object(mutex.Origin()) == lock
	})
}

// lockersOf returns what the package makes a sync.Cond with, nil for what has no name.
func (f *Facts) lockersOf(cond types.Object) (lockers []*types.Var) {
	note := func(to, value ast.Expr) {
		if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && len(call.Args) == 1 && f.holder(to) == cond {
			if fn, ok := f.pkg.Callee(call).(*types.Func); ok && facts.IsFunc(fn, "sync.NewCond") {
				mutex, _ := f.holder(call.Args[0]).(*types.Var)
				lockers = append(lockers, mutex)
			}
		}
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i := range min(len(n.Lhs), len(n.Rhs)) {
					note(n.Lhs[i], n.Rhs[i])
				}
			case *ast.KeyValueExpr:
				note(n.Key, n.Value)
			case *ast.ValueSpec:
				for i := range min(len(n.Names), len(n.Values)) {
					note(n.Names[i], n.Values[i])
				}
			}
			return true
		})
	}
	return lockers
}

// unseen reports whether a call runs a function value or an interface's method
// of which nothing is known.
func (f *Facts) unseen(call *ast.CallExpr) bool {
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Var:
		return len(f.holders[callee]) == 0
	case *types.Func:
		recv := callee.Signature().Recv()
		return recv != nil && types.IsInterface(recv.Type()) && f.pkg.Model(call) == nil
	case nil: // s.hooks[i](), unless it is a conversion
		_, literal := ast.Unparen(call.Fun).(*ast.FuncLit)
		return !literal && !f.pkg.IsType(call.Fun)
	}
	return false
}

// CalledWith returns a call of a declared function, or of the one around a
// literal, that is made with a lock held, be it by who calls its caller.
func (f *Facts) CalledWith(fn ast.Node, lock types.Object) *ast.CallExpr {
	return f.calledWith(f.funcs[fn], lock, map[*function]bool{})
}

func (f *Facts) calledWith(called *function, lock types.Object, seen map[*function]bool) *ast.CallExpr {
	if called == nil || seen[called.outermost()] {
		return nil
	}
	seen[called.outermost()] = true
	for _, s := range called.outermost().sites {
		if s.in == nil || s.runs != inPlace {
			continue
		}
		if _, held := f.stateAt(s.in, s.call).locks[lock]; held || f.calledWith(s.in, lock, seen) != nil {
			return s.call
		}
	}
	return nil
}

func plainMutex(t types.Type) bool {
	return facts.TypeIs(t, "sync.Mutex", "sync.RWMutex")
}
