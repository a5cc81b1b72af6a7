package match

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/pattern"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A happening is what events of one kind there are at a node. All rules are tried at
// one node before the next, and many ask of the same events and call their parts the
// same, so what the last node holds is kept.
type happening struct {
	event       *event
	occurrences []occurrence
	bound       []binding
}

// A binding is what is bound where nothing else is, for those events that have all parts.
type binding struct {
	with []partHole
	all  []pattern.Bindings
}

// occurrences returns the events of m's kind at a node.
func (q *query) occurrences(m *matcher, at syntax.Cursor) []occurrence {
	if !m.canStart(at.Node()) {
		return nil
	}
	if at != q.last {
		q.last, q.anchor, q.happenings = at, nil, q.happenings[:0]
	}
	if h := q.happeningOf(m.event.event); h != nil {
		return h.occurrences
	}
	c := q.collector()
	m.event.event.find(q, at, c.yield)
	h := happening{event: m.event.event, occurrences: q.collected(c)}
	if at == q.last { // finding them may have led elsewhere
		q.happenings = append(q.happenings, h)
	}
	return h.occurrences
}

// happeningOf is what is kept of an event at the last node; it is valid until the next
// one is found.
func (q *query) happeningOf(e *event) *happening {
	for i := range q.happenings {
		if q.happenings[i].event == e {
			return &q.happenings[i]
		}
	}
	return nil
}

// bindings binds the parts of the events at a node where nothing is bound yet.
func (q *query) bindings(m *matcher, at syntax.Cursor, events []occurrence) []pattern.Bindings {
	var h *happening
	if at == q.last {
		h = q.happeningOf(m.event.event)
	}
	if h != nil {
		for _, known := range h.bound {
			if slices.Equal(known.with, m.event.with) {
				return known.all
			}
		}
	}
	var all []pattern.Bindings
	for _, parts := range events {
		if bound, has := q.bind(nil, m.event.with, parts); has {
			all = append(all, slices.Clip(bound))
		}
	}
	if h != nil {
		h.bound = append(h.bound, binding{m.event.with, all})
	}
	return all
}

// anchorAt is the node of an event, as the nodes of a match.
func (q *query) anchorAt(at syntax.Cursor) []ast.Node {
	if at != q.last {
		return one(at.Node())
	}
	if q.anchor == nil {
		q.anchor = one(at.Node())
	}
	return q.anchor
}

// A collector is lent to one search for events at a time: most find nothing, and
// should cost nothing.
type collector struct {
	all   []occurrence
	yield func(occurrence) bool // adds to all
}

func (q *query) collector() *collector {
	if n := len(q.collectors); n > 0 {
		c := q.collectors[n-1]
		q.collectors = q.collectors[:n-1]
		return c
	}
	c := new(collector)
	c.yield = func(parts occurrence) bool {
		c.all = append(c.all, parts)
		return true
	}
	return c
}

// collected takes back a collector, and returns what it holds.
func (q *query) collected(c *collector) (all []occurrence) {
	all, c.all = c.all, nil
	q.collectors = append(q.collectors, c)
	return all
}
