package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// lockFacts is what is known of the locks of a package. It covers the
// functions that call a lock's method, and those that these call; the others
// cost one walk.
type lockFacts struct {
	of          map[ast.Node]*unit // by function, literals too
	light       map[ast.Node]*unit // of functions that are not simulated, where names are asked for
	effects     map[*types.Func]*netEffects
	foreign     map[*types.Func][]*takenLock // of imported functions
	helpers     map[*ast.CallExpr][]LockCall // what calls of functions do to locks of the caller; made when first asked
	writers     map[string]Position          // by class: a call that takes it to write; made when first asked
	settled     bool                         // all functions are simulated
	closed      bool                         // the takes of the graph's nodes are known
	invocations map[*types.Func][]Invocation // of parameters
	calledBack  map[*ast.CallExpr]CalledBack // made when first asked
	released    map[types.Object]bool        // classes that some function releases and never takes
	lent        map[types.Object]bool        // classes whose locks somebody has the address of; made when first asked
	handed      map[types.Object][]ast.Node  // classes that callers hand over to be released, and the functions that do
}

// locks simulates the functions of the package, when first asked.
func (p *Package) locks() *lockFacts {
	if p.lockFacts != nil {
		return p.lockFacts
	}
	p.lockFacts = &lockFacts{
		of: make(map[ast.Node]*unit), light: make(map[ast.Node]*unit),
		effects: make(map[*types.Func]*netEffects), foreign: make(map[*types.Func][]*takenLock),
		invocations: make(map[*types.Func][]Invocation),
		released:    make(map[types.Object]bool), handed: make(map[types.Object][]ast.Node),
	}
	users := p.lockUsers()
	for _, root := range users {
		p.loneReleases(root)
	}
	for _, circle := range p.graph().circles {
		if circle[0].reaches {
			p.settleCircle(circle)
		}
	}
	for _, root := range users {
		p.unit(root)
	}
	for _, root := range users {
		p.unit(root).handOver()
	}
	p.lockFacts.settled = true
	return p.lockFacts
}

// settleCircle simulates the functions of a circle of calls that do something to
// a lock, or call one that leaves it otherwise. In a circle they begin with the
// belief that none of the others does, and run again where that was wrong.
func (p *Package) settleCircle(circle []*callNode) {
	facts := p.lockFacts
	dirty := make(map[*callNode]int) // how often it has yet to run
	for round := range maxRounds {
		again := false
		for _, n := range circle {
			if !p.mustSimulate(n) || round > 0 && dirty[n] == 0 {
				continue
			}
			dirty[n] = 0
			p.forget(n)
			u := p.unit(n.decl)
			now := u.summarise(n.fn, u.routines[n.decl].done)
			if now.equal(facts.effects[n.fn]) {
				continue
			}
			facts.effects[n.fn] = now
			for _, m := range circle {
				if slices.Contains(m.names, n) {
					dirty[m]++
					again = true
				}
			}
		}
		if !again {
			return
		}
	}
	for _, n := range circle { // it does not come to rest: nothing is sure
		facts.effects[n.fn].blur()
	}
}

// maxRounds bounds how often a function in a circle of calls is simulated.
const maxRounds = 4

// mustSimulate reports whether the states of a function's locks can differ from
// those at its start.
func (p *Package) mustSimulate(n *callNode) bool {
	if n.locks || n.changed {
		return true
	}
	for _, to := range n.names {
		if p.lockFacts.effects[to.fn].change() {
			return true
		}
	}
	return false
}

// forget drops the unit of a function.
func (p *Package) forget(n *callNode) {
	u := p.lockFacts.of[n.decl]
	if u == nil {
		return
	}
	delete(p.lockFacts.of, n.decl)
	for lit := range u.literals {
		delete(p.lockFacts.of, lit)
	}
}

// unit returns the simulated unit of a function. A function that is being
// simulated, and calls itself through others, sees a unit without records.
func (p *Package) unit(root ast.Node) *unit {
	if u := p.lockFacts.of[root]; u != nil {
		return u
	}
	u := newUnit(p, root)
	p.lockFacts.of[root] = u
	for lit := range u.literals {
		p.lockFacts.of[lit] = u
	}
	u.analyse()
	return u
}

