package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A TwoLocked is an access of a field under one lock of its struct, in conflict with one
// under another lock of it: neither keeps the other out.
type TwoLocked struct {
	*Access
	Lock  types.Object // held here
	With  *Access
	Other types.Object // held there
}

type twoLocksKey struct{}

// TwoLockedAt returns what is wrong with the access that an expression makes; of each field
// one access has it.
func (f *Facts) TwoLockedAt(e ast.Expr) (TwoLocked, bool) {
	all := f.pkg.Keep(twoLocksKey{}, func() any { return f.findTwoLocked() }).(map[ast.Expr]TwoLocked)
	found, ok := all[e]
	return found, ok
}

func (f *Facts) findTwoLocked() map[ast.Expr]TwoLocked {
	all := map[ast.Expr]TwoLocked{}
	for _, v := range f.vars {
		if !v.IsField() || f.locksBeside(v) < 2 {
			continue
		}
		if found, ok := f.twoLocked(v); ok {
			all[found.Expr] = found
		}
	}
	return all
}

// locksBeside returns how many locks the struct of a field has.
func (f *Facts) locksBeside(v *types.Var) (n int) {
	in := f.structOfField(v)
	if in == nil {
		return 0
	}
	st, ok := f.pkg.TypeOf(in).(*types.Struct)
	for i := 0; ok && i < st.NumFields(); i++ {
		if isMutex(st.Field(i).Type()) {
			n++
		}
	}
	return n
}

func isMutex(t types.Type) bool {
	return facts.TypeIs(t, "sync.Mutex", "sync.RWMutex", "*sync.Mutex", "*sync.RWMutex")
}

// twoLocked looks for two accesses of a field that all who use it use under some lock of
// its struct. The one is reported that has fewer like it, of two the later.
func (f *Facts) twoLocked(v *types.Var) (found TwoLocked, ok bool) {
	var all []*Access
	under := map[*Access]lockset{}
	held := map[types.Object]int{}
	for _, a := range f.accesses[v] {
		state, counts := f.counts(a)
		if !counts || f.early(a) {
			continue
		}
		locks := f.besides(v, state.locks)
		if !state.known && !f.entersBare(a) || state.mixed || len(locks) == 0 || f.excused(a) || f.confined(v) {
			return found, false // not everybody believes in a lock
		}
		all = append(all, a)
		under[a] = locks
		for lock := range locks {
			held[lock]++
		}
	}
	least := 0
	for _, a := range all {
		for _, b := range all {
			if !f.keepsNotOut(a, b, under) {
				continue
			}
			lock, other := first(under[a]), first(under[b])
			if n := held[lock]; held[lock] <= held[other] && (!ok || n <= least) {
				found, ok, least = TwoLocked{a, lock, b, other}, true, n
			}
		}
	}
	return found, ok
}

// entersBare reports whether a method that others call, and of which a comment says when,
// takes a lock for an access itself, and the package calls it with none.
//
//	// Leave must not be called after Shutdown.
func (f *Facts) entersBare(a *Access) bool {
	top := a.fn.outermost()
	decl, ok := top.node.(*ast.FuncDecl)
	here := f.pkg.LocksAt(a.fn.node, a.Expr)
	if !ok || top != a.fn || !top.public || here.Doubt || len(here.Held) == 0 || decl.Doc != nil && heldWords.MatchString(decl.Doc.Text()) {
		return false
	}
	return !slices.ContainsFunc(f.realSites(top), func(s site) bool {
		return s.in == nil || len(f.stateAt(s.in, s.call).locks) > 0 || !f.stateAt(s.in, s.call).known
	})
}

// heldWords are of comments that may speak of what a caller holds.
var heldWords = lazyregexp.New(`(?i)\b(` + lockWord + `|mutex\w*|\w*mu|held|hold\w*|concurren\w*|goroutine\w*|serial\w*|synchroni\w*)\b`)

// besides returns those of some locks that are fields of the struct of a field.
func (f *Facts) besides(v *types.Var, locks lockset) lockset {
	some := lockset{}
	for lock, write := range locks {
		if f.siblings(v, lock) {
			some[lock] = write
		}
	}
	return some
}

// keepsNotOut reports whether two accesses of different functions conflict, and hold no lock
// in common, each one of the object itself.
func (f *Facts) keepsNotOut(a, b *Access, under map[*Access]lockset) bool {
	if a.fn.outermost() == b.fn.outermost() || !conflicts(a, b) || len(under[a].both(under[b])) > 0 || len(f.stateAt(a.fn, a.Expr).locks.both(f.stateAt(b.fn, b.Expr).locks)) > 0 {
		return false
	}
	return !behindPointer(under[a]) && !behindPointer(under[b]) && !f.tells(a, b) && !f.tells(b, a) &&
		!f.oneGoroutine(a.fn, b.fn) && !f.keptApart(a, b) && !f.ordered(a, b) && f.entrusted(a) && f.entrusted(b) &&
		!f.mainAlone(a) && !f.mainAlone(b) && !a.fn.test && !b.fn.test
}

// behindPointer reports whether a set has a lock to which its field only points: that may be
// the other one.
func behindPointer(locks lockset) bool {
	for lock := range locks {
		if _, pointer := types.Unalias(lock.Type()).Underlying().(*types.Pointer); pointer {
			return true
		}
	}
	return false
}

// tells reports whether one access comes behind a wait, always, for what the function of the
// other closes, sends on or is done with: that may be over then.
func (f *Facts) tells(a, b *Access) bool {
	if f.behindGroup(b.fn, b.Expr) {
		return true
	}
	flow, gives := f.pkg.Flow(b.fn.node), f.allSignals(a.fn).gives
	for key, waits := range f.signalsOf(b.fn).waits {
		if len(gives[key]) > 0 && slices.ContainsFunc(waits, func(n ast.Node) bool { _, always := flow.Precedes(n, b.Expr); return always }) {
			return true
		}
	}
	return false
}

// first returns the lock of a set that the source declares first.
func first(locks lockset) (lock types.Object) {
	for l := range locks {
		if lock == nil || l.Pos() < lock.Pos() {
			lock = l
		}
	}
	return lock
}
