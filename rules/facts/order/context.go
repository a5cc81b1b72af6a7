package order

import "slices"

// A context is what is known of the callers of a function.
type context struct {
	entry Entry   // the ways by which it is reached
	gates []Class // held by all callers at all calls
	known bool    // gates is the answer, not yet "all locks"
	must  []Class // held whoever calls: the function releases them and never takes them
}

// contexts finds what the callers of every function have in common: a greatest
// fixpoint, from above.
func (p *linked) contexts(reach map[*Func][]*reached) map[*Func]*context {
	all := make(map[*Func]*context, len(p.ordered))
	for _, fn := range p.ordered {
		c := &context{entry: fn.Entry, must: p.required(fn, reach[fn])}
		if len(p.callers[fn]) == 0 && c.entry == Called {
			c.entry = Open // by an interface, by reflection, or not yet
		}
		c.known = c.entry != Called
		if c.known {
			c.gates = c.must
		}
		all[fn] = c
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range p.ordered {
			changed = p.enter(fn, all) || changed
		}
	}
	return all
}

// required returns the locks that the callers of a function must hold: it
// releases them, and takes them nowhere.
func (p *linked) required(fn *Func, reach []*reached) (all []Class) {
	for _, class := range p.drops[fn] {
		if !slices.ContainsFunc(reach, func(r *reached) bool { return r.lock.Class == class }) {
			all = append(all, class)
		}
	}
	return all
}

// enter lets the callers of a function into its context.
func (p *linked) enter(fn *Func, all map[*Func]*context) (changed bool) {
	c := all[fn]
	for _, from := range p.callers[fn] {
		caller := all[from.fn]
		entry, held, known := caller.entry, union(caller.gates, gates(from.call.Held)), caller.known
		if from.call.Go {
			entry, held, known = Open, nil, true
		}
		if entry|c.entry != c.entry {
			c.entry |= entry
			changed = true
		}
		if known && c.meet(held) {
			changed = true
		}
	}
	return changed
}

// meet keeps the gates that another caller holds too.
func (c *context) meet(held []Class) (changed bool) {
	if !c.known {
		c.gates, c.known = union(held, c.must), true
		return true
	}
	kept := slices.DeleteFunc(slices.Clone(c.gates), func(g Class) bool {
		return !slices.Contains(held, g) && !slices.Contains(c.must, g)
	})
	changed = len(kept) != len(c.gates)
	c.gates = kept
	return changed
}

// beside reports whether code of the two contexts can run at the same time.
func (c *context) beside(d *context) bool {
	if c.entry == Init || d.entry == Init {
		return false
	}
	return (c.entry|d.entry)&Open != 0
}
