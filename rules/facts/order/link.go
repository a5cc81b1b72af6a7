package order

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A linked program knows which functions a call runs.
type linked struct {
	funcs   map[string]*Func
	ordered []*Func // by ID
	types   []Implementer
	ifaces  map[string][]string
	impls   map[string][]*Implementer // of an interface, once somebody asked
	callees map[*Call][]*Func
	callers map[*Func][]site
	drops   map[*Func][]Class // released for a caller, by the function or what it calls
	tests   map[*Func]bool
	writers map[Class]*Take            // a take to write of each class
	imports map[string]map[string]bool // of the packages: what each needs, itself too
	kept    map[string][]keptFunc      // by what keeps them
	rings   map[Ring]bool
}

// A site is a call with the function that makes it.
type site struct {
	fn   *Func
	call *Call
}

// maxTargets is how many functions an interface call may lead to before it
// leads anywhere.
const maxTargets = 2

func link(sketches []*Sketch) *linked {
	p := &linked{
		funcs: make(map[string]*Func), ifaces: make(map[string][]string), impls: make(map[string][]*Implementer),
		callees: make(map[*Call][]*Func), callers: make(map[*Func][]site), writers: make(map[Class]*Take),
		imports: importsOf(sketches), kept: keptIn(sketches), rings: make(map[Ring]bool),
	}
	for _, s := range sketches {
		for _, fn := range s.Funcs {
			p.funcs[fn.ID] = fn
		}
		for _, ring := range s.Rings {
			p.rings[ring] = true
		}
		p.types = append(p.types, s.Types...)
		maps.Copy(p.ifaces, s.Ifaces)
	}
	for _, id := range slices.Sorted(maps.Keys(p.funcs)) {
		p.ordered = append(p.ordered, p.funcs[id])
	}
	slices.SortFunc(p.types, func(a, b Implementer) int { return cmp.Compare(a.Name, b.Name) })
	for _, fn := range p.ordered {
		p.resolve(fn)
	}
	p.drop()
	return p
}

// drop finds the locks that functions release for their callers, themselves or
// in a callee. What a function has surely taken itself is its own to release.
func (p *linked) drop() {
	p.drops = make(map[*Func][]Class)
	for _, fn := range p.ordered {
		p.drops[fn] = fn.Drops
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range p.ordered {
			for _, from := range p.callers[fn] {
				for _, class := range p.drops[fn] {
					known := slices.Contains(p.drops[from.fn], class)
					if !known && !from.call.Go && !slices.Contains(gates(from.call.Held), class) {
						p.drops[from.fn] = union(p.drops[from.fn], []Class{class})
						changed = true
					}
				}
			}
		}
	}
}

// resolve finds the callees of a function, and notes what it writes.
func (p *linked) resolve(fn *Func) {
	for _, call := range fn.Calls {
		targets := p.targets(fn, call)
		p.callees[call] = targets
		for _, callee := range targets {
			p.callers[callee] = append(p.callers[callee], site{fn, call})
		}
	}
	for _, take := range fn.Takes {
		if !take.Read && !take.Lock.Fresh && p.writers[take.Lock.Class] == nil {
			p.writers[take.Lock.Class] = take
		}
	}
}

// targets returns the functions that a call may run, none if that is unknown.
func (p *linked) targets(from *Func, call *Call) []*Func {
	if call.Callee != "" {
		if fn := p.funcs[call.Callee]; fn != nil {
			return []*Func{fn}
		}
		return nil
	}
	if call.KeptIn != "" {
		return p.keptTargets(from, call.KeptIn)
	}
	if path := packageOf(call.Iface); p.imports[path] == nil {
		return nil // declared elsewhere: who knows who implements it
	}
	var found []*Func
	for _, t := range p.implementers(call.Iface) {
		if from.isMethodOf(t.Name) || !p.meet(from.Package, t.Package) {
			continue // it wraps another one, or nobody knows both
		}
		if fn := p.funcs[t.Methods[call.Method]]; fn != nil && !slices.Contains(found, fn) {
			found = append(found, fn)
		}
	}
	if len(found) > maxTargets {
		return nil
	}
	return found
}

// packageOf is the package of a name that begins with its path.
func packageOf(name string) string {
	slash := strings.LastIndex(name, "/") + 1
	dot := strings.LastIndex(name, ".")
	return name[:max(dot, slash)]
}

// isMethodOf reports whether a function is a method of a named type, or a
// literal in one.
func (fn *Func) isMethodOf(name string) bool {
	return strings.HasPrefix(fn.ID, "(*"+name+").") || strings.HasPrefix(fn.ID, "("+name+").")
}

// implementers returns the types, tests' own apart, that implement an
// interface. There are many calls of few interfaces.
func (p *linked) implementers(iface string) []*Implementer {
	known, ok := p.impls[iface]
	if ok {
		return known
	}
	for i := range p.types {
		if t := &p.types[i]; !t.Test && p.implements(t, iface) {
			known = append(known, t)
		}
	}
	p.impls[iface] = known
	return known
}

func (p *linked) implements(t *Implementer, iface string) bool {
	for _, m := range p.ifaces[iface] {
		if _, ok := t.Methods[m]; !ok {
			return false
		}
	}
	return true
}

// importsOf closes the imports of packages.
func importsOf(sketches []*Sketch) map[string]map[string]bool {
	direct := make(map[string][]string)
	for _, s := range sketches {
		direct[s.Package] = s.Imports
	}
	all := make(map[string]map[string]bool)
	for _, s := range sketches {
		seen := map[string]bool{s.Package: true}
		todo := []string{s.Package}
		for len(todo) > 0 {
			next := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, path := range direct[next] {
				if _, known := direct[path]; known && !seen[path] {
					seen[path] = true
					todo = append(todo, path)
				}
			}
		}
		all[s.Package] = seen
	}
	return all
}

// meet reports whether some package needs both: only then a value of one can
// come to the other.
func (p *linked) meet(a, b string) bool {
	for _, needs := range p.imports {
		if needs[a] && needs[b] {
			return true
		}
	}
	return false
}

// components returns the functions in groups that call each other, callees
// before callers (Tarjan, SIAM Journal on Computing, 1972).
func (p *linked) components() [][]*Func {
	t := &tarjan{index: make(map[*Func]int), low: make(map[*Func]int), on: make(map[*Func]bool), next: p.calledBy}
	for _, fn := range p.ordered {
		if t.index[fn] == 0 {
			t.visit(fn)
		}
	}
	return t.groups
}

// calledBy returns the functions that a function runs on its own goroutine.
func (p *linked) calledBy(fn *Func) (all []*Func) {
	for _, call := range fn.Calls {
		if !call.Go {
			all = append(all, p.callees[call]...)
		}
	}
	return all
}

type tarjan struct {
	index, low map[*Func]int
	on         map[*Func]bool
	stack      []*Func
	groups     [][]*Func
	next       func(*Func) []*Func
}

func (t *tarjan) visit(fn *Func) {
	t.index[fn] = len(t.index) + 1
	t.low[fn] = t.index[fn]
	t.stack = append(t.stack, fn)
	t.on[fn] = true
	for _, callee := range t.next(fn) {
		if t.index[callee] == 0 {
			t.visit(callee)
			t.low[fn] = min(t.low[fn], t.low[callee])
		} else if t.on[callee] {
			t.low[fn] = min(t.low[fn], t.index[callee])
		}
	}
	if t.low[fn] != t.index[fn] {
		return
	}
	at := slices.Index(t.stack, fn)
	group := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, member := range group {
		t.on[member] = false
	}
	t.groups = append(t.groups, group)
}