// LockFunctions returns the functions and literals that take or release a lock
// themselves, in source order. The other questions about locks are worth asking
// of these only.
func (p *Package) LockFunctions() []ast.Node {
	var fns []ast.Node
	for fn, u := range p.locks().of {
		if r := u.routines[fn]; r != nil && r.locks {
			fns = append(fns, fn)
		}
	}
	slices.SortFunc(fns, func(a, b ast.Node) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return fns
}

// lockUsers returns the outermost functions that select a lock's method.
func (p *Package) lockUsers() []ast.Node {
	var users []ast.Node
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			users = append(users, p.lockUsersIn(decl)...)
		}
	}
	return users
}

func (p *Package) lockUsersIn(decl ast.Decl) []ast.Node {
	if fn, ok := decl.(*ast.FuncDecl); ok {
		if fn.Body != nil && p.usesLock(fn.Body) {
			return []ast.Node{fn}
		}
		return nil
	}
	var users []ast.Node
	p.Inspect(decl, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok && p.usesLock(lit.Body) {
			users = append(users, lit)
		}
		return !ok
	})
	return users
}

func (p *Package) usesLock(body ast.Node) bool {
	found := false
	p.Inspect(body, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && !found {
			_, found = p.lockMethod(sel)
		}
		return !found
	})
	return found
}

// analyse translates and simulates the functions of a unit, literals before
// the functions around them.
func (u *unit) analyse() {
	fns := []ast.Node{u.root}
	for lit := range u.literals {
		if lit != u.root {
			fns = append(fns, lit)
		}
	}
	slices.SortFunc(fns, func(a, b ast.Node) int { return cmp.Compare(a.Pos(), b.Pos()) })
	for _, fn := range fns {
		u.routine(fn)
	}
	u.findDecisive()
	for _, r := range u.order {
		r.settle(u)
	}
	for _, fn := range slices.Backward(fns) { // a literal begins after what is around it
		u.record(u.routines[fn])
		u.letEscape(u.routines[fn])
	}
}

// record returns what the simulation of a routine on its own has shown, and
// simulates it if a literal that is simulated before it calls it by its
// variable. It is nil while that simulation goes on: the routine calls itself.
func (u *unit) record(r *routine) *record {
	if !r.begun {
		r.begun = true
		r.done = u.simulate(r)
	}
	return r.done
}

// letEscape gives up the locks that a literal releases, if it may run at any
// time. One that takes them again is no harm to a caller that waits for it.
// Nothing is said of what is taken or released twice when others do that too.
func (u *unit) letEscape(r *routine) {
	lit, ok := r.fn.(*ast.FuncLit)
	if ok && u.literals[lit].given {
		for _, id := range u.disturbs(callable{lit: lit}) {
			u.escape(id, "a function literal releases it, perhaps")
		}
	}
	if !ok || !u.literals[lit].free() {
		return
	}
	info := u.literals[lit]
	for id, net := range r.done.net {
		u.dropped[id] = u.dropped[id] || net.leaves
	}
	for id := range r.done.orphans {
		if info.fate == handedBack && u.releasesAlways(callable{lit: lit}, id) {
			continue // the caller's to call
		}
		u.dropped[id] = true
		if info.fate == startedHere && !u.handsAlways(lit, id) {
			u.escape(id, "a goroutine releases it")
		}
	}
	for _, id := range u.disturbs(callable{lit: lit}) {
		if info.fate == handedBack && u.releasesAlways(callable{lit: lit}, id) || u.handsAlways(lit, id) {
			continue
		}
		u.escape(id, "a function literal releases it, who knows when")
	}
}

// free reports whether the literal runs on its own, not as a part of the
// function around it.
func (l *litInfo) free() bool {
	return l != nil && (l.fate == escapes || l.fate == startedHere || l.fate == handedBack)
}

func (u *unit) escape(id lockID, why string) {
	if u.escaped[id] == "" {
		u.escaped[id] = why
	}
}
