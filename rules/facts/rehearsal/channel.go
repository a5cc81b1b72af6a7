package rehearsal

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A channel is one of a run.
type channel struct {
	room   int
	buffer []value
	closed bool
	spoken bool      // something was sent on it, or it was closed
	end    token.Pos // where it was closed
	past   vector    // of who closed it
	slots  []vector  // of the buffer: who puts something there, or takes it, knows who did so before
	sent   int
	got    int
}

// An arm is one channel operation that a goroutine is ready to do.
type arm struct {
	ch   *channel // nil: never
	send bool
	v    value
	pos  token.Pos
	then func(v value, ok bool)
}

func (r *run) makeChannel(size value) value {
	n, ok := size.(int64)
	if !ok {
		r.giveUp("a buffer of unknown size")
	}
	return &channel{room: int(n)}
}

// channelOf returns the channel that a value is, nil for nil.
func (r *run) channelOf(v value) *channel {
	ch, ok := v.(*channel)
	if !ok && v != nil {
		r.giveUp("an unknown channel")
	}
	return ch
}

func (g *goroutine) send(f *frame, instr *ssa.Send) {
	g.communicate([]arm{{
		ch: g.r.channelOf(g.get(f, instr.Chan)), send: true, v: g.get(f, instr.X), pos: instr.Pos(),
		then: func(value, bool) {},
	}}, nil, false)
}

func (g *goroutine) receive(f *frame, instr *ssa.UnOp) {
	g.communicate([]arm{{
		ch: g.r.channelOf(g.get(f, instr.X)), pos: instr.Pos(),
		then: func(v value, ok bool) {
			if v == nil && !ok {
				v = g.r.zero(elemOf(instr.X.Type()), 0)
			}
			f.set(instr, g.r.maybe(instr.CommaOk, v, ok))
		},
	}}, nil, loops(instr))
}

func elemOf(t types.Type) types.Type { return t.Underlying().(*types.Chan).Elem() }

// selects makes a select pending. Its value is the index, whether a receive got
// a value, and what each receive got.
func (g *goroutine) selects(f *frame, instr *ssa.Select) {
	var arms []arm
	receives := 0
	for _, st := range instr.States {
		if st.Dir == types.RecvOnly {
			receives++
		}
	}
	at := 0
	for i, st := range instr.States {
		a := arm{ch: g.r.channelOf(g.get(f, st.Chan)), pos: st.Pos}
		slot := -1
		if st.Dir == types.SendOnly {
			a.send, a.v = true, g.get(f, st.Send)
		} else {
			slot = at
			at++
		}
		a.then = func(v value, ok bool) {
			if v == nil && !ok && slot >= 0 {
				v = g.r.zero(elemOf(st.Chan.Type()), 0)
			}
			f.set(instr, selected(i, ok, slot, v, receives))
		}
		arms = append(arms, a)
	}
	var otherwise func()
	if !instr.Blocking {
		otherwise = func() { f.set(instr, selected(-1, false, -1, nil, receives)) }
	}
	g.communicate(arms, otherwise, loops(instr))
}

func selected(i int, ok bool, slot int, v value, receives int) tuple {
	all := tuple{int64(i), ok}
	for j := range receives {
		if j == slot {
			all = append(all, v)
		} else {
			all = append(all, nil)
		}
	}
	return all
}

// loops reports whether a function can come to an instruction again.
func loops(instr ssa.Instruction) bool { return comesBack(instr.Block()) }

func comesBack(block *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	todo := append([]*ssa.BasicBlock{}, block.Succs...)
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if b == block {
			return true
		}
		if !seen[b] {
			seen[b] = true
			todo = append(todo, b.Succs...)
		}
	}
	return false
}

// calledInLoop reports whether a goroutine that was started is in a loop around the call that
// it is in: the loop over Accept of a server is one, as that over a receive.
func (g *goroutine) calledInLoop() bool {
	return g != g.r.root && len(g.frames) > 1 && slices.ContainsFunc(g.frames[:len(g.frames)-1], func(f *frame) bool {
		return f.block != nil && comesBack(f.block)
	})
}

// A match is a way to do a pending channel operation.
type match struct {
	arm     int
	partner *goroutine
	other   int // the arm of the partner
}

// communicate makes a channel operation pending. otherwise is the default.
func (g *goroutine) communicate(arms []arm, otherwise func(), again bool) {
	p := &pending{cases: arms, idle: again || g.calledInLoop()}
	p.pos, p.what = describe(arms)
	for _, a := range arms {
		p.idle = p.idle && !a.send
	}
	p.ways = func() int {
		n := len(g.matches(arms))
		if otherwise != nil && (n == 0 || g.onlyMeets(arms)) {
			n++ // who is not there yet cannot be met
		}
		return n
	}
	p.do = func(way int) {
		all := g.matches(arms)
		if way >= len(all) {
			otherwise()
			return
		}
		g.meet(arms, all[way])
	}
	g.pending = p
}

// waitsForNothing is select {}.
const waitsForNothing = "waits for nothing"

