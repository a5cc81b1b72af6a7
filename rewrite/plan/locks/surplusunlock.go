package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// SurplusUnlock takes out an unlock of a lock that is released already. Where
// the surplus one is deferred, the explicit ones go, if the deferred one does
// the same:
//
//	s.mu.Lock()                  s.mu.Lock()
//	defer s.mu.Unlock()          defer s.mu.Unlock()
//	n := len(s.items)    →       n := len(s.items)
//	s.mu.Unlock()
//	return n                     return n
//
// Else, and where one explicit unlock follows another, the one that finds the
// lock free goes. With it the program ended there (or released another's lock),
// so nothing can rely on what came after; without it the lock is as the other
// unlock left it. An explicit unlock goes only if nothing but a return of the
// same results stands behind it, since that runs with the lock held now. A
// deferred one goes only if no exit needs it, and that is unsafe where a panic
// may have. Of an unlock that is surplus on some paths only, the one before it
// goes if nothing stands between the two; else a return may be missing behind
// that one, and this refuses.
func SurplusUnlock(s *edit.Site) error {
	x, err := surplusOf(s)
	if err != nil {
		return err
	}
	if err := x.forOther(); err != nil {
		return err
	}
	if x.defr == nil {
		return x.dropExplicit()
	}
	kept := x.keepDeferred()
	if kept == nil {
		return nil
	}
	if !x.Must {
		return kept
	}
	return x.dropDeferred()
}

// A surplus is a release that finds its lock free.
type surplus struct {
	facts.BadRelease
	s    *edit.Site
	pkg  *facts.Package
	fn   ast.Node
	stmt ast.Stmt       // that makes the call
	defr *ast.DeferStmt // the same, if it is deferred
}

func surplusOf(s *edit.Site) (*surplus, error) {
	call, ok := s.BoundExpr("$call").(*ast.CallExpr)
	if !ok {
		return nil, errors.New("internal: the match names no call")
	}
	x := &surplus{s: s, pkg: s.Match.Pkg}
	path := s.PathTo(call)
	for _, around := range slices.Backward(path) {
		switch around := around.(type) {
		case *ast.ExprStmt:
			x.stmt = around
		case *ast.DeferStmt:
			x.stmt, x.defr = around, around
		case *ast.FuncDecl, *ast.FuncLit:
			x.fn = around
		}
		if x.fn != nil || x.stmt == nil {
			break
		}
	}
	if x.stmt == nil || x.fn == nil {
		return nil, errors.New("the unlock is not a statement of its own")
	}
	i := slices.IndexFunc(x.pkg.BadReleases(x.fn), func(b facts.BadRelease) bool { return b.Call == call })
	if i < 0 {
		return nil, errors.New("the unlock stands in a function literal: what is surplus depends on where that runs")
	}
	x.BadRelease = x.pkg.BadReleases(x.fn)[i]
	if x.Helper {
		return nil, errors.New("the call may do more than unlock")
	}
	if !slices.ContainsFunc(x.pkg.Acquisitions(x.fn), func(acq facts.Acquisition) bool { return acq.Lock == x.Lock }) {
		return nil, errors.New("the function takes the lock nowhere: one of the two may have been meant to")
	}
	return x, nil
}

func (x *surplus) line(n ast.Node) int { return x.pkg.Fset.Position(n.Pos()).Line }

// forOther: the unlock is not there for another lock, which the function takes and nothing
// releases, nor for the read lock of a caller, which ends nothing.
//
//	d.a.Lock()
//	d.b.Lock()
//	d.a.Unlock()
//	d.a.Unlock() // of d.b
func (x *surplus) forOther() error {
	if call := unreleased(x.pkg, x.fn, x.Lock); call != nil {
		return fmt.Errorf("nothing releases what line %d locks: that may be meant", x.line(call))
	}
	if !x.Read {
		return nil
	}
	sel := ast.Unparen(x.Call.Fun).(*ast.SelectorExpr)
	lock := lockObject(x.pkg, sel)
	if call := sharing.Of(x.pkg).CalledWith(x.fn, lock); call != nil {
		return fmt.Errorf("line %d calls this with the lock held: that may be what is released", x.line(call))
	}
	heldOutside(x.s, x.fn, lock, edit.Spelling(sel.X))
	return nil
}

// unreleased returns where a function takes a lock, other than one, that nothing in it releases.
func unreleased(pkg *facts.Package, fn ast.Node, but facts.Lock) *ast.CallExpr {
	for _, acq := range pkg.Acquisitions(fn) {
		if acq.Lock != but && acq.Op == facts.Acquire && len(acq.Releases)+len(acq.Deferred) == 0 && acq.Unknown == "" {
			return acq.Call
		}
	}
	return nil
}

// dropExplicit takes out the later of two explicit unlocks.
func (x *surplus) dropExplicit() error {
	if !x.Must {
		return x.dropEarlier()
	}
	x.noteUnknown()
	return x.drop(x.stmt)
}

// noteUnknown lowers the level where something runs behind the other unlock of which it is not
// known whether it takes the lock: the unlock is not surplus then.
//
//	s.mu.Unlock()
//	relock() // a parameter
//	s.mu.Unlock()
func (x *surplus) noteUnknown() {
	flow := x.pkg.Flow(x.fn)
	for _, acq := range x.pkg.Acquisitions(x.fn) {
		for _, release := range acq.Releases {
			at, ok := flow.At(release)
			if acq.Lock != x.Lock || release == x.Call || !ok {
				continue
			}
			h := &holding{Acquisition: acq, s: x.s, pkg: x.pkg}
			at.Index++
			for _, p := range h.heldPoints(at, func(n ast.Node) bool { return n == ast.Node(x.Call) || n == ast.Node(acq.Call) }) {
				n := p.Block.Nodes[p.Index]
				if because, yes := x.pkg.TouchesLock(n, x.Lock); yes && !edit.Within(n, release) && mayKeep(x.pkg, n) {
					x.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s: if that takes the lock, the unlock is not surplus", x.line(n), because))
				}
			}
		}
	}
}

