package rehearsal

import (
	"go/types"
	"strings"
)

// clock does the functions of package time that wait or wake.
func (v *visit) clock(name string) bool {
	r := v.g.r
	switch name {
	case "time.Sleep":
		v.g.sleep(v.args[0], v.pos)
	case "time.After":
		v.give(r.timer(v.args[0], 0, v.g.fork()).ch)
	case "time.Tick":
		v.give(r.timer(v.args[0], max(duration(v.args[0]), 1), v.g.fork()).ch)
	case "time.NewTimer":
		v.give(v.made(r.timer(v.args[0], 0, v.g.fork())))
	case "time.NewTicker":
		v.give(v.made(r.timer(v.args[0], max(duration(v.args[0]), 1), v.g.fork())))
	case "time.AfterFunc":
		a := r.alarmIn(v.args[0], v.g.fork())
		f := v.args[1]
		a.fire = func() { r.start(f, nil, v.pos, a.past) }
		v.give(v.made(a))
	case "(*time.Timer).Stop", "(*time.Timer).Reset", "(*time.Ticker).Stop", "(*time.Ticker).Reset":
		v.reset(strings.HasSuffix(name, "Reset"))
	default:
		return false
	}
	return true
}

// made returns the Timer or Ticker of an alarm: a struct whose first field is C.
func (v *visit) made(a *alarm) value {
	st := v.fn.Signature.Results().At(0).Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct)
	s := &structure{}
	for range st.NumFields() {
		s.fields = append(s.fields, &cell{})
	}
	s.fields[0].v = a.ch
	if a.ch == nil {
		s.fields[0].v = nil
	}
	s.fields = append(s.fields, &cell{a})
	return &cell{s}
}

// reset stops a timer, and sets it again. Since Go 1.23 nothing of before is in its channel then,
// and one whose value nobody has received counts as set.
func (v *visit) reset(again bool) {
	c, ok := v.args[0].(*cell)
	if !ok {
		v.g.r.giveUp("an unknown timer")
	}
	s, ok := c.v.(*structure)
	if !ok {
		v.g.r.giveUp("an unknown timer")
	}
	a, ok := s.fields[len(s.fields)-1].v.(*alarm)
	if !ok {
		v.g.r.giveUp("an unknown timer")
	}
	was := a.set
	if a.ch != nil && !v.g.r.memory.oldTimers {
		was = was || len(a.ch.buffer) > 0
		a.ch.buffer, a.ch.got = nil, a.ch.sent
	}
	if a.set = again; again {
		a.past = v.g.fork()
		a.at, a.born = v.g.r.now+duration(v.args[1]), v.g.r.rings
	}
	v.give(was)
}

// context does the functions of package context.
func (v *visit) context(name string) bool {
	r := v.g.r
	switch name {
	case "os/signal.Notify":
		v.signals()
		return true
	case "os/signal.Stop":
		return true // that none came is one of the ways
	}
	what, ok := strings.CutPrefix(name, "context.")
	if !ok {
		return false
	}
	switch what {
	case "Background", "TODO":
		v.give(v.contextOf(&scope{}))
	case "WithCancelCause":
		s := r.derive(v.parent())
		v.give(tuple{v.contextOf(s), r.canceller(s)})
	case "Cause":
		v.give(v.g.contextMethod(v.parent(), "Err"))
	case "WithCancel":
		s := r.derive(v.parent())
		v.give(tuple{v.contextOf(s), r.canceller(s)})
	case "WithTimeout", "WithDeadline", "WithTimeoutCause", "WithDeadlineCause":
		s := r.derive(v.parent())
		a := r.alarmIn(v.args[1], v.g.fork())
		a.fire = func() { s.cancel(r.failure("context.DeadlineExceeded"), a.past) }
		v.give(tuple{v.contextOf(s), r.canceller(s)})
	case "WithValue", "WithoutCancel":
		parent := v.parent()
		if what == "WithoutCancel" {
			parent = nil
		}
		v.give(v.contextOf(&scope{parent: parent}))
	default:
		r.giveUp("the function " + name)
	}
	return true
}

// signals lets a signal come when nothing else can happen any more.
func (v *visit) signals() {
	ch := v.g.r.channelOf(v.args[0])
	if ch == nil || ch.room == 0 {
		v.g.r.giveUp("a signal that may be lost")
	}
	a := v.g.r.alarmIn(farAway, v.g.fork())
	a.ch = ch
}

// farAway is later than what programs wait for.
const farAway = int64(1) << 60

// contextOf is the context.Context of a scope.
func (v *visit) contextOf(s *scope) value { return dynamic{types.Typ[types.UntypedNil], s} }

// parent returns the context that is derived from.
func (v *visit) parent() *scope {
	d, ok := v.args[0].(dynamic)
	if ok {
		if s, ok := d.v.(*scope); ok {
			return s
		}
	}
	v.g.r.giveUp("an unknown context")
	return nil
}

// canceller is the CancelFunc of a scope.
func (r *run) canceller(s *scope) value {
	return &native{name: "cancel", refs: []any{s}, call: func(g *goroutine) value {
		s.cancel(r.failure("context.Canceled"), g.fork())
		return nil
	}}
}

// failure is an error that is not nil.
func (r *run) failure(name string) value {
	r.truths["("+name+" == <nil>)"] = false
	return r.symbolOf(name)
}

// contextMethod calls a method of a context.
func (g *goroutine) contextMethod(s *scope, name string) value {
	r := g.r
	switch name {
	case "Done":
		if ch := s.ends(); ch != nil {
			return ch
		}
		return nil
	case "Err":
		for up := s; up != nil; up = up.parent {
			g.acquire(up.past)
		}
		return s.failed()
	case "Value":
		return r.fresh()
	}
	return tuple{r.fresh(), r.fresh()}
}
