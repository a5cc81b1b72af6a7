package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// An Acquisition is one call that takes a lock, and all that becomes of it in
// the function that makes the call.
type Acquisition struct {
	LockCall
	Func     ast.Node         // *ast.FuncDecl or *ast.FuncLit that it stands in
	Releases []*ast.CallExpr  // calls that release it on some path, in source order; those of deferred literals among them
	Deferred []*ast.DeferStmt // the defer statements that release it
	Lost     []Loss           // normal ways out on which it stays held although others release it, in source order
	Helper   bool             // the call is not of the lock's method, but of a function that takes it and returns
	// Given is the variable whose call releases the lock, where the call that
	// takes it returns a func for that, and the variable is nothing else; or nil.
	Given   *types.Var
	Unknown string // why no answer is given ("the mutex escapes to f"); empty: the answer stands
}

// A Loss is a way out of a function, or back to a Lock, with the lock held.
type Loss struct {
	// At is the *ast.ReturnStmt, the *ast.BranchStmt, the *ast.BlockStmt whose
	// closing brace ends the function or the turn of a loop, or the
	// *ast.CallExpr of a panic that the function recovers.
	At     ast.Node
	Relock *ast.CallExpr // the Lock that would wait for ever; nil where the function is left
	Must   bool          // held on every path that reaches At
}

// Acquisitions returns what becomes of the locks that fn itself (no literal in
// it) takes, in source order. fn is an *ast.FuncDecl or *ast.FuncLit.
func (p *Package) Acquisitions(fn ast.Node) []Acquisition {
	u := p.locks().of[fn]
	if u == nil {
		return nil
	}
	r := u.routines[fn]
	if r.acquisitions == nil {
		r.acquisitions = u.acquisitions(fn)
	}
	return slices.Clone(r.acquisitions)
}

func (u *unit) acquisitions(fn ast.Node) []Acquisition {
	found := []Acquisition{}
	for id, call := range u.takes {
		if u.takeOf[id].home == fn {
			found = append(found, u.acquisition(takeID(id), call))
		}
	}
	slices.SortFunc(found, func(a, b Acquisition) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	return found
}

func (u *unit) acquisition(id takeID, call *ast.CallExpr) Acquisition {
	site := u.takeOf[id]
	log := u.routines[site.home].done
	a := Acquisition{
		LockCall: LockCall{Call: call, Lock: u.locks[site.lock].Lock, Op: site.op, Read: site.lock.read()},
		Func:     site.home, Helper: site.helper,
	}
	if site.given {
		a.Given = u.onlyGiven(call, site.lock)
	}
	if r := log.releases[id]; r != nil {
		a.Releases = inSource(r.calls)
		a.Deferred = inSource(r.defers)
	}
	if a.Unknown = u.doubtful(id, log); a.Helper && a.Unknown == "" && u.freshObject(u.locks[site.lock]) {
		a.Unknown = "the object was made here"
	}
	if a.Unknown == "" && len(a.Releases) > 0 {
		a.Lost = u.losses(id, log)
	}
	return a
}

// doubtful says why nothing is said of an acquisition, "" if there is an answer.
func (u *unit) doubtful(id takeID, log *record) string {
	lock := u.takeOf[id].lock
	switch {
	case log.gaveUp:
		return "the function has too many cases"
	case u.escaped[lock] != "":
		return u.escaped[lock]
	case u.releasedAround(id):
		return "the function around it releases it"
	}
	return ""
}

// releasedAround reports whether an acquisition of a literal is released by a
// function around it, where that calls the literal.
func (u *unit) releasedAround(id takeID) bool {
	home := u.takeOf[id].home
	for _, r := range u.order {
		if r.fn == home || r.done.releases[id] == nil {
			continue
		}
		for call := range r.done.releases[id].calls {
			if call.Pos() < home.Pos() || call.Pos() >= home.End() {
				return true
			}
		}
	}
	return false
}

// inSource returns the nodes of a set in source order.
func inSource[N interface {
	comparable
	ast.Node
}](set map[N]bool) []N {
	var nodes []N
	for n := range set {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b N) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return nodes
}
