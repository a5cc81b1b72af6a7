package rehearsal

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// fieldOf returns the variable that a field of a struct is.
func (r *run) fieldOf(p value, i int) value {
	switch p := p.(type) {
	case nil:
		r.giveUp("a nil pointer")
	case *tester:
		return p // what all tests have in common
	case *cell:
		switch v := p.v.(type) {
		case *structure:
			return v.fields[i]
		case *primitive:
			if v.name == "Cond" || v.name == "Pool" {
				if v.field == nil {
					v.field = &cell{} // it has no other field that anybody can name
				}
				return v.field
			}
		}
	}
	return r.fresh()
}

// index returns an element of an array or string.
func (r *run) index(x, i value) value {
	n, known := i.(int64)
	switch x := x.(type) {
	case *array:
		if known {
			return copied(x.elems[n].v)
		}
	case string:
		if known {
			return int64(x[n])
		}
	}
	return r.fresh()
}

// indexAddr returns the variable that an element is.
func (r *run) indexAddr(x, i value) value {
	n, known := i.(int64)
	if c, ok := x.(*cell); ok {
		x = c.v
	}
	switch x := x.(type) {
	case *array:
		if known {
			return x.elems[n]
		}
	case slice:
		if known && x.lo+int(n) < x.hi {
			return x.of.elems[x.lo+int(n)]
		}
	}
	return r.fresh()
}

// lookup returns what a map or string has for a key.
func (r *run) lookup(instr *ssa.Lookup, x, k value) value {
	if s, ok := x.(string); ok {
		return r.index(s, k)
	}
	m, ok := x.(*mapping)
	var v value
	found := false
	switch {
	case x == nil:
	case !ok:
		v = r.fresh()
		return r.maybe(instr.CommaOk, v, r.fresh())
	default:
		v, found = m.elems[r.key(k)]
		if _, unknown := k.(*symbol); unknown && !found && len(m.elems) > 0 {
			return r.maybe(instr.CommaOk, r.fresh(), r.fresh())
		}
	}
	if !found {
		elem := instr.Type()
		if t, ok := elem.(*types.Tuple); ok {
			elem = t.At(0).Type()
		}
		v = r.zero(elem, 0)
	}
	return r.maybe(instr.CommaOk, v, found)
}

// maybe returns a value, with ok if that is asked for.
func (r *run) maybe(commaOk bool, v, ok value) value {
	if commaOk {
		return tuple{v, ok}
	}
	return v
}

// key returns what a map is keyed by.
func (r *run) key(k value) value {
	switch k := k.(type) {
	case *structure:
		return r.keyOf(k.fields)
	case *array:
		return r.keyOf(k.elems)
	case dynamic:
		return r.key(k.v)
	}
	return k
}

// keyOf spells a key that has parts.
func (r *run) keyOf(parts []*cell) value {
	text := "{"
	for _, c := range parts {
		text += r.nameOf(r.key(c.v)) + ","
	}
	return text + "}"
}

// update sets an element of a map.
func (r *run) update(x, k, v value) {
	m, ok := x.(*mapping)
	if !ok {
		r.giveUp("an unknown map")
	}
	given := copied(k)
	k = r.key(k)
	if _, had := m.elems[k]; !had {
		m.order = append(m.order, k)
	}
	m.keys[k] = given
	m.elems[k] = copied(v)
}

func newMapping() *mapping { return &mapping{elems: map[value]value{}, keys: map[value]value{}} }

// remove deletes a key.
func (m *mapping) remove(k value) {
	delete(m.elems, k)
	delete(m.keys, k)
	for i, other := range m.order {
		if other == k {
			m.order = append(m.order[:i:i], m.order[i+1:]...)
			return
		}
	}
}

// sliced is x[lo:hi:most].
func (r *run) sliced(x, lo, hi, most value) value {
	if x == nil {
		return nil
	}
	var whole slice
	switch x := x.(type) {
	case *cell:
		a, ok := x.v.(*array)
		if !ok {
			return r.fresh()
		}
		whole = slice{a, 0, len(a.elems), len(a.elems)}
	case slice:
		whole = x
	case string:
		from, to, ok := bounds(lo, hi, len(x))
		if !ok {
			return r.fresh()
		}
		return x[from:to]
	default:
		return r.fresh()
	}
	from, to, ok := bounds(lo, hi, whole.hi-whole.lo)
	_, end, ok2 := bounds(nil, most, whole.most-whole.lo)
	if !ok || !ok2 {
		return r.fresh()
	}
	return slice{whole.of, whole.lo + from, whole.lo + to, whole.lo + end}
}

// bounds returns the bounds of a slice expression; high is where it ends without one.
func bounds(lo, hi value, high int) (from, to int, known bool) {
	low, ok := lo.(int64)
	end, ok2 := hi.(int64)
	if hi == nil {
		end, ok2 = int64(high), true
	}
	return int(low), int(end), (ok || lo == nil) && ok2
}

