package match

// A frame is what a step of a search goes on with: the continuations of a matcher,
// or of a predicate. Steps end in the opposite order to that in which they begin,
// and nearly all of them find nothing; so frames are used again, with their
// continuations, where each step would else make its own.
type frame struct {
	q     *query
	yield yield // what comes behind all

	m                    *matcher
	subject, early, late yield // the ways in which m's subject, early and late constraints hold
	related              yield // and its relations

	f      found
	with   map[string]string
	answer func(answer) bool
}

// enter begins a step. Whoever does so leaves it, unless he panics.
func (q *query) enter(yield yield) *frame {
	if q.depth == len(q.frames) {
		q.frames = append(q.frames, newFrame(q))
	}
	fr := q.frames[q.depth]
	q.depth++
	fr.yield = yield
	return fr
}

func (q *query) leave() {
	q.depth--
	fr := q.frames[q.depth]
	fr.yield, fr.f = nil, found{} // they would keep alive what nobody asks for
}

func newFrame(q *query) *frame {
	fr := &frame{q: q}
	fr.subject = func(f found) bool {
		if fr.m.bind != "" {
			var ok bool
			if f, ok = f.with(q, fr.m.bind, f.nodes); !ok {
				return true
			}
		}
		return q.constrain(fr.m.early, f, fr.early)
	}
	fr.early = func(f found) bool { return q.relate(fr.m.relations, f, fr.related) }
	fr.related = func(f found) bool { return q.constrain(fr.m.late, f, fr.late) }
	fr.late = func(f found) bool {
		if fr.m.not != nil && q.holds(fr.m.not, f) {
			return true
		}
		return fr.yield(f)
	}
	fr.answer = func(ans answer) bool {
		out, ok := fr.f.learn(q, fr.with, ans)
		return !ok || fr.yield(out)
	}
	return fr
}
