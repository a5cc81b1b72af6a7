package rehearsal

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// A frame is a call that a goroutine is in.
type frame struct {
	fn       *ssa.Function
	block    *ssa.BasicBlock
	prev     *ssa.BasicBlock
	pc       int
	slots    slots
	values   []value // of the function's variables, by their slots
	free     []value
	deferred []call
	result   func(value) // who called gets it
	leaving  bool        // the goroutine ends, and runs what is deferred
}

// A call is one that is put off.
type call struct {
	fn   value
	args []value
	pos  token.Pos
}

// enter begins a call, or does it, if the machine knows how to by itself.
// It returns the new frame, nil if the call is done or pending.
func (g *goroutine) enter(fn value, args []value, result func(value)) *frame {
	switch fn := fn.(type) {
	case *native:
		v := fn.call(g)
		if result != nil {
			result(v)
		}
		return nil
	case *closure:
		if fn.fn.Blocks == nil {
			g.r.external(g, fn.fn, args, result)
			return nil
		}
		g.at = token.NoPos
		f := g.r.frameOf(fn, result)
		for i, p := range fn.fn.Params {
			f.set(p, args[i])
		}
		if len(g.frames) > deepestCall {
			g.r.giveUp("deep recursion")
		}
		g.frames = append(g.frames, f)
		return f
	}
	g.r.unknown(args)
	if result != nil {
		result(g.r.fresh())
	}
	return nil
}

const deepestCall = 200

// leave ends the goroutine if it is in no call any more.
func (g *goroutine) leave() {
	if len(g.frames) == 0 && g.pending == nil {
		g.ended = true
		if g.of != nil {
			g.of.ended(g.r)
		}
		if g == g.r.root && g.r.pkg.Pkg.Name() == "main" && g.r.started() {
			panic(interrupt{left, "main returned"})
		}
	}
}

// started reports whether the root runs, and not the initialisation.
func (r *run) started() bool { return r.root.start.IsValid() }

// ret returns from the innermost call.
func (g *goroutine) ret(v value) {
	f := g.frames[len(g.frames)-1]
	g.frames = g.frames[:len(g.frames)-1]
	if f.result != nil {
		f.result(v)
	}
	g.leave()
}

// exit is Goexit: what is deferred runs, and then the goroutine ends.
func (g *goroutine) exit() {
	g.fatal = true
	for _, f := range g.frames {
		f.leaving = true
	}
}

// unwind runs the next deferred call of a frame that is left so.
func (g *goroutine) unwind(f *frame) {
	if n := len(f.deferred); n > 0 {
		d := f.deferred[n-1]
		f.deferred = f.deferred[:n-1]
		g.at = d.pos
		g.enter(d.fn, d.args, nil)
		return
	}
	g.frames = g.frames[:len(g.frames)-1]
	g.leave()
}

// get returns the value of an operand.
func (g *goroutine) get(f *frame, v ssa.Value) value {
	switch v := v.(type) {
	case *ssa.Const:
		return g.r.constantOf(v)
	case *ssa.Function:
		return &closure{fn: v}
	case *ssa.Global:
		return g.r.global(v)
	case *ssa.FreeVar:
		for i, free := range f.fn.FreeVars {
			if free == v {
				return f.free[i]
			}
		}
	case *ssa.Builtin:
		g.r.giveUp("a builtin as a value")
	}
	return f.value(v)
}

// global returns the cell of a variable of a package.
func (r *run) global(v *ssa.Global) value {
	c := r.globals[v]
	if c == nil {
		c = &cell{}
		if v.Pkg == r.pkg {
			c.v = r.zero(deref(v.Type()), 0)
		} else {
			c.v = r.symbolOf(outside + v.String())
			r.truths["("+outside+v.String()+" == <nil>)"] = false // io.EOF
		}
		r.globals[v] = c
	}
	return c
}
