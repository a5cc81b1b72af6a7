package rehearsal

import "strings"

// errgroup does the functions of package errgroup.
func (v *visit) errgroup(name string) bool {
	const path = "golang.org/x/sync/errgroup."
	if name == path+"WithContext" {
		s, p := v.g.r.derive(v.parent()), newPrimitive("errgroup")
		p.held = s
		v.give(tuple{&cell{p}, v.contextOf(s)})
		return true
	}
	method, ok := strings.CutPrefix(name, "(*"+path+"Group).")
	if !ok {
		return false
	}
	p := v.g.r.primitiveAt(v.args[0])
	switch method {
	case "SetLimit":
		n, ok := v.args[1].(int64)
		if !ok {
			v.g.r.giveUp("an unknown limit")
		}
		p.queued = int(n)
	case "Wait":
		v.g.wait(p, v.pos)
		v.g.pending.do = func(int) {
			v.g.acquire(p.past)
			p.cancel(v.g)
			v.give(p.failed)
		}
	case "Go":
		v.place(p)
	default:
		return false
	}
	return true
}

// place waits for a place in a group, and starts a goroutine there. The first
// error is kept, and cancels the context.
func (v *visit) place(p *primitive) {
	r := v.g.r
	v.g.pending = &pending{
		pos: v.pos, what: "waits for a place in the group", on: p,
		ways: func() int {
			if p.queued > 0 && p.count >= int64(p.queued) {
				return 0
			}
			return 1
		},
		do: func(int) {
			if p.queued > 0 {
				v.g.acquire(p.past)
			}
			v.g.counted(p, v.args[1], v.pos, func(other *goroutine, err value) {
				if p.failed == nil && !r.decided(r.equal(err, nil)) {
					p.failed = err
					p.cancel(other)
				}
			})
		},
	}
}

// cancel cancels the context of a group.
func (p *primitive) cancel(g *goroutine) {
	if s, ok := p.held.(*scope); ok {
		s.cancel(g.r.failure("context.Canceled"), g.fork())
	}
}