// mayKeep reports whether a node calls what may return with a lock held: not a function of the
// standard library, whatever methods that calls.
func mayKeep(pkg *facts.Package, n ast.Node) bool {
	return anyIn(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		if tv := pkg.Info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
			return false
		}
		fn, ok := pkg.Callee(call).(*types.Func)
		return !ok || types.IsInterface(recvOf(fn)) || fn.Pkg() == nil || fn.Pkg() == pkg.Types || !edit.IsStandard(fn.Pkg().Path())
	})
}

// recvOf is the type that a method belongs to, an empty struct for a function.
func recvOf(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return types.NewStruct(nil, nil)
}

// drop takes out a statement, if something is left of its block.
func (x *surplus) drop(st ast.Stmt) error {
	if around.LeavesNothing(x.s, st) {
		return fmt.Errorf("without the unlock at line %d nothing would be left of its block", x.line(st))
	}
	x.s.Delete(x.s.Stmt(st))
	return nil
}

// dropEarlier takes out the unlocks after which control goes straight to the
// one that is surplus then.
func (x *surplus) dropEarlier() error {
	h, err := x.holding()
	if err != nil {
		return err
	}
	explicit := h.explicit()
	delete(explicit, x.Call)
	for release, stmt := range explicit {
		at, ok := h.pkg.Flow(x.fn).At(release)
		if !ok || stmt == nil {
			return fmt.Errorf("the unlock at line %d is not a statement of its own", h.line(release))
		}
		at.Index++
		comes, straight := x.follows(at)
		if comes && !straight {
			return fmt.Errorf("behind the unlock at line %d more than a way to the one at line %d follows: a return may be missing there", h.line(release), x.line(x.Call))
		}
		if !comes {
			delete(explicit, release)
		}
	}
	for _, stmt := range inOrder(explicit) {
		if err := x.drop(stmt); err != nil {
			return err
		}
	}
	return nil
}

// follows reports whether some path from a point comes to the surplus unlock,
// and whether all do with nothing on the way but jumps.
func (x *surplus) follows(from facts.Point) (comes, straight bool) {
	straight = true
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{from}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		met := false
		for _, n := range p.Block.Nodes[p.Index:] {
			if met = edit.Within(n, x.Call); met {
				comes = true
				break
			}
			_, jump := n.(*ast.BranchStmt)
			straight = straight && jump
		}
		if met {
			continue
		}
		straight = straight && p.Block.Exit == facts.Inside
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return comes, straight
}

// keepDeferred takes out the explicit unlocks, where the deferred one does the same.
func (x *surplus) keepDeferred() error {
	h, err := x.holding()
	if err != nil {
		return err
	}
	explicit := h.explicit()
	if len(explicit) == 0 {
		return errors.New("no explicit unlock releases what the deferred one should")
	}
	for release := range explicit {
		if _, all := h.pkg.Flow(h.Func).Precedes(x.defr, release); !all {
			return fmt.Errorf("on some way to the unlock at line %d none is deferred yet", h.line(release))
		}
	}
	for _, check := range []func() error{h.onceOnly, h.plainReleases, h.inNoLiteral, h.steadyThroughout, h.laterDefers, h.ways} {
		if err := check(); err != nil {
			return err
		}
	}
	for _, stmt := range inOrder(explicit) {
		x.s.Delete(x.s.Stmt(stmt))
	}
	return nil
}

// holding returns the one acquisition of the lock in the function, as released
// by the deferred call too.
func (x *surplus) holding() (*holding, error) {
	var own []facts.Acquisition
	for _, acq := range x.pkg.Acquisitions(x.fn) {
		if acq.Lock == x.Lock && acq.Read == x.Read {
			own = append(own, acq)
		}
	}
	if len(own) != 1 || own[0].Op != facts.Acquire {
		return nil, fmt.Errorf("the lock is taken at %d places of the function", len(own))
	}
	acq := own[0]
	if x.defr != nil {
		acq.Deferred = []*ast.DeferStmt{x.defr}
	}
	if !slices.Contains(acq.Releases, x.Call) {
		acq.Releases = append(slices.Clone(acq.Releases), x.Call)
	}
	return newHolding(x.s, acq)
}

// dropDeferred takes out the deferred unlock: no exit needs it. A panic that
// comes before the explicit unlock does.
func (x *surplus) dropDeferred() error {
	mu := ast.Unparen(x.Call.Fun).(*ast.SelectorExpr).X
	last := x.lastRelease()
	x.noteUnknown()
	for _, st := range around.BodyOf(x.fn).List {
		if st.Pos() < x.defr.Pos() || last != nil && st.Pos() >= last.Pos() {
			continue
		}
		if because, yes := x.pkg.CanPanic(st, mu); yes && st != x.stmt {
			x.s.Downgrade(rules.Unsafe, fmt.Sprintf("a panic from line %d on (it %s) then leaves the lock held", x.line(st), because))
			break
		}
	}
	return x.drop(x.stmt)
}

// lastRelease returns the last explicit unlock of the lock in the function, nil
// if there is none in its own statements.
func (x *surplus) lastRelease() (last ast.Node) {
	for _, acq := range x.pkg.Acquisitions(x.fn) {
		for _, release := range acq.Releases {
			if acq.Lock == x.Lock && release != x.Call && (last == nil || last.Pos() < release.Pos()) {
				last = release
			}
		}
	}
	return last
}
