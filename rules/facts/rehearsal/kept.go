package rehearsal

// kept does the methods of sync.Map and sync.Pool, which keep values.
func (v *visit) kept(method string) bool {
	if method == "Pool).Get" || method == "Pool).Put" {
		v.pool(method == "Pool).Get")
		return true
	}
	const of = "Map)."
	if len(method) < len(of) || method[:len(of)] != of {
		return false
	}
	p, name := v.g.r.primitiveAt(v.args[0]), method[len(of):]
	if p.held == nil {
		p.held = newMapping()
	}
	m := p.held.(*mapping)
	v.g.act(v.pos, "uses the map", func() {
		v.g.acquire(p.past)
		v.g.release(&p.past)
		if name == "Range" {
			v.rangeOver(v.g.r.ranged(m).(*iterator))
			return
		}
		v.give(v.mapped(m, name))
	})
	return true
}

// mapped does one method of sync.Map.
func (v *visit) mapped(m *mapping, name string) value {
	r, arg := v.g.r, func(i int) value { return v.args[i] }
	if name == "Clear" {
		*m = *newMapping()
		return nil
	}
	if _, unknown := arg(1).(*symbol); unknown {
		r.giveUp("an unknown key")
	}
	k := r.key(arg(1))
	had, ok := m.elems[k]
	switch name {
	case "Load":
		return tuple{had, ok}
	case "Store":
		r.update(m, arg(1), arg(2))
		return nil
	case "LoadOrStore":
		if ok {
			return tuple{had, true}
		}
		r.update(m, arg(1), arg(2))
		return tuple{arg(2), false}
	case "LoadAndDelete", "Delete":
		m.remove(k)
		return tuple{had, ok}
	case "Swap":
		r.update(m, arg(1), arg(2))
		return tuple{had, ok}
	case "CompareAndSwap", "CompareAndDelete":
		if !ok || !r.decided(r.equal(had, arg(2))) {
			return false
		}
		if name == "CompareAndDelete" {
			m.remove(k)
		} else {
			r.update(m, arg(1), arg(3))
		}
		return true
	}
	r.giveUp("the function " + name)
	return nil
}

// rangeOver calls a function with each key and value, until it says no.
func (v *visit) rangeOver(it *iterator) {
	if it.next >= len(it.keys) {
		return
	}
	i := it.next
	it.next++
	v.g.enter(v.args[1], []value{it.keys[i], it.values[i]}, func(more value) {
		if v.g.r.decided(more) {
			v.rangeOver(it)
		}
	})
}

// pool is Get, and Put: what was put last comes back first.
func (v *visit) pool(get bool) {
	p := v.g.r.primitiveAt(v.args[0])
	v.g.act(v.pos, "uses the pool", func() {
		v.g.acquire(p.past)
		v.g.release(&p.past)
		n := len(p.items)
		switch {
		case !get:
			p.items = append(p.items, v.args[1])
		case n > 0:
			v.give(p.items[n-1])
			p.items = p.items[:n-1]
		case p.field == nil || p.field.v == nil:
			v.give(nil)
		default:
			v.g.enter(p.field.v, nil, v.give)
		}
	})
}
