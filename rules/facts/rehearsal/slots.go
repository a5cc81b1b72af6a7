package rehearsal

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// slots says where a frame has the variables of its function.
type slots map[ssa.Value]int32

// A memory is what the runs of a package find out once.
type memory struct {
	slots map[*ssa.Function]slots
	names map[*types.Func]string
	ends  func(*types.Func) bool // whether a function never comes back, so its model says
	// oldTimers says that Stop and Reset leave in a timer's channel what is there.
	oldTimers bool
}

func newMemory() *memory {
	return &memory{slots: map[*ssa.Function]slots{}, names: map[*types.Func]string{}, ends: func(*types.Func) bool { return false }}
}

func (m *memory) slotsOf(fn *ssa.Function) slots {
	if all, ok := m.slots[fn]; ok {
		return all
	}
	all := slots{}
	for _, p := range fn.Params {
		all[p] = int32(len(all))
	}
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if v, ok := instr.(ssa.Value); ok {
				all[v] = int32(len(all))
			}
		}
	}
	m.slots[fn] = all
	return all
}

// nameOf is the full name of a function.
func (m *memory) nameOf(fn *types.Func) string {
	name, ok := m.names[fn]
	if !ok {
		name = fn.FullName()
		m.names[fn] = name
	}
	return name
}

// frameOf is that of a call that begins.
func (r *run) frameOf(fn *closure, result func(value)) *frame {
	at := r.memory.slotsOf(fn.fn)
	return &frame{fn: fn.fn, block: fn.fn.Blocks[0], slots: at, values: make([]value, len(at)), free: fn.free, result: result}
}

func (f *frame) set(v ssa.Value, x value) { f.values[f.slots[v]] = x }

// value is nil of what has none yet.
func (f *frame) value(v ssa.Value) value {
	if at, ok := f.slots[v]; ok {
		return f.values[at]
	}
	return nil
}
