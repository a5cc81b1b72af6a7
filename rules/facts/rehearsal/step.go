package rehearsal

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// step executes one instruction of a goroutine.
func (g *goroutine) step() {
	g.r.tick()
	if len(g.frames) == 0 {
		g.leave()
		return
	}
	f := g.frames[len(g.frames)-1]
	if f.leaving {
		g.unwind(f)
		return
	}
	instr := f.block.Instrs[f.pc]
	f.pc++
	switch instr := instr.(type) {
	case *ssa.If, *ssa.Jump, *ssa.Return, *ssa.RunDefers, *ssa.Panic:
		g.control(f, instr)
	case *ssa.Store:
		g.r.changed = g.r.rings
		at := g.get(f, instr.Addr)
		g.store(at, g.get(f, instr.Val))
		if load, ok := instr.Val.(*ssa.UnOp); !ok || load.X != instr.Addr { // a return of what is the result already
			g.touch(at, true, g.posOf(instr, instr.Addr))
		}
	case *ssa.MapUpdate:
		g.r.changed = g.r.rings
		m := g.get(f, instr.Map)
		g.r.update(m, g.get(f, instr.Key), g.get(f, instr.Value))
		g.touch(m, true, instr.Pos())
	case *ssa.Send:
		g.send(f, instr)
	case *ssa.Go:
		fn, args := g.callee(f, &instr.Call)
		g.r.start(fn, args, instr.Pos(), g.fork())
	case *ssa.Defer:
		if instr.DeferStack != nil {
			g.r.giveUp("a defer in a function that is ranged over")
		}
		fn, args := g.callee(f, &instr.Call)
		f.deferred = append(f.deferred, call{fn, args, instr.Call.Pos()})
	case *ssa.Call:
		g.call(f, instr)
	case *ssa.Select:
		g.selects(f, instr)
	case ssa.Value:
		g.evaluate(f, instr)
	case *ssa.DebugRef:
	default:
		g.r.giveUp("an unknown instruction")
	}
}

// control executes an instruction that says where to go on.
func (g *goroutine) control(f *frame, instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.If:
		if g.r.decided(g.get(f, instr.Cond)) {
			f.jump(0)
		} else {
			f.jump(1)
		}
	case *ssa.Jump:
		f.jump(0)
	case *ssa.Return:
		g.r.leaves(instr)
		switch len(instr.Results) {
		case 0:
			g.ret(nil)
		case 1:
			g.ret(g.get(f, instr.Results[0]))
		default:
			var all tuple
			for _, v := range instr.Results {
				all = append(all, g.get(f, v))
			}
			g.ret(all)
		}
	case *ssa.RunDefers:
		if n := len(f.deferred); n > 0 {
			d := f.deferred[n-1]
			f.deferred = f.deferred[:n-1]
			f.pc-- // until there is none left
			g.at = d.pos
			g.enter(d.fn, d.args, nil)
		}
	case *ssa.Panic:
		g.r.giveUp("a panic")
	}
}

// jump goes to a successor, and gives its phis their values.
func (f *frame) jump(i int) {
	f.prev, f.block, f.pc = f.block, f.block.Succs[i], 0
}

// evaluate computes an instruction that has a value and nothing else.
func (g *goroutine) evaluate(f *frame, instr ssa.Value) {
	switch instr := instr.(type) {
	case *ssa.Phi:
		g.phis(f)
	case *ssa.UnOp:
		if instr.Op == token.ARROW {
			g.receive(f, instr)
			return
		}
		f.set(instr, g.unary(f, instr))
	default:
		f.set(instr, g.computed(f, instr))
	}
}

// phis gives all phis of a block their values at once.
func (g *goroutine) phis(f *frame) {
	var edge int
	for i, p := range f.block.Preds {
		if p == f.prev {
			edge = i
		}
	}
	values := map[ssa.Value]value{}
	n := 0
	for _, instr := range f.block.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			break
		}
		values[phi] = g.get(f, phi.Edges[edge])
		n++
	}
	for phi, v := range values {
		f.set(phi, v)
	}
	f.pc = n
}

