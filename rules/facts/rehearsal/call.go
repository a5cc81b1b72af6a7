package rehearsal

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// callee returns what a call calls, and with what.
func (g *goroutine) callee(f *frame, c *ssa.CallCommon) (value, []value) {
	var args []value
	for _, a := range c.Args {
		args = append(args, copied(g.get(f, a)))
	}
	if !c.IsInvoke() {
		if b, ok := c.Value.(*ssa.Builtin); ok {
			return &native{name: b.Name(), call: func(g *goroutine) value { return g.builtin(b, args, c.Args, c.Pos()) }}, nil
		}
		return g.get(f, c.Value), args
	}
	return g.method(g.get(f, c.Value), c.Method, args)
}

// method returns the method of a value in an interface.
func (g *goroutine) method(x value, m *types.Func, args []value) (value, []value) {
	d, ok := x.(dynamic)
	if x == nil {
		g.r.giveUp("a nil interface")
	}
	if !ok {
		return g.r.ofSymbol(x, m, args), nil
	}
	if s, ok := d.v.(*scope); ok {
		return &native{name: m.Name(), call: func(g *goroutine) value { return g.contextMethod(s, m.Name()) }}, nil
	}
	fn := g.r.pkg.Prog.LookupMethod(d.typ, m.Pkg(), m.Name())
	if fn == nil {
		g.r.giveUp("an unknown method")
	}
	return &closure{fn: fn}, append([]value{d.v}, args...)
}

// ofSymbol is a method of something unknown.
func (r *run) ofSymbol(x value, m *types.Func, args []value) value {
	return &native{name: m.Name(), call: func(g *goroutine) value {
		r.outside[g] = true
		r.unknown(args)
		if m.Name() == "Done" || m.Name() == "Err" {
			return r.symbolOf(r.nameOf(x) + "." + m.Name())
		}
		return r.results(m.Signature())
	}}
}

// call executes a call.
func (g *goroutine) call(f *frame, instr *ssa.Call) {
	fn, args := g.callee(f, &instr.Call)
	f.set(instr, nil)
	g.enter(fn, args, func(v value) { f.set(instr, v) })
}

// results is what an unknown function returns.
func (r *run) results(sig *types.Signature) value {
	switch n := sig.Results().Len(); n {
	case 0:
		return nil
	case 1:
		return r.fresh()
	default:
		var all tuple
		for range n {
			all = append(all, r.fresh())
		}
		return all
	}
}

// unknown is a call of something unknown: what it gets a pointer to is not known
// any more, and it must not get channels, locks, or functions.
func (r *run) unknown(args []value) {
	for _, a := range args {
		if r.sensitive(a, map[any]bool{}) {
			r.giveUp("somebody unknown gets a channel, a lock or a function")
		}
		if d, ok := a.(dynamic); ok {
			a = d.v
		}
		switch a := a.(type) {
		case *cell:
			r.forget(a)
		case slice:
			for _, e := range a.of.elems[a.lo:a.hi] {
				r.forget(e) // what somebody reads into it
			}
		}
	}
}

// builtin executes a call of a builtin function.
func (g *goroutine) builtin(b *ssa.Builtin, args []value, operands []ssa.Value, pos token.Pos) value {
	switch b.Name() {
	case "close":
		g.closes(args[0], pos)
	case "len":
		if m, ok := args[0].(*mapping); ok {
			g.touch(m, false, pos)
		}
		return g.r.length(args[0])
	case "cap":
		return g.r.capacity(args[0])
	case "append":
		return g.appended(args[0], args[1], operands, pos)
	case "copy":
		return g.copies(args[0], args[1], operands, pos)
	case "delete":
		if m, ok := args[0].(*mapping); ok {
			m.remove(g.r.key(args[1]))
			g.touch(m, true, pos)
		}
	case "print", "println", "ssa:wrapnilchk":
		if b.Name() == "ssa:wrapnilchk" {
			return args[0]
		}
	case "min", "max":
		return g.r.extreme(b.Name(), args)
	case "recover":
		return nil
	default:
		g.r.giveUp("the builtin " + b.Name())
	}
	return nil
}

func (r *run) capacity(x value) value {
	switch x := x.(type) {
	case *channel:
		return int64(x.room)
	case slice:
		return int64(x.most - x.lo)
	}
	return r.length(x)
}

func (r *run) extreme(name string, args []value) value {
	best := args[0]
	for _, a := range args[1:] {
		less := r.binary(token.LSS, a, best)
		if _, ok := less.(bool); !ok {
			return r.fresh()
		}
		if less == (name == "min") {
			best = a
		}
	}
	return best
}
