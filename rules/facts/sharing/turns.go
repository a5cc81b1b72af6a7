package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// takesTurns reports whether the goroutine of an access may be the only one at
// work when it comes there: it waits for a message before and sends one on
// afterwards, as those do that hand a turn from one to the next; it locks
// through an interface, of which nobody knows which lock it is; the access is
// made by a callback that others call, or by a subtest that is not parallel yet; or its test runs in a bubble, whose goroutines synctest.Wait puts in order.
func (f *Facts) takesTurns(a *Access) bool {
	lit := a.goroutine()
	if a.far != nil {
		return f.inBubble(a) || f.gated(a.fn, a.node()) // what waits on the way is left out
	}
	if lit == nil || a.keptFrom(lit) {
		return lit != nil || f.inBubble(a)
	}
	if f.gated(a.fn, a.Expr) || lit.beforeParallel(a) {
		return true
	}
	var waits, passes, foreign bool
	f.pkg.Inspect(lit.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW && n.Pos() < a.Expr.Pos()
		case *ast.SendStmt:
			passes = passes || n.Pos() > a.Expr.End()
		case *ast.DeferStmt:
			passes = passes || sends(n)
		case *ast.CallExpr:
			foreign = foreign || f.locksInterface(n)
		}
		return true
	})
	return waits && passes || foreign || f.inBubble(a)
}

// sends reports whether a send stands below a node.
func sends(n ast.Node) (does bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		_, ok := n.(*ast.SendStmt)
		does = does || ok
		return !does
	})
	return does
}

// gated reports whether a function comes to a node only past an operation on an
// atomic, or on a sync.Map, that lets one through: who tells them apart by its
// result is alone behind it.
func (f *Facts) gated(fn *function, at ast.Node) bool { return f.gatedBut(fn, at, nil) }

// gatedBut is gated, of other gates than one.
func (f *Facts) gatedBut(fn *function, at ast.Node, but *ast.CallExpr) bool {
	return slices.ContainsFunc(f.gates(fn), func(gate *ast.CallExpr) bool {
		if gate.Pos() >= at.Pos() || gate == but {
			return false
		}
		_, precedes := f.pkg.Flow(fn.node).Precedes(gate, at)
		return precedes && !f.opensBetween(fn, gate, at)
	})
}

// opensBetween reports whether a function sets the atomic of a gate back before it comes to a
// node: the next one is let through then.
func (f *Facts) opensBetween(fn *function, gate *ast.CallExpr, at ast.Node) (opens bool) {
	word := f.atomicOf(gate)
	if word == nil || !f.letsOne(gate) {
		return false
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if n.Pos() > gate.End() && n.End() < at.Pos() && strings.HasPrefix(calledMethod(n), "Store") && f.atomicOf(n) == word && f.setsBack(gate, n) {
				_, always := f.pkg.Flow(fn.node).Precedes(n, at)
				opens = opens || always
			}
		}
		return !opens
	})
	return opens
}

// pastGate reports whether an access comes behind a gate that is open again, and behind the
// last that its function does to an atomic.
func (f *Facts) pastGate(a *Access) bool {
	opened := slices.ContainsFunc(f.gates(a.fn), func(gate *ast.CallExpr) bool {
		return gate.End() < a.Expr.Pos() && f.opensBetween(a.fn, gate, a.Expr)
	})
	if !opened {
		return false
	}
	more := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && call.Pos() > a.Expr.Pos() {
			callee, isFunc := f.pkg.Callee(call).(*types.Func)
			more = more || isFunc && callee.Pkg() != nil && strings.HasSuffix("/"+callee.Pkg().Path(), "/atomic")
		}
		return !more
	})
	return !more
}

// setsBack reports whether a store gives an atomic the value with which a CompareAndSwap lets
// one through, so that the next one passes.
func (f *Facts) setsBack(gate, store *ast.CallExpr) bool {
	if !strings.HasPrefix(calledMethod(gate), "CompareAndSwap") || len(gate.Args) < 2 || len(store.Args) == 0 {
		return false
	}
	old := f.pkg.Info.Types[gate.Args[len(gate.Args)-2]].Value
	now := f.pkg.Info.Types[store.Args[len(store.Args)-1]].Value
	return old != nil && now != nil && old.ExactString() == now.ExactString()
}