// describe returns where and for what a goroutine waits at some arms.
func describe(arms []arm) (token.Pos, string) {
	switch {
	case len(arms) == 0:
		return token.NoPos, waitsForNothing
	case len(arms) > 1:
		return arms[0].pos, "waits for one of several channels"
	case arms[0].send:
		return arms[0].pos, "waits for somebody to receive"
	}
	return arms[0].pos, "waits for somebody to send or close"
}

// matches returns the ways to do one of some arms.
func (g *goroutine) matches(arms []arm) (all []match) {
	for i, a := range arms {
		switch {
		case a.ch == nil:
		case a.send && (a.ch.closed || len(a.ch.buffer) < a.ch.room), !a.send && (a.ch.closed || len(a.ch.buffer) > 0):
			all = append(all, match{arm: i})
		case a.ch.room == 0:
			all = append(all, g.partners(i, a)...)
		}
	}
	return all
}

// partners returns the goroutines that are about to do the opposite.
func (g *goroutine) partners(i int, a arm) (all []match) {
	for _, other := range g.r.goroutines {
		if other == g || other.pending == nil {
			continue
		}
		for j, b := range other.pending.cases {
			if b.ch == a.ch && b.send != a.send {
				all = append(all, match{i, other, j})
			}
		}
	}
	return all
}

// onlyMeets reports whether all that could be done is to meet somebody.
func (g *goroutine) onlyMeets(arms []arm) bool {
	for _, m := range g.matches(arms) {
		if m.partner == nil {
			return false
		}
	}
	return true
}

// meet does one arm.
func (g *goroutine) meet(arms []arm, m match) {
	a := arms[m.arm]
	a.ch.spoken = a.ch.spoken || a.send || m.partner != nil
	switch {
	case m.partner != nil:
		g.r.changed = g.r.rings
		b := m.partner.pending.cases[m.other]
		g.r.does(m.partner.pending)
		m.partner.pending = nil
		g.meetWith(m.partner)
		v := a.v
		if b.send {
			v = b.v
		}
		a.then(copied(v), true)
		b.then(copied(v), true)
	case a.send && a.ch.closed:
		g.breaks(a.pos, "the channel is closed by then", a.ch.end)
	case a.send:
		g.r.changed = g.r.rings
		g.pass(a.ch, a.ch.sent)
		a.ch.put(copied(a.v), nil)
		a.then(nil, true)
	case len(a.ch.buffer) > 0:
		v := a.ch.buffer[0]
		g.pass(a.ch, a.ch.got)
		a.ch.got++
		a.ch.buffer = append([]value{}, a.ch.buffer[1:]...)
		a.then(v, true)
	default:
		g.acquire(a.ch.past)
		a.then(nil, false)
	}
}

// slot returns the place in the buffer for the nth value.
func (ch *channel) slot(n int) *vector {
	if len(ch.slots) < ch.room {
		ch.slots = make([]vector, ch.room)
	}
	return &ch.slots[n%ch.room]
}

// put adds a value to the buffer.
func (ch *channel) put(v value, past vector) {
	ch.buffer = append(ch.buffer, v)
	if slot := ch.slot(ch.sent); past != nil {
		*slot = slot.joined(past)
	}
	ch.sent++
}

// pass makes a goroutine know who had the place for the nth value before, and be known.
func (g *goroutine) pass(ch *channel, n int) {
	slot := ch.slot(n)
	g.acquire(*slot)
	g.release(slot)
}

// closes closes a channel.
func (g *goroutine) closes(v value, pos token.Pos) {
	ch := g.r.channelOf(v)
	if ch == nil {
		g.r.giveUp("a close of nil")
	}
	g.act(pos, "closes", func() {
		if ch.closed {
			g.breaks(pos, "the channel is closed already", ch.end)
		}
		ch.closed, ch.spoken, ch.end = true, true, pos
		g.release(&ch.past)
	})
}

// act makes an operation pending that does not wait.
func (g *goroutine) act(pos token.Pos, what string, do func()) {
	g.pending = &pending{pos: pos, what: what, ways: once, do: func(int) { do() }}
}

// breaks ends the run at an operation that panics because of what happened first. Where a panic may be
// recovered nobody knows what happens.
func (g *goroutine) breaks(pos token.Pos, why string, first token.Pos) {
	r := g.r
	for _, f := range g.frames {
		if len(f.deferred) > 0 && r.recovers(f) {
			r.giveUp("a panic that may be recovered")
		}
	}
	r.broken = &Stuck{Pos: pos, Broken: why}
	if first.IsValid() && first != pos {
		r.broken.Others = []Companion{{first, "closed here"}}
	}
	panic(interrupt{panicked, why})
}

// recovers reports whether a deferred function of a frame calls recover.
func (r *run) recovers(f *frame) bool {
	for _, d := range f.deferred {
		c, ok := d.fn.(*closure)
		if !ok {
			continue
		}
		for _, b := range c.fn.Blocks {
			for _, instr := range b.Instrs {
				call, ok := instr.(*ssa.Call)
				if !ok {
					continue
				}
				if builtin, ok := call.Call.Value.(*ssa.Builtin); ok && builtin.Name() == "recover" {
					return true
				}
			}
		}
	}
	return false
}
