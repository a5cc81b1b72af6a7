package rehearsal

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// A value is what a variable holds in a run: an int64, float64, string, bool, or
// one of the types below. The nil of every type is nil.
type value any

type (
	// A cell is a variable; a pointer is its cell.
	cell struct{ v value }
	// A structure is a struct, each field a variable.
	structure struct{ fields []*cell }
	// An array is an array, or what is under a slice.
	array struct{ elems []*cell }
	// A slice is a part of an array, with room up to most.
	slice struct {
		of           *array
		lo, hi, most int
	}
	// A mapping is a map; order has its keys as they came.
	mapping struct {
		elems map[value]value
		order []value
		keys  map[value]value // as they were given
	}
	// A dynamic is a value in an interface, with its type.
	dynamic struct {
		typ types.Type
		v   value
	}
	// A closure is a function with what it captures.
	closure struct {
		fn   *ssa.Function
		free []value
	}
	// A native is a function that the machine does itself.
	native struct {
		name string
		call func(g *goroutine) value
		refs []any // what it refers to
	}
	// A symbol stands for a value that nothing determines.
	symbol struct{ name string }
	// A tuple is what a call returns that has several results.
	tuple []value
	// An iterator goes over a map or a string.
	iterator struct {
		keys, values []value
		next         int
	}
)

// symbolOf returns the symbol of a name, always the same in one run.
func (r *run) symbolOf(name string) *symbol {
	s := r.symbols[name]
	if s == nil {
		s = &symbol{name}
		r.symbols[name] = s
	}
	return s
}

// fresh returns a symbol that is none of the others.
func (r *run) fresh() *symbol {
	r.count++
	return &symbol{fmt.Sprint(outside, r.count)}
}

// deepest is how deep the zero value of a struct goes.
const deepest = 12

// zero returns the zero value of a type.
func (r *run) zero(t types.Type, depth int) value {
	if depth > deepest {
		return r.fresh()
	}
	if name := primitiveName(t); name != "" {
		return newPrimitive(name)
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return zeroBasic(t)
	case *types.Struct:
		s := &structure{}
		for field := range t.Fields() {
			s.fields = append(s.fields, &cell{r.zero(field.Type(), depth+1)})
		}
		return s
	case *types.Array:
		return r.zeroArray(t.Elem(), int(t.Len()), depth)
	case *types.Tuple:
		var all tuple
		for v := range t.Variables() {
			all = append(all, r.zero(v.Type(), depth+1))
		}
		return all
	}
	return nil
}

func (r *run) zeroArray(elem types.Type, n, depth int) *array {
	if n > mostElements {
		r.giveUp("a large array")
	}
	r.look(n)
	a := &array{}
	for range n {
		a.elems = append(a.elems, &cell{r.zero(elem, depth+1)})
	}
	return a
}

// mostElements is how large an array may be that is looked into.
const mostElements = 10000

func zeroBasic(t *types.Basic) value {
	switch info := t.Info(); {
	case info&types.IsBoolean != 0:
		return false
	case info&types.IsString != 0:
		return ""
	case info&types.IsInteger != 0:
		return int64(0)
	case info&types.IsFloat != 0:
		return float64(0)
	}
	return nil
}

// copied returns a copy of a value, as an assignment makes it.
func copied(v value) value {
	switch v := v.(type) {
	case *structure:
		s := &structure{}
		for _, f := range v.fields {
			s.fields = append(s.fields, &cell{copied(f.v)})
		}
		return s
	case *array:
		a := &array{}
		for _, e := range v.elems {
			a.elems = append(a.elems, &cell{copied(e.v)})
		}
		return a
	case *primitive:
		same := *v
		return &same
	}
	return v
}

// set assigns a value to a variable; pointers to its fields stay what they are.
func (r *run) set(c *cell, v value) {
	switch had := c.v.(type) {
	case *structure:
		if s, ok := v.(*structure); ok && len(s.fields) == len(had.fields) {
			for i, f := range s.fields {
				r.set(had.fields[i], f.v)
			}
			return
		}
		r.forget(c)
		return
	case *array:
		if a, ok := v.(*array); ok && len(a.elems) == len(had.elems) {
			for i, e := range a.elems {
				r.set(had.elems[i], e.v)
			}
			return
		}
	}
	c.v = copied(v)
}

// forget makes a variable hold what nobody knows.
func (r *run) forget(c *cell) {
	r.lent[c] = true
	switch had := c.v.(type) {
	case *structure:
		for _, f := range had.fields {
			r.forget(f)
		}
	case *array:
		for _, e := range had.elems {
			r.forget(e)
		}
	case *primitive, *channel, *closure, *native:
		r.giveUp("somebody unknown may set a channel, lock or function")
	default:
		c.v = r.fresh()
	}
}

// sensitive reports whether a value leads to channels, locks or functions, and
// forgets what somebody unknown may set behind a pointer.
func (r *run) sensitive(v value, seen map[any]bool) bool {
	found := false
	reach(v, seen, func(v value) {
		r.look(1)
		switch v.(type) {
		case *channel, *primitive, *closure, *native, *scope, *alarm:
			found = true
		}
	})
	return found
}

// reach calls visit with all that a value leads to.
func reach(v value, seen map[any]bool, visit func(value)) {
	switch v.(type) {
	case nil, int64, float64, string, bool, *symbol:
		return
	case slice, dynamic, tuple:
	default:
		if seen[v] {
			return
		}
		seen[v] = true
	}
	visit(v)
	for _, part := range parts(v) {
		reach(part, seen, visit)
	}
}

// parts returns the values that a value holds or points to.
func parts(v value) (all []value) {
	switch v := v.(type) {
	case *cell:
		return []value{v.v}
	case *structure:
		for _, f := range v.fields {
			all = append(all, f)
		}
	case *array:
		for _, e := range v.elems {
			all = append(all, e)
		}
	case slice:
		return []value{v.of}
	case *mapping:
		for _, k := range v.order {
			all = append(all, v.keys[k], v.elems[k])
		}
	case dynamic:
		return []value{v.v}
	case *closure:
		return v.free
	case *native:
		for _, ref := range v.refs {
			all = append(all, ref)
		}
	case tuple:
		return v
	case *channel:
		return v.buffer
	case *primitive:
		all = append(append(all, v.items...), v.held, v.failed)
		if v.field != nil {
			all = append(all, v.field)
		}
		return all
	case *logger:
		return []value{v.to}
	case *scope:
		if v.done != nil {
			all = append(all, v.done)
		}
		if v.parent != nil {
			all = append(all, v.parent)
		}
	}
	return all
}
