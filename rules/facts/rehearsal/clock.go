package rehearsal

import "go/token"

// An alarm is a timer or ticker that is set, in virtual time.
type alarm struct {
	at     int64
	period int64 // 0: once
	set    bool
	ch     *channel
	fire   func() // of AfterFunc and contexts, beside the channel
	born   int    // how many had gone off when it was set
	past   vector // what was known to who set it
}

// ring lets time pass to the next alarm; false if none is set.
func (r *run) ring() bool {
	next := r.nextAlarm()
	if next == nil {
		return false
	}
	r.passes()
	if r.rings++; r.rings > mostRings {
		panic(interrupt{tooLong, "many alarms"})
	}
	r.now = max(r.now, next.at)
	if next.set = next.period > 0; next.set {
		next.at += next.period
	}
	if next.ch != nil && len(next.ch.buffer) == 0 {
		next.ch.put(r.fresh(), next.past)
	}
	if next.fire != nil {
		next.fire()
	}
	return true
}

// nextAlarm returns the alarm that goes off first, nil if none is set.
func (r *run) nextAlarm() (next *alarm) {
	for _, a := range r.alarms {
		if a.set && (next == nil || a.at < next.at) {
			next = a
		}
	}
	return next
}

// alarmIn sets an alarm. A duration that nobody knows is taken for a long one.
func (r *run) alarmIn(d value, past vector) *alarm {
	a := &alarm{past: past, at: r.now + duration(d), set: true, born: r.rings}
	r.alarms = append(r.alarms, a)
	return a
}

const unknownDuration = int64(1e9)

func duration(d value) int64 {
	n, ok := d.(int64)
	if !ok {
		return unknownDuration
	}
	return max(n, 0)
}

// timer is an alarm that sends.
func (r *run) timer(d value, period int64, past vector) *alarm {
	a := r.alarmIn(d, past)
	a.ch, a.period = &channel{room: 1, spoken: true}, period
	return a
}

// sleep is time.Sleep.
func (g *goroutine) sleep(d value, pos token.Pos) {
	woken := false
	a := g.r.alarmIn(d, nil)
	a.fire = func() { woken = true }
	g.pending = &pending{
		pos: pos, what: "sleeps", sleeps: true, do: func(int) {},
		ways: func() int {
			if woken {
				return 1
			}
			return 0
		},
	}
}
