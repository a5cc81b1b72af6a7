package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// A shift is a goroutine that a flag of its object tells of: the flag is set before the goroutine
// starts, and cleared only by who has heard that it ends. Where the flag is found unset, under the
// lock that guards it, the goroutine is not at work.
//
//	func (c *Cron) Start() { c.mu.Lock(); c.running = true; go c.run(); c.mu.Unlock() }
//	func (c *Cron) Stop()  { c.mu.Lock(); c.stop <- true; c.running = false; c.mu.Unlock() }
//	func (c *Cron) Size() int { c.mu.Lock(); …; if !c.running { return len(c.jobs) }; … }
type shift struct {
	loop  *function
	flag  *types.Var
	early bool // who clears the flag knows only that the goroutine has heard, and not that it has ended
}

// inShifts reports whether two accesses never meet, as each is made by the goroutine of a shift,
// or where its flag is found unset.
func (f *Facts) inShifts(a, b *Access) bool {
	return slices.ContainsFunc(f.shifts(), func(s shift) bool {
		return f.onShift(a.fn, a.Expr, s, deepest) && f.onShift(b.fn, b.Expr, s, deepest)
	})
}

// onShift reports whether control comes to a node of a function in those two ways alone.
func (f *Facts) onShift(fn *function, at ast.Node, s shift, depth int) bool {
	if fn == s.loop && !f.behindLastWord(fn, at, s) || f.offShift(fn, at, s) {
		return true
	}
	if depth == 0 {
		return false
	}
	if fn.around != nil {
		around, runs, start := fn.out()
		return around != nil && runs == inPlace && f.onShift(around, start, s, depth-1)
	}
	sites := f.realSites(fn)
	return !fn.public && !fn.valued && len(sites) > 0 && !slices.ContainsFunc(sites, func(c site) bool {
		return c.in == nil || c.runs != inPlace || !f.onShift(c.in, c.stmt, s, depth-1)
	})
}

// offShift reports whether the flag is found unset before a node, and a lock is held there.
func (f *Facts) offShift(fn *function, at ast.Node, s shift) bool {
	unset := slices.ContainsFunc(f.truthsAt(fn, at), func(t truth) bool { return f.holder(f.unset(t)) == types.Object(s.flag) })
	return unset && len(f.stateAt(fn, at).locks) > 0
}

// shifts returns those of the package, found when first asked for.
func (f *Facts) shifts() []shift {
	type key struct{}
	return f.pkg.Keep(key{}, func() any {
		var all []shift
		for _, fn := range f.order {
			if fn.around == nil && !fn.public && !fn.valued {
				all = append(all, f.shiftsOf(fn)...)
			}
		}
		return all
	}).([]shift)
}

// shiftsOf returns the flags of a function that is started, each of which tells of it.
func (f *Facts) shiftsOf(loop *function) (all []shift) {
	sites := f.realSites(loop)
	if !slices.ContainsFunc(sites, func(s site) bool { return s.in != nil && s.runs == started }) {
		return nil
	}
	for _, flag := range f.flagsSet(sites[0]) {
		announced := !slices.ContainsFunc(sites, func(s site) bool { return !slices.Contains(f.flagsSet(s), flag) })
		if announced && f.clearedAtEnd(flag, loop) {
			all = append(all, shift{loop, flag, f.clearedEarly(flag, loop)})
		}
	}
	return all
}

// flagsSet returns the fields that a function always sets to true before it comes to a call.
func (f *Facts) flagsSet(s site) (flags []*types.Var) {
	if s.in == nil {
		return nil
	}
	f.pkg.Inspect(s.in.body(), func(n ast.Node) bool {
		if flag, value := f.flagIn(n); flag != nil && value {
			if _, always := f.pkg.Flow(s.in.node).Precedes(n, s.stmt); always {
				flags = append(flags, flag)
			}
		}
		return true
	})
	return flags
}

// flagIn returns the field that a statement sets to true or false.
func (f *Facts) flagIn(n ast.Node) (flag *types.Var, value bool) {
	set, ok := n.(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
		return nil, false
	}
	v, _ := f.holder(set.Lhs[0]).(*types.Var)
	word := f.pkg.Info.Types[set.Rhs[0]].Value
	if v == nil || !v.IsField() || word == nil || word.String() != "true" && word.String() != "false" {
		return nil, false
	}
	return v, word.String() == "true"
}