func (g *goroutine) unary(f *frame, instr *ssa.UnOp) value {
	x := g.get(f, instr.X)
	switch instr.Op {
	case token.MUL:
		switch x := x.(type) {
		case *cell:
			g.touch(x, false, g.posOf(instr, instr.X))
			return copied(x.v)
		case nil:
			g.r.giveUp("a nil pointer")
		}
		return g.r.fresh()
	case token.NOT:
		return g.r.negated(x)
	case token.SUB:
		switch x := x.(type) {
		case int64:
			return -x
		case float64:
			return -x
		}
	}
	return g.r.derived(instr.Op, nil, x)
}

// computed returns the value of any other instruction.
func (g *goroutine) computed(f *frame, instr ssa.Value) value {
	switch instr := instr.(type) {
	case *ssa.Alloc:
		return &cell{g.r.zero(deref(instr.Type()), 0)}
	case *ssa.BinOp:
		return g.r.compared(instr, g.r.binary(instr.Op, g.get(f, instr.X), g.get(f, instr.Y)))
	case *ssa.ChangeInterface:
		return g.get(f, instr.X)
	case *ssa.ChangeType:
		return g.get(f, instr.X)
	case *ssa.Convert:
		x := g.get(f, instr.X)
		if s, ok := x.(slice); ok && !types.IsInterface(instr.Type()) {
			g.touchElems(s, 0, false, instr.Pos())
		}
		return g.r.converted(x, instr.Type())
	case *ssa.Extract:
		if all, ok := g.get(f, instr.Tuple).(tuple); ok {
			return all[instr.Index]
		}
		return g.r.fresh()
	case *ssa.MakeInterface:
		return dynamic{instr.X.Type(), g.get(f, instr.X)}
	case *ssa.MakeClosure:
		made := &closure{fn: instr.Fn.(*ssa.Function)}
		for _, b := range instr.Bindings {
			made.free = append(made.free, g.get(f, b))
		}
		return made
	case *ssa.MakeChan:
		return g.r.makeChannel(g.get(f, instr.Size))
	case *ssa.TypeAssert:
		return g.r.assert(instr, g.get(f, instr.X))
	}
	return g.element(f, instr)
}

// element computes an instruction on structs, arrays, slices and maps.
func (g *goroutine) element(f *frame, instr ssa.Value) value {
	switch instr := instr.(type) {
	case *ssa.Field:
		if s, ok := g.get(f, instr.X).(*structure); ok {
			return copied(s.fields[instr.Field].v)
		}
	case *ssa.FieldAddr:
		return g.r.fieldOf(g.get(f, instr.X), instr.Field)
	case *ssa.Index:
		return g.r.index(g.get(f, instr.X), g.get(f, instr.Index))
	case *ssa.IndexAddr:
		return g.r.indexAddr(g.get(f, instr.X), g.get(f, instr.Index))
	case *ssa.Lookup:
		m := g.get(f, instr.X)
		g.touch(m, false, instr.Pos())
		return g.r.lookup(instr, m, g.get(f, instr.Index))
	case *ssa.MakeMap:
		return newMapping()
	case *ssa.MakeSlice:
		n, ok := g.get(f, instr.Cap).(int64)
		hi, ok2 := g.get(f, instr.Len).(int64)
		if !ok || !ok2 {
			return g.r.fresh()
		}
		return slice{g.r.zeroArray(instr.Type().Underlying().(*types.Slice).Elem(), int(n), 0), 0, int(hi), int(n)}
	case *ssa.Slice:
		return g.r.sliced(g.get(f, instr.X), g.bound(f, instr.Low), g.bound(f, instr.High), g.bound(f, instr.Max))
	case *ssa.Range:
		return g.r.ranged(g.get(f, instr.X))
	case *ssa.Next:
		it := g.get(f, instr.Iter)
		if rng, ok := instr.Iter.(*ssa.Range); ok {
			g.touch(g.get(f, rng.X), false, rng.Pos())
		}
		return g.r.advanceIterator(instr, it)
	}
	return g.r.fresh()
}

// bound returns a bound of a slice expression, nil if there is none.
func (g *goroutine) bound(f *frame, v ssa.Value) value {
	if v == nil {
		return nil
	}
	return g.get(f, v)
}

// store sets a variable. One of something unknown, or that somebody unknown has a
// pointer to, hands the value over to them.
func (g *goroutine) store(at, v value) {
	c, known := at.(*cell)
	if !known || g.r.lent[c] {
		g.r.unknown([]value{v})
	}
	if known {
		g.r.set(c, v)
	}
}
