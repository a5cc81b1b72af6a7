package facts

import (
	"cmp"
	"go/types"
	"slices"
)

// A Summary is what a call of one function does to locks, as its callers see
// it. It holds names only, no objects, so that it can be kept and handed to
// the packages that import this one.
type Summary struct {
	Func    string // as types.Func.FullName spells it: "(*net/http.Server).Close"
	Takes   []Take
	Effects []Effect
	Calls   []Invocation // of what it is given
}

// A Ref names a lock from outside the function that uses it.
type Ref struct {
	// Arg is the operand of a call that leads to the lock: 0 the receiver, i+1
	// the parameter i, or Global or Nowhere.
	Arg    int
	Global string // of Global: "net/http.DefaultServeMux"
	Path   string // the fields from there: ".mu"
	// Class is what all locks of this field or variable have in common:
	// "net/http.Server.mu", "net/http.mapMu". "" if nothing is known of it.
	Class  string
	Kind   string // name of the lock type: Mutex, RWMutex, Locker
	Shared bool   // a pointer or interface is stored there: other classes may hold the same lock
}

// Roots of a Ref that are no operand.
const (
	Global  = -1
	Nowhere = -2 // its name means nothing to callers: only the class is known
)

// A Take is a lock that is taken at some time during a call, by the function
// itself, by functions that it calls and calls that it defers. What goroutines
// take that it starts is not among them.
type Take struct {
	Ref
	Op   LockOp // Acquire or TryAcquire
	Read bool
	// Entry says that on some path the function has not released the lock
	// before: who calls it with the lock held may wait for himself. Always says
	// that this happens on every path.
	Entry, Always bool
	// Asks says on what it hangs that it happens, where that is not always: bit
	// i on the parameter i, the highest bit on a flag.
	Asks uint64
	// Dynamic says that the way there leads through an interface: another
	// implementation may be called.
	Dynamic bool
	At      Position // the call in this function
	Through string   // the function that is called there; "" if it is the lock's method
	Depth   int      // calls on the shortest way to the lock's method, 1 if Through is ""
}

// An Effect is how a call leaves a lock, seen from how it was.
type Effect struct {
	Ref
	Read bool
	Does Change
	When Outcome // what the last result is then; otherwise the lock is left as it was
	// Gives, of Acquires, is the number of the result, from 1, that is a func
	// which releases the lock; 0 if none is.
	Gives int
}

// A Change is what a call does to a lock between its start and its end.
type Change int

const (
	Unclear    Change = iota // it may release it, and may take it
	MayAcquire               // on some paths it takes it and returns with it held, and it never releases it
	Acquires                 // takes it and returns with it held
	Releases                 // releases what its caller holds
	Drops                    // releases what its caller holds, and takes it again
)

// An Outcome is what the last result of a call is: the boolean by which a
// function tells that it got a lock, the error for which it gave it back.
type Outcome int

const (
	Always Outcome = iota // whatever it is
	WhenTrue
	WhenFalse
	WhenNil
	WhenNotNil
)

// A Position is a place in a file, good in every process.
type Position struct {
	File         string // absolute
	Line, Column int    // from 1, in bytes
}

// Summary returns what calling fn does to locks. It answers for functions of
// this package and of those whose facts were handed over as Imports; nil if the
// call does nothing to a lock, or nothing is known of it.
func (p *Package) Summary(fn *types.Func) *Summary {
	fn = fn.Origin()
	if fn.Pkg() != p.Types {
		return p.Imports.summary(fn)
	}
	node := p.graph().nodes[fn]
	if node == nil {
		return nil
	}
	s := &Summary{Func: fn.FullName()}
	for _, t := range p.takesOf(node) {
		s.Takes = append(s.Takes, t.public(p))
	}
	if own := p.effectsOf(fn); own != nil {
		s.Effects = own.effects
	}
	s.Calls = p.callsBack(node)
	if len(s.Takes)+len(s.Effects)+len(s.Calls) == 0 {
		return nil
	}
	return s
}

// Compare orders refs, the nameable ones first.
func (r Ref) compare(o Ref) int {
	return cmp.Or(
		cmp.Compare(o.Arg, r.Arg),
		cmp.Compare(r.Global, o.Global),
		cmp.Compare(r.Path, o.Path),
		cmp.Compare(r.Class, o.Class),
		cmp.Compare(r.Kind, o.Kind))
}

// netEffects is what the simulation found out about a function's locks.
type netEffects struct{ effects []Effect }

// effectsOf returns what is known of the net effects of a function of this
// package; nil if there are none. While a circle of calls is looked at, it is
// what was found so far.
func (p *Package) effectsOf(fn *types.Func) *netEffects {
	p.locks()
	return p.lockFacts.effects[fn]
}

// summarise finds the net effects of a function on locks of its callers.
func (u *unit) summarise(fn *types.Func, log *record) *netEffects {
	s := &netEffects{}
	for i := range u.locks {
		id := lockID(i)
		does, when, any := u.change(id, log)
		if !any {
			continue
		}
		ref := u.refFrom(fn, u.locks[id])
		e := Effect{Ref: ref, Read: id.read(), Does: does, When: when}
		if does == Acquires {
			e.Gives = u.gives(id, log)
			e.When = u.askedFor(e, log)
		}
		if ref.Arg == Nowhere && does != MayAcquire && e.Gives == 0 {
			e.Does, e.When = Unclear, Always
		}
		s.effects = append(s.effects, e)
	}
	if len(s.effects) == 0 {
		return nil
	}
	slices.SortFunc(s.effects, func(a, b Effect) int {
		return cmp.Or(a.compare(b.Ref), cmp.Compare(bit(a.Read), bit(b.Read)), cmp.Compare(a.Does, b.Does), cmp.Compare(a.When, b.When))
	})
	s.effects = slices.Compact(s.effects)
	return s
}

// refFrom says how callers of fn name a place; fn is nil for a function that
// has no callers by name.
func (u *unit) refFrom(fn *types.Func, at place) Ref {
	r := Ref{
		Arg: Nowhere, Path: at.Path, Kind: at.class.kind, Shared: at.class.shared,
		Class: u.pkg.ClassOf(at.class.of),
	}
	if len(at.deps) != 1 || fn == nil || !u.steady(at) {
		r.Path = ""
		return r // an index variable of its own, or a name that changes its meaning
	}
	if isGlobal(at.Root) {
		r.Arg, r.Global = Global, at.Root.Pkg().Path()+"."+at.Root.Name()
		return r
	}
	sig := fn.Signature()
	if recv := sig.Recv(); recv != nil && at.Root == recv {
		r.Arg = 0
		return r
	}
	for i := range sig.Params().Len() {
		if at.Root == sig.Params().At(i) && !(sig.Variadic() && i == sig.Params().Len()-1) {
			r.Arg = i + 1
			return r
		}
	}
	r.Path = ""
	return r
}

func (n *netEffects) equal(o *netEffects) bool {
	if n == nil || o == nil {
		return n == o
	}
	return slices.Equal(n.effects, o.effects)
}

// blur makes nothing of the effects sure.
func (n *netEffects) blur() {
	if n == nil {
		return
	}
	for i := range n.effects {
		n.effects[i].Does, n.effects[i].When = Unclear, Always
	}
}

// change reports whether a lock is not, after a call, as it was before.
func (n *netEffects) change() bool {
	return n != nil && slices.ContainsFunc(n.effects, func(e Effect) bool { return e.Does != Drops })
}