// length is len(x).
func (r *run) length(x value) value {
	switch x := x.(type) {
	case nil:
		return int64(0)
	case string:
		return int64(len(x))
	case slice:
		return int64(x.hi - x.lo)
	case *array:
		return int64(len(x.elems))
	case *mapping:
		return int64(len(x.elems))
	case *channel:
		return int64(len(x.buffer))
	}
	return r.symbolOf("len " + r.nameOf(x))
}

// appended is append(x, y...).
func (g *goroutine) appended(x, y value, operands []ssa.Value, pos token.Pos) value {
	if y == nil {
		return x
	}
	if s, ok := y.(string); ok {
		y = g.r.bytesOf(s)
	}
	xs, okX := x.(slice)
	ys, okY := y.(slice)
	if x != nil && !okX || !okY {
		return g.r.fresh()
	}
	if x == nil {
		xs.of = &array{}
	}
	n := ys.hi - ys.lo
	if xs.hi+n > xs.most {
		g.touchElems(xs, 0, false, pos)
		xs = g.r.grown(xs, n, operands[0].Type())
	}
	xs.hi += n
	for i, e := range ys.of.elems[ys.lo:ys.hi] {
		g.r.set(xs.of.elems[xs.hi-n+i], copied(e.v))
	}
	g.touchElems(xs, xs.hi-xs.lo-n, true, pos)
	return xs
}

// grown returns a slice with room for n more, somewhere else.
func (r *run) grown(s slice, n int, t types.Type) slice {
	a := &array{}
	for _, e := range s.of.elems[s.lo:s.hi] {
		a.elems = append(a.elems, &cell{copied(e.v)})
	}
	had := len(a.elems)
	most := max(had+n, 2*had)
	if list, ok := t.Underlying().(*types.Slice); ok {
		a.elems = append(a.elems, r.zeroArray(list.Elem(), most-had, 0).elems...)
	}
	return slice{a, 0, had, most}
}

// copies is copy(x, y).
func (g *goroutine) copies(x, y value, operands []ssa.Value, pos token.Pos) value {
	xs, okX := x.(slice)
	ys, okY := y.(slice)
	if !okX || !okY {
		if s, ok := y.(string); ok && okX {
			return g.copies(x, g.r.bytesOf(s), operands, pos)
		}
		if x == nil || y == nil {
			return int64(0)
		}
		return g.r.fresh()
	}
	n := min(xs.hi-xs.lo, ys.hi-ys.lo)
	xs.hi, ys.hi = xs.lo+n, ys.lo+n
	g.touchElems(ys, 0, false, pos)
	g.touchElems(xs, 0, true, pos)
	var all []value
	for _, e := range ys.of.elems[ys.lo:ys.hi] {
		all = append(all, copied(e.v))
	}
	for i, v := range all {
		g.r.set(xs.of.elems[xs.lo+i], v)
	}
	return int64(n)
}

func (r *run) bytesOf(s string) slice {
	a := &array{}
	for _, b := range []byte(s) {
		a.elems = append(a.elems, &cell{int64(b)})
	}
	return slice{a, 0, len(s), len(s)}
}

// ranged begins a range over a map or string.
func (r *run) ranged(x value) value {
	it := &iterator{}
	switch x := x.(type) {
	case nil:
	case *mapping:
		for _, k := range x.order {
			it.keys, it.values = append(it.keys, x.keys[k]), append(it.values, x.elems[k])
		}
	case string:
		for i, c := range x {
			it.keys, it.values = append(it.keys, int64(i)), append(it.values, int64(c))
		}
	default:
		return r.fresh()
	}
	return it
}

// advanceIterator is the next turn of such a range. Who ranges over what is not
// known may go round once.
func (r *run) advanceIterator(instr *ssa.Next, x value) value {
	it, ok := x.(*iterator)
	if !ok {
		r.giveUp("a range over what is not known")
	}
	if it.next >= len(it.keys) {
		return tuple{false, r.fresh(), r.fresh()}
	}
	i := it.next
	it.next++
	return tuple{true, it.keys[i], it.values[i]}
}

// assert is x.(T).
func (r *run) assert(instr *ssa.TypeAssert, x value) value {
	d, known := x.(dynamic)
	if x != nil && !known {
		return r.maybe(instr.CommaOk, r.fresh(), r.fresh())
	}
	holds := false
	if known {
		if iface, ok := instr.AssertedType.Underlying().(*types.Interface); ok {
			holds = types.Implements(d.typ, iface)
		} else {
			holds = types.Identical(d.typ, instr.AssertedType)
		}
	}
	if !holds {
		if !instr.CommaOk {
			r.giveUp("a failed assertion")
		}
		return tuple{r.zero(instr.AssertedType, 0), false}
	}
	v := d.v
	if types.IsInterface(instr.AssertedType) {
		v = d
	}
	return r.maybe(instr.CommaOk, v, true)
}