// atomicOf returns the variable or field that an atomic operation is about.
func (f *Facts) atomicOf(call *ast.CallExpr) types.Object {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if f.pkg.Info.Selections[sel] != nil {
		return f.holder(sel.X)
	}
	if len(call.Args) == 0 {
		return nil
	}
	return f.holder(call.Args[0]) // atomic.StoreInt32(&x, 0)
}

// gates returns the calls in a function of which letsOne holds.
func (f *Facts) gates(fn *function) []*ast.CallExpr {
	if gates, ok := f.gatesOf[fn]; ok {
		return gates
	}
	var gates []*ast.CallExpr
	deaf := map[ast.Expr]bool{}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			if len(n.Lhs) == 2 && len(n.Rhs) == 1 && isBlank(n.Lhs[1]) {
				deaf[n.Rhs[0]] = true // v, _ := m.LoadOrStore(k, w): nobody is told apart
			}
		case *ast.SwitchStmt:
			if call, ok := n.Tag.(*ast.CallExpr); ok && f.tellsApart(call) {
				gates = append(gates, call)
			}
		case *ast.BinaryExpr:
			if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && n.Op == token.EQL && f.tellsApart(call) {
				gates = append(gates, call)
			}
		case *ast.CallExpr:
			if f.letsOne(n) && !deaf[n] || f.spins(n) {
				gates = append(gates, n)
			}
		}
		return true
	})
	if f.gatesOf == nil {
		f.gatesOf = map[*function][]*ast.CallExpr{}
	}
	f.gatesOf[fn] = gates
	return gates
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// letsOne reports whether a call is one of which one caller of many gets a result
// of its own.
func (f *Facts) letsOne(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" && fn.Pkg().Path() != "sync" {
		return false
	}
	name := fn.Name()
	return strings.HasPrefix(name, "CompareAndSwap") || strings.HasPrefix(name, "Swap") || name == "LoadOrStore" || name == "LoadAndDelete"
}

// tellsApart reports whether a call adds to an atomic: by what it returns, one of many is told
// apart.
//
//	switch atomic.AddInt32(&n, 1) { case 1: write() … }
func (f *Facts) tellsApart(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" && strings.HasPrefix(fn.Name(), "Add")
}

// spins reports whether a call is of a lock that the package has made itself: a function
// that tries to swap what it gets the address of, again and again.
//
//	func lock(l *int32) { for !atomic.CompareAndSwapInt32(l, 0, 1) { runtime.Gosched() } }
func (f *Facts) spins(call *ast.CallExpr) bool {
	decl := f.decls[originOf(f.pkg.Callee(call))]
	if decl == nil || len(call.Args) == 0 && decl.obj.Signature().Recv() == nil {
		return false
	}
	spins := false
	f.pkg.Inspect(decl.body(), func(n ast.Node) bool {
		loop, ok := n.(*ast.ForStmt)
		if ok && loop.Cond != nil {
			f.pkg.Inspect(loop.Cond, func(n ast.Node) bool {
				try, ok := n.(*ast.CallExpr)
				spins = spins || ok && f.letsOne(try)
				return !spins
			})
		}
		return !spins
	})
	return spins
}

// keptFrom reports whether a literal in a goroutine, which somebody keeps for
// later (t.Cleanup), makes the access: on which goroutine is for him to say.
func (a *Access) keptFrom(goroutine *function) bool {
	fn := a.fn
	for steps := 0; fn != nil && fn != goroutine && steps < deepest; steps++ {
		around, runs, _ := fn.out()
		if runs == later {
			return true
		}
		fn = around
	}
	return false
}

// locksInterface reports whether a call is of a Lock that is a method of an
// interface: sync.Locker, as in a sync.Cond.
func (f *Facts) locksInterface(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Lock" && sel.Sel.Name != "RLock" {
		return false
	}
	t := f.pkg.TypeOf(sel.X)
	return t != nil && types.IsInterface(t)
}

// inBubble reports whether the file of an access uses package synctest.
func (f *Facts) inBubble(a *Access) bool {
	for _, file := range f.pkg.Files {
		if a.Expr.Pos() < file.FileStart || file.FileEnd <= a.Expr.Pos() {
			continue
		}
		for _, spec := range file.Imports {
			if strings.HasSuffix(strings.Trim(spec.Path.Value, `"`), "/synctest") {
				return true
			}
		}
	}
	return false
}
