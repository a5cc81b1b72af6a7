package facts

import (
	"cmp"
	"go/ast"
	"slices"
)

// A Reread is a call that read-locks what the same function has read-locked: a
// writer that comes between the two waits for the first, and the second waits
// for the writer. Package sync forbids it for that reason.
type Reread struct {
	Relock
	Writer Position // a call that locks the same field to write
}

// Rereads returns the calls of fn, or of literals that it runs, that take a lock
// to read which fn holds to read, where some function of the program takes it
// to write; in source order. Must says that it is held so whenever the call is made.
func (p *Package) Rereads(fn ast.Node) []Reread {
	u := p.locks().of[fn]
	if u == nil || u.routines[fn].done.gaveUp {
		return nil
	}
	p.closeTakes()
	log := u.routines[fn].done
	all := u.chained(log, true)
	for _, again := range log.rereads {
		if state := log.calls[again.call]; !u.escapes(again.by) && state != nil {
			held, _ := state.reading(again.id, true)
			all = append(all, u.reread(again, held == state.worlds))
		}
	}
	slices.SortStableFunc(all, func(a, b Relock) int { return cmp.Compare(a.Call.Pos(), b.Call.Pos()) })
	var found []Reread
	for _, r := range firstOfCall(all) {
		class := u.classNamed(r.Lock)
		if writer, ok := p.writer(class); ok && !u.testsAlone(class) {
			found = append(found, Reread{r, writer})
		}
	}
	return found
}

func (u *unit) reread(again relocking, must bool) Relock {
	r := Relock{LockCall: LockCall{Call: again.call, Lock: u.locks[again.id].Lock, Read: true}, Must: must}
	for _, take := range again.by {
		r.Held = append(r.Held, u.takes[take])
	}
	return r
}

func (u *unit) classNamed(lock Lock) string {
	id, ok := u.lockIDs[lock]
	if !ok {
		return ""
	}
	return u.pkg.ClassOf(u.locks[id].class.of)
}

// writer returns a call that takes a lock of the class to write: of this
// package, or else of those that it imports.
func (p *Package) writer(class string) (Position, bool) {
	facts := p.lockFacts
	if facts.writers == nil {
		facts.writers = make(map[string]Position)
		for _, n := range p.callGraph.order {
			for _, t := range n.takes {
				if t.depth == 1 && t.op == Acquire && !t.read {
					facts.addWriter(t.ref.Class, p.position(t.call.Pos()))
				}
			}
		}
		p.Imports.eachWriter(facts.addWriter)
	}
	at, ok := facts.writers[class]
	return at, ok && class != ""
}

func (f *lockFacts) addWriter(class string, at Position) {
	if _, ok := f.writers[class]; !ok {
		f.writers[class] = at
	}
}

// eachWriter calls visit with the locks that functions take to write
// themselves, in a fixed order.
func (i Imports) eachWriter(visit func(class string, at Position)) {
	for _, e := range i.sorted() {
		for _, s := range e.Funcs {
			for _, t := range s.Takes {
				if t.Depth == 1 && t.Op == Acquire && !t.Read {
					visit(t.Class, t.At)
				}
			}
		}
	}
}
