package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// A LockState is what is known of the locks that a function has taken itself
// when it comes to a node.
type LockState struct {
	Held []Holding // those that it holds on every path
	// Doubt says that it may hold more: on some paths, because a callee or
	// another goroutine may have taken or released one, or because it releases
	// one, now or later, that it has not taken: it is called with a lock held,
	// or was handed one by the goroutine that started it.
	Doubt bool
}

// LocksAt returns the state of locks in which fn begins to evaluate at, a node
// of its own (not of a literal in it).
func (p *Package) LocksAt(fn, at ast.Node) LockState {
	u := p.locks().of[fn]
	kept := p.Keep(lockStatesKey{}, func() any { return &lockStates{map[ast.Node]bool{}, map[Point]LockState{}} }).(*lockStates)
	if p.obscure(fn, u, kept.obscure) {
		return LockState{Doubt: true}
	}
	if u == nil {
		return LockState{}
	}
	r := u.routines[fn]
	point, ok := r.flow.At(at)
	if !ok || r.done.gaveUp || len(r.done.orphans) > 0 {
		return LockState{Doubt: true}
	}
	state, known := kept.at[point]
	if !known {
		state = u.stateAt(r, point)
		kept.at[point] = state
	}
	return state
}

// lockStates are the answers that were given before.
type lockStates struct {
	obscure map[ast.Node]bool
	at      map[Point]LockState
}

type lockStatesKey struct{}

// obscure reports whether nothing can be said of the locks of a function.
func (p *Package) obscure(fn ast.Node, u *unit, known map[ast.Node]bool) bool {
	is, ok := known[fn]
	if !ok {
		is = p.foreignLocks(fn) || u == nil && p.callsLocker(fn)
		known[fn] = is
	}
	return is
}

func (u *unit) stateAt(r *routine, at Point) LockState {
	worlds := u.worldsAt(r, at)
	state := LockState{Doubt: len(worlds) == 0 || u.unclearIn(worlds)}
	for _, h := range u.holdings(worlds) {
		state.Doubt = state.Doubt || !h.Must
		if h.Must {
			state.Held = append(state.Held, h)
		}
	}
	return state
}

// unclearIn reports whether some world may hold a lock that holdings leaves out.
func (u *unit) unclearIn(worlds []world) bool {
	for _, w := range worlds {
		for _, l := range w.locks {
			if l.hold == unclear || l.owed || u.escaped[l.id] != "" && l.hold != free {
				return true
			}
		}
	}
	return false
}

// callsLocker reports whether a function that takes no lock itself calls one of
// this package that takes or releases one of its caller.
func (p *Package) callsLocker(fn ast.Node) bool {
	found := false
	p.Inspect(bodyOf(fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && !found {
			if callee := p.callee(call); p.declOf(callee) != nil {
				found = p.effectsOf(callee.Origin()) != nil
			}
		}
		return !found
	})
	return found
}

// foreignLocks reports whether a function, or a literal in it, calls a method
// that is named like one of a lock and is none of package sync, or a function of
// this package with such a name that does.
func (p *Package) foreignLocks(fn ast.Node) bool { return p.locksForeign(fn, 0) }

// namedLikeLock reports whether a name ends in the word lock: Unlock, rwlock, LOCK; of Block and
// Clock it is only the end.
func namedLikeLock(name string) bool {
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, "lock") {
		return false
	}
	word := strings.TrimSuffix(lower, "lock")
	return strings.HasSuffix(name, "Lock") || !strings.HasSuffix(word, "b") && !strings.HasSuffix(word, "c")
}

// isOwnLock reports whether a method that takes and releases no mutex for its caller is one of a
// pair that its package calls Lock and Unlock: that makes a lock of its own, of a word or a
// channel.
func (p *Package) isOwnLock(callee *types.Func) bool {
	if callee == nil || callee.Signature().Recv() == nil || p.effectsOf(callee.Origin()) != nil {
		return false
	}
	return slices.ContainsFunc([][2]string{{"Lock", "Unlock"}, {"RLock", "RUnlock"}}, func(pair [2]string) bool {
		return slices.Contains(pair[:], callee.Name()) && declaresMethods(callee, pair[:])
	})
}

// declaresMethods reports whether the package of a method declares some others of the same type.
func declaresMethods(of *types.Func, names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		obj, _, _ := types.LookupFieldOrMethod(of.Signature().Recv().Type(), true, of.Pkg(), name)
		_, isMethod := obj.(*types.Func)
		return !isMethod || obj.Pkg() != of.Pkg()
	})
}

// deepestHelper is through how many helpers a lock is looked for.
const deepestHelper = 3

func (p *Package) locksForeign(fn ast.Node, depth int) bool {
	found := false
	p.Inspect(bodyOf(fn), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !namedLikeLock(sel.Sel.Name) {
			return true
		}
		if _, known := p.lockMethod(sel); known {
			return true
		}
		helper := p.declOf(p.callee(call))
		found = helper == nil || p.isOwnLock(p.callee(call)) || depth < deepestHelper && helper.Body != nil && p.locksForeign(helper, depth+1)
		return !found
	})
	return found
}
