package facts

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
)

// A function may keep a lock on purpose: it locks, gives up on an error, and
// returns what it locked to a caller that releases it. This is told from a
// forgotten release by what the lost and the other exits return, and by whether
// anybody could release the lock later.

// handOver notes the classes of locks that functions of the unit release
// without having taken them.
func (u *unit) handOver() {
	handed := u.pkg.lockFacts.handed
	for _, r := range u.order {
		if lit, ok := r.fn.(*ast.FuncLit); ok && lit != u.root && !u.literals[lit].free() {
			continue // it runs as a part of the function around it
		}
		for id := range r.done.orphans {
			of := u.locks[id].class.of
			if lit, ok := r.fn.(*ast.FuncLit); ok && lit != u.root && u.literals[lit].fate == handedBack && u.releasesAlways(callable{lit: lit}, id) {
				continue // what the function took itself
			}
			if !slices.Contains(handed[of], u.root) {
				handed[of] = append(handed[of], u.root)
			}
		}
	}
}

// byContract reports whether an acquisition seems to be kept on purpose at an exit.
func (u *unit) byContract(id takeID, way ast.Node, log *record) bool {
	lock := u.takeOf[id].lock
	j := judge{unit: u, log: log, take: id, lock: lock, at: u.locks[lock], way: way}
	for _, e := range log.exits {
		if e.way != way && e.world.releasedOrNever(lock) && !slices.Contains(j.released, e.way) {
			j.released = append(j.released, e.way)
		}
	}
	if j.returnsOwner(way) && !slices.ContainsFunc(j.released, j.returnsOwner) {
		return true
	}
	if u.takeOf[id].given {
		return false
	}
	return u.releasable(j.at) && (j.toldByResult() || j.keptOnSuccess()) || j.keptByField() || u.leftForCaller(j.at.class.of) && !j.keptByFailure()
}

// releasedOrNever reports whether a lock is free, as far as is told apart.
func (w world) releasedOrNever(id lockID) bool {
	hold := w.lock(id).hold
	return hold == free || hold == loose
}

// A judge compares one exit that keeps a lock with those that do not.
type judge struct {
	*unit
	log      *record
	take     takeID
	lock     lockID
	at       place      // of the lock
	way      ast.Node   // the exit with the lock held
	released []ast.Node // the exits behind a release
}

// releasable reports whether some other function could release the lock after
// this one: one of the package does that with locks of this field, or the lock
// can be reached from outside.
func (u *unit) releasable(at place) bool {
	for _, root := range u.pkg.lockFacts.handed[at.class.of] {
		if root != u.root {
			return true
		}
	}
	if u.pkg.lockFacts.released[at.class.of] || at.class.of == nil {
		return true
	}
	if last := len(at.fields) - 1; last > 0 && isCondLocker(at.fields[last]) && u.pkg.privateConds() {
		return reachable(at)
	}
	return at.class.shared || reachable(at)
}

// reachable reports whether another package can get at a lock: the variable, or
// the type and the fields that lead to it, are exported.
func reachable(at place) bool {
	for _, f := range at.fields {
		if !f.Exported() {
			return false
		}
	}
	if len(at.fields) == 0 {
		return at.Root.Exported() && at.Root.Parent() == at.Root.Pkg().Scope()
	}
	named, ok := types.Unalias(deref(at.Root.Type())).(*types.Named)
	if !ok {
		return at.Root.Exported() || !isGlobal(at.Root)
	}
	return named.Obj().Exported()
}

// returnsOwner reports whether a return statement mentions the object that the
// lock belongs to.
func (j judge) returnsOwner(way ast.Node) bool {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	found := false
	for _, result := range ret.Results {
		j.unit.pkg.Inspect(result, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if _, called := n.(*ast.CallExpr); called || found {
				return false // what it returns is not what it gets
			}
			if at, named := j.place(e); ok && named {
				found = found || j.at.within(at)
				return false
			}
			return true
		})
	}
	return found
}

// toldByResult reports whether the exits differ in a constant boolean, so that
// the caller can tell whether the lock is held.
func (j judge) toldByResult() bool {
	kept, ok := j.constantResult(j.way)
	if !ok || len(j.released) == 0 {
		return false
	}
	for _, way := range j.released {
		if other, ok := j.constantResult(way); !ok || other == kept {
			return false
		}
	}
	return true
}

func (j judge) constantResult(way ast.Node) (value, ok bool) {
	ret, isReturn := way.(*ast.ReturnStmt)
	if !isReturn || len(ret.Results) == 0 {
		return false, false
	}
	v := j.pkg.Info.Types[ret.Results[len(ret.Results)-1]].Value
	if v == nil || v.Kind() != constant.Bool {
		return false, false
	}
	return constant.BoolVal(v), true
}

// keptOnSuccess reports whether the function keeps the lock where it succeeds:
// at its last exit, or at one that reports no failure while the others do.
func (j judge) keptOnSuccess() bool {
	if j.fails(j.way) && !j.withoutError() {
		return false
	}
	if j.last(j.way) {
		return true
	}
	return !slices.ContainsFunc(j.released, func(way ast.Node) bool { return j.last(way) || !j.fails(way) })
}

// withoutError reports whether the error returned is nil whenever the lock is
// held there.
func (j judge) withoutError() bool {
	ret, ok := j.way.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	t, ok := j.noError(ret, j.pkg.signature(j.log.routine.fn))
	if !ok {
		return false
	}
	for _, e := range j.log.exits {
		if e.way != j.way || !e.world.holds(j.lock, j.take) {
			continue
		}
		if none, known := j.known(e.world, t); !known || !none {
			return false
		}
	}
	return true
}

// last reports whether no normal exit stands behind this one.
func (j judge) last(way ast.Node) bool {
	for _, e := range j.log.exits {
		if wayPos(e.way) > wayPos(way) {
			return false
		}
	}
	return true
}

// fails reports whether an exit tells the caller of a failure: an error that is
// not nil, false, or nil where there is nothing else.
func (j judge) fails(way ast.Node) bool {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	tv := j.pkg.Info.Types[last]
	switch {
	case tv.IsNil():
		return tv.Type == nil || !isError(resultType(j.pkg.signature(j.log.routine.fn)))
	case tv.Value != nil && tv.Value.Kind() == constant.Bool:
		return !constant.BoolVal(tv.Value)
	}
	return isError(resultType(j.pkg.signature(j.log.routine.fn)))
}

func resultType(sig *types.Signature) types.Type {
	if sig == nil || sig.Results().Len() == 0 {
		return nil
	}
	return sig.Results().At(sig.Results().Len() - 1).Type()
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}
