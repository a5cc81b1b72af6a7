package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// A summary is what a call of a function of this package may do to locks that
// its caller can name, or that may be the caller's.
type summary struct {
	effects []remoteEffect
}

// A remoteEffect is a net effect on a lock, named from outside the function.
type remoteEffect struct {
	netEffect
	// arg is the operand whose path leads to the lock: 0 for the receiver, i+1
	// for argument i, global for a variable of the package, nowhere if its name
	// means nothing outside.
	arg   int
	root  types.Object // of a global
	path  string
	read  bool
	class lockClass
}

const (
	global  = -1
	nowhere = -2
)

// summary returns what calling fn does; nil if it does nothing to a lock, or is
// declared elsewhere.
func (p *Package) summary(fn *types.Func) *summary {
	facts := p.lockFacts
	if s, ok := facts.summaries[fn]; ok {
		return s
	}
	facts.summaries[fn] = nil // in recursion: it does what its other calls do
	decl := p.declOf(fn)
	if decl == nil || decl.Body == nil || !p.touchesLock(decl) {
		return nil
	}
	u := p.unit(decl)
	r := u.routines[decl]
	if r == nil || r.done == nil {
		return nil // being simulated
	}
	s := u.summarise(fn, r.done)
	facts.summaries[fn] = s
	return s
}

// touchesLock reports whether a function uses a lock or calls one that does
// something to one. It spares the others a simulation.
func (p *Package) touchesLock(decl *ast.FuncDecl) bool {
	if p.lockFacts.of[decl] != nil || p.usesLock(decl.Body) {
		return true
	}
	found := false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !found {
			if callee := p.callee(call); p.declOf(callee) != nil {
				found = p.summary(callee) != nil
			}
		}
		return !found
	})
	return found
}

func (u *unit) summarise(fn *types.Func, log *record) *summary {
	s := &summary{}
	for i := range u.locks {
		id := lockID(i)
		net := log.net[id]
		if log.gaveUp || u.escaped[id] != "" {
			net = &netEffect{releases: true, leaves: true}
		}
		if net == nil || !net.releases && !net.leaves {
			continue
		}
		at := u.locks[id]
		e := remoteEffect{netEffect: *net, path: at.Path, read: id.read(), class: at.class}
		e.arg, e.root = u.seenFrom(fn, at)
		s.effects = append(s.effects, e)
	}
	if len(s.effects) == 0 {
		return nil
	}
	return s
}

// seenFrom says how a caller of fn names the root of a lock.
func (u *unit) seenFrom(fn *types.Func, at place) (int, types.Object) {
	if len(at.deps) != 1 {
		return nowhere, nil // an index variable of its own
	}
	sig := fn.Signature()
	if recv := sig.Recv(); recv != nil && at.Root == recv {
		return 0, nil
	}
	for i := range sig.Params().Len() {
		if at.Root == sig.Params().At(i) && !(sig.Variadic() && i == sig.Params().Len()-1) {
			return i + 1, nil
		}
	}
	if at.Root.Parent() == u.pkg.Types.Scope() {
		return global, at.Root
	}
	return nowhere, nil
}

// A summaryStep is a call of a function of this package that does something to
// a lock: on these of the caller it does it, or may do it.
type summaryStep struct {
	call    *ast.CallExpr
	effects []localEffect
	classes []lockClass // releases locks of these classes, who knows which
}

type localEffect struct {
	netEffect
	id lockID
}

func (s summaryStep) run(sim *sim, w world) []world {
	for _, class := range s.classes {
		w = w.forgetClass(sim.u, class, -1)
	}
	for _, e := range s.effects {
		if e.releases && w.lock(e.id).hold == untouched && !w.doubt {
			sim.log.orphans[e.id] = true
		}
		w = w.unclear(e.id)
	}
	return []world{w}
}

// summarised translates a call by the summary of its callee.
func (c *compiler) summarised(call *ast.CallExpr, sum *summary) step {
	s := summaryStep{call: call}
	for _, e := range sum.effects {
		at, ok := c.local(call, e)
		switch {
		case ok:
			s.effects = append(s.effects, localEffect{e.netEffect, c.lock(at)})
		case e.releases && !slices.Contains(s.classes, e.class):
			s.classes = append(s.classes, e.class)
		}
	}
	if len(s.effects)+len(s.classes) == 0 {
		return nil
	}
	return s
}

// local names a lock of a callee's summary in the caller's terms.
func (c *compiler) local(call *ast.CallExpr, e remoteEffect) (place, bool) {
	at, ok := place{}, false
	switch {
	case e.arg == nowhere:
		return at, false
	case e.arg == global:
		at, ok = rooted(e.root.(*types.Var)), true
	case e.arg == 0:
		if sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr); isSel {
			at, ok = c.receiver(sel)
		}
	case e.arg-1 < len(call.Args):
		at, ok = c.place(call.Args[e.arg-1])
	}
	at.Path += e.path
	at.class = e.class
	at.read = e.read
	return at, ok
}
