package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// readByCaller reports whether a method of the same object calls the function of
// an access while it holds a lock to read, that its own code has taken, and
// nobody calls that without it.
func (f *Facts) readByCaller(a *Access, class types.Object) bool {
	if a.fn.obj == nil || a.fn.public || a.fn.valued || a.fn.says() || a.fn.obj.Signature().Recv() == nil || len(f.pkg.Acquisitions(a.fn.node)) > 0 || f.obeys(a.fn) {
		return false
	}
	return slices.ContainsFunc(f.realSites(a.fn), func(s site) bool {
		if s.runs != inPlace || s.in == nil || s.in.obj == nil || !s.in.public && f.pkg.Types.Name() != "main" {
			return false // of a command no name says who calls it
		}
		return f.holdsOwn(s, class) && f.heldByOthers(a.Var, class, s.in)
	})
}

// heldByOthers reports whether a variable is accessed under a lock that another function has
// taken: else the lock is for something else, which the one function does meanwhile.
func (f *Facts) heldByOthers(v *types.Var, lock types.Object, taker *function) bool {
	return slices.ContainsFunc(f.accesses[v], func(b *Access) bool {
		state, counts := f.counts(b)
		if _, held := state.locks[lock]; !counts || !held {
			return false
		}
		return f.takenIn(b.fn, b.Expr, lock, taker, deepest)
	})
}

// readElsewhere reports whether another function takes a lock to read as well: who has it so is not
// alone.
func (f *Facts) readElsewhere(lock types.Object, but *function) bool {
	return slices.ContainsFunc(f.order, func(fn *function) bool {
		return fn.outermost() != but.outermost() && slices.ContainsFunc(f.pkg.Acquisitions(fn.node), func(taken facts.Acquisition) bool {
			return taken.Read && classOf(taken.Lock) == lock
		})
	})
}

// takenIn reports whether a function other than the one named has taken the lock that is held at
// a node: its own, or one that calls it, through so many calls.
func (f *Facts) takenIn(fn *function, at ast.Node, lock types.Object, but *function, depth int) bool {
	if _, own := f.lockset(f.pkg.LocksAt(fn.node, at).Held)[lock]; own {
		return fn.outermost() != but.outermost()
	}
	return depth > 0 && slices.ContainsFunc(f.realSites(fn), func(s site) bool {
		return s.in != nil && s.in != fn && f.takenIn(s.in, s.call, lock, but, depth-1)
	})
}

// readByOne returns the guard of an access that some callers of its function hold to
// read only, while all others hold it to write, as the function needs it. What an
// argument decides may be left to those.
func (f *Facts) readByOne(a *Access) (guard types.Object, by *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || len(f.pkg.Acquisitions(fn.node)) > 0 || f.asksParameter(fn) {
		return nil, nil
	}
	sites := f.realSites(fn)
	for _, s := range sites {
		class := f.readsOwn(s)
		if class != nil && f.guardsAt(class, a) && f.elseWritten(sites, class) {
			return class, s.call
		}
	}
	return nil, nil
}

// readAgainstWord returns the guard of an access whose function says that its caller holds a lock, and
// that a caller holds to read only: that is too little for who writes.
//
//	// drop wants s.mu held.
//	func (s *store) drop(k string) { delete(s.m, k) }
//	func (s *store) Get(k string)  { s.mu.RLock(); defer s.mu.RUnlock(); …; s.drop(k) }
func (f *Facts) readAgainstWord(a *Access) (guard types.Object, by *ast.CallExpr) {
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || !fn.says() || len(f.pkg.Acquisitions(fn.node)) > 0 || f.asksParameter(fn) {
		return nil, nil
	}
	for _, s := range f.realSites(fn) {
		class := f.readsOwn(s)
		if class != nil && f.siblings(a.Var, class) && f.heldByOthers(a.Var, class, s.in) {
			return class, s.call
		}
	}
	return nil, nil
}

// elseWritten reports whether all calls are made with a lock held, and one with it held to write.
func (f *Facts) elseWritten(sites []site, class types.Object) bool {
	written := false
	for _, s := range sites {
		if s.runs != inPlace || s.in == nil {
			return false
		}
		state := f.stateAt(s.in, s.call)
		write, held := state.locks[class]
		if !held || state.mixed {
			return false
		}
		written = written || write
	}
	return written
}

// readsOwn returns the one lock, of its receiver, that a method has taken itself to read
// where it calls another method of the receiver.
func (f *Facts) readsOwn(s site) types.Object {
	if s.in == nil || s.runs != inPlace {
		return nil
	}
	for class := range f.stateAt(s.in, s.call).locks {
		if len(f.stateAt(s.in, s.call).locks) == 1 && f.holdsOwn(s, class) {
			return class
		}
	}
	return nil
}

// holdsOwn reports whether a method holds a lock of its receiver to read, that it has taken
// itself, where it calls another method of the receiver.
func (f *Facts) holdsOwn(s site, class types.Object) bool {
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok || s.in.obj == nil || s.in.obj.Signature().Recv() == nil || !f.isVariable(sel.X, s.in.obj.Signature().Recv()) {
		return false
	}
	return slices.ContainsFunc(f.pkg.LocksAt(s.in.node, s.call).Held, func(h facts.Holding) bool { return h.Read && classOf(h.Lock) == class })
}

// asksParameter reports whether a test in a function depends on one of its parameters.
func (f *Facts) asksParameter(fn *function) (asks bool) {
	isParameter := func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := f.pkg.Use(id).(*types.Var)
		asks = asks || ok && v.Kind() == types.ParamVar
		return true
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			ast.Inspect(n.Cond, isParameter)
		case *ast.SwitchStmt:
			if n.Tag != nil {
				ast.Inspect(n.Tag, isParameter)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				ast.Inspect(e, isParameter)
			}
		}
		return !asks
	})
	return asks
}