// clearedAtEnd reports whether all who clear a flag hand over to a goroutine first, which ends then,
// or hear that it has ended; a flag that nobody clears tells of one that never ends.
func (f *Facts) clearedAtEnd(flag *types.Var, loop *function) bool {
	return !slices.ContainsFunc(f.accesses[flag], func(a *Access) bool {
		if !a.Write && !a.Address || a.fn.initialises() {
			return false
		}
		set, value := f.flagIn(a.Use)
		return set == nil || !value && !f.hearsOfEnd(a, loop)
	})
}

// hearsOfEnd reports whether a function always hears of the end of a goroutine before it makes an
// access.
func (f *Facts) hearsOfEnd(a *Access, loop *function) bool {
	before := func(n ast.Node) bool {
		_, always := f.pkg.Flow(a.fn.node).Precedes(n, a.Expr)
		return always
	}
	signals, ends := f.signalsOf(a.fn), f.signalsOf(loop)
	for key, sends := range signals.gives {
		if f.withoutRoom(key) && f.leavesAt(loop, ends.waits[key]) && slices.ContainsFunc(sends, func(n ast.Node) bool { return isSend(n) && before(n) }) {
			return true
		}
	}
	return f.waitsForEnd(a, loop)
}

// clearedEarly reports whether one who clears a flag only hands over to a goroutine first.
func (f *Facts) clearedEarly(flag *types.Var, loop *function) bool {
	return slices.ContainsFunc(f.accesses[flag], func(a *Access) bool {
		set, value := f.flagIn(a.Use)
		return a.Write && set != nil && !value && !a.fn.initialises() && !f.waitsForEnd(a, loop)
	})
}

// behindLastWord reports whether the goroutine of a shift comes to a node of its function behind the last word that it
// hears, while whoever has given that may have cleared the flag: in the case that leaves, or in a deferred call.
//
//	case <-c.stop:
//		c.jobs = nil
//		return
func (f *Facts) behindLastWord(loop *function, at ast.Node, s shift) (behind bool) {
	if !s.early {
		return false
	}
	f.pkg.Inspect(loop.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			behind = behind || within(n, at)
		case *ast.CommClause:
			if n.Comm != nil && len(n.Body) > 0 && within(n, at) && !within(n.Comm, at) {
				_, leaves := n.Body[len(n.Body)-1].(*ast.ReturnStmt)
				_, waits := n.Comm.(*ast.SendStmt)
				behind = behind || leaves && !waits
			}
		}
		return !behind
	})
	return behind
}

// waitsForEnd reports whether a function always waits for the end of a goroutine before it makes an access.
func (f *Facts) waitsForEnd(a *Access, loop *function) bool {
	before := func(n ast.Node) bool {
		_, always := f.pkg.Flow(a.fn.node).Precedes(n, a.Expr)
		return always
	}
	signals, ends := f.signalsOf(a.fn), f.signalsOf(loop)
	for key, waits := range signals.waits {
		if gives := ends.gives[key]; len(gives) > 0 && !slices.ContainsFunc(gives, func(n ast.Node) bool { return !f.isDeferred(loop, n) }) && slices.ContainsFunc(waits, before) {
			return true
		}
	}
	return false
}

func isSend(n ast.Node) bool {
	_, ok := n.(*ast.SendStmt)
	return ok
}

// leavesAt reports whether a function ends wherever it receives.
func (f *Facts) leavesAt(fn *function, receives []ast.Node) bool {
	return len(receives) > 0 && !slices.ContainsFunc(receives, func(n ast.Node) bool {
		leaves := false
		f.pkg.Inspect(fn.body(), func(m ast.Node) bool {
			clause, ok := m.(*ast.CommClause)
			if ok && clause.Comm != nil && within(clause.Comm, n) && len(clause.Body) > 0 {
				_, leaves = clause.Body[len(clause.Body)-1].(*ast.ReturnStmt)
			}
			return !leaves
		})
		return !leaves
	})
}

// withoutRoom reports whether a field holds channels that are made without room: who sends meets who
// receives.
func (f *Facts) withoutRoom(field types.Object) bool {
	v, ok := field.(*types.Var)
	if !ok || !v.IsField() {
		return false
	}
	made, room := false, false
	note := func(key, value ast.Expr) {
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if !ok || f.holder(key) != field {
			return
		}
		if builtin, ok := f.pkg.Callee(call).(*types.Builtin); !ok || builtin.Name() != "make" {
			return
		}
		made, room = true, room || len(call.Args) > 1
	}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				note(n.Key, n.Value)
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					if len(n.Lhs) == len(n.Rhs) {
						note(lhs, n.Rhs[i])
					}
				}
			}
			return true
		})
	}
	return made && !room
}
