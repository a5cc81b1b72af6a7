package order

import (
	"cmp"
	"go/token"
	"slices"
	"strings"
)

// An Edge says that To is acquired while From is held.
type Edge struct {
	From, To         Class
	FromRef, ToRef   Ref // in terms of Func
	FromRead, ToRead bool
	Func             *Func       // that holds From
	Held             []token.Pos // where From was taken
	Pos, End         token.Pos   // of the call in Func that takes To, or leads to it
	Chain            []Step      // from there to the call that takes To; one step if that is it
	Gates            []Class     // other locks that are surely held as well
	Flagged          bool        // a flag was read between the two, and decides
	Dynamic          bool        // a call of the chain is one of an interface, or of a kept function, and may run something else
	context          *context
}

// A Step is one call of a chain.
type Step struct {
	Func     string // the function that makes the call
	Pos, End token.Pos
}

// Direct reports whether one function takes both locks.
func (e *Edge) Direct() bool { return len(e.Chain) == 1 }

// edges finds all edges of the program, sorted by their places.
func (p *linked) edges() []*Edge {
	reach := p.reach()
	contexts := p.contexts(reach)
	var all []*Edge
	for _, fn := range p.ordered {
		for _, take := range fn.Takes {
			if take.Try || take.Lock.Fresh || take.Lock.Class == "" {
				continue
			}
			r := &reached{lock: take.Lock, take: take, fn: fn, at: fn}
			all = append(all, p.edgesFrom(spot{fn, take.Held, take.Gated, take.Pos, take.End}, r, contexts[fn])...)
		}
		for _, call := range fn.Calls {
			all = append(all, p.edgesOfCall(fn, call, reach, contexts[fn])...)
		}
	}
	slices.SortStableFunc(all, func(a, b *Edge) int {
		return cmp.Or(cmp.Compare(a.Func.ID, b.Func.ID), cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(len(a.Chain), len(b.Chain)))
	})
	return all
}

func (p *linked) edgesOfCall(fn *Func, call *Call, reach map[*Func][]*reached, in *context) (all []*Edge) {
	if call.Go || len(call.Held) == 0 {
		return nil
	}
	for _, callee := range p.callees[call] {
		for _, r := range reach[callee] {
			if up := r.from(fn, call); up != nil && up.lock.Class != "" {
				up.gates = r.gates // those of fn are looked at one by one
				if r.via == nil && r.lock.Root == (Root{Kind: Param}) && len(steps(r.lock.Path)) == 1 {
					up.lock.Key = call.Elem // its own lock: src.mu.Lock(); dst.deposit(n)
				}
				all = append(all, p.edgesFrom(spot{fn, call.Held, call.Gated, call.Pos, call.End}, up, in)...)
			}
		}
	}
	return all
}

// A spot is where a function, with locks held, takes another one or calls.
type spot struct {
	fn       *Func
	held     []Hold
	gated    bool
	pos, end token.Pos
}

// edgesFrom makes the edges to one lock from all that are surely held.
func (p *linked) edgesFrom(at spot, to *reached, in *context) (all []*Edge) {
	for _, from := range at.held {
		if !from.sure() || from.Lock.Fresh || from.Lock.same(to.lock) || slices.Contains(to.drops, from.Lock.Class) {
			continue
		}
		e := &Edge{
			From: from.Lock.Class, To: to.lock.Class, FromRef: from.Lock, ToRef: to.lock,
			FromRead: from.Read, ToRead: to.take.Read,
			Func: at.fn, Held: from.By, Pos: at.pos, End: at.end, Chain: to.chain(), Flagged: at.gated, Dynamic: p.dynamic(to), context: in,
		}
		e.Gates = e.gatesOf(at.held, to)
		all = append(all, e)
	}
	return all
}

// sure reports whether a lock is held on every path. Where it is chosen by an
// index that changes from turn to turn, the name is lost on the way round, not
// the lock.
func (h Hold) sure() bool { return h.Must || strings.Contains(h.Lock.Path, "[") }

// gatesOf are the locks that stand guard over an edge: those of the function,
// its callers and the chain, but for the two of the edge.
func (e *Edge) gatesOf(held []Hold, to *reached) []Class {
	all := union(gates(held), to.gates)
	if e.context.known {
		all = union(all, e.context.gates)
	}
	return slices.DeleteFunc(slices.Clone(all), func(g Class) bool { return g == e.From || g == e.To })
}

// dynamic reports whether an interface call leads to the take, and so perhaps
// to another one, or a call of what a field keeps, which may be another function in another
// object. An interface call leads there for sure if only one type of the program implements
// the interface, and that of the caller does not: then nobody wraps anybody.
func (p *linked) dynamic(r *reached) bool {
	for ; r != nil && r.via != nil; r = r.next {
		if r.via.Iface != "" && !p.sole(r.at, r.via) || r.via.KeptIn != "" {
			return true
		}
	}
	return false
}

// sole reports whether an interface call of a function can run but one method of the program.
func (p *linked) sole(fn *Func, call *Call) bool {
	n := 0
	for _, t := range p.implementers(call.Iface) {
		if fn.isMethodOf(t.Name) {
			return false
		}
		if p.meet(fn.Package, t.Package) {
			n++
		}
	}
	return n == 1
}

// chain returns the calls that lead to the take.
func (r *reached) chain() (steps []Step) {
	for ; r.via != nil; r = r.next {
		steps = append(steps, Step{r.at.Name, r.via.Pos, r.via.End})
	}
	return append(steps, Step{r.at.Name, r.take.Pos, r.take.End})
}
