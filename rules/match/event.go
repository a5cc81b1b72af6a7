package match

import (
	"go/ast"
	"maps"
	"reflect"
	"slices"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
	"github.com/lockfix/lockfix/rules/syntax"
)

// An event is something that a program does, recognised by syntax and types.
type event struct {
	doc   string
	parts []eventPart
	at    []ast.Node // types of the nodes at which it can happen
	keys  []string   // keys (see pattern.Key) of those nodes; none: any
	find  func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool
}

// An eventPart is something that takes part in an event and can be bound.
type eventPart struct{ name, doc string }

// An occurrence holds the parts of one event, those that it has. There are few of
// them and most are dropped at once, so that a list is cheaper than a map.
type occurrence []part

type part struct {
	name  string
	nodes []ast.Node
}

// get returns a part by its name; ok is false if the event does not have it.
func (o occurrence) get(name string) (nodes []ast.Node, ok bool) {
	for i := range o {
		if o[i].name == name {
			return o[i].nodes, true
		}
	}
	return nil, false
}

// has reports whether the event has all parts that are asked for.
func (o occurrence) has(with []partHole) bool {
	for _, w := range with {
		if _, ok := o.get(w.part); !ok {
			return false
		}
	}
	return true
}

// events are what a rule can name, one idea a file.
var events = map[string]*event{
	"access":        &accessEvent,
	"assign":        &assignEvent,
	"atomic-write":  &atomicWriteEvent,
	"call":          &callEvent,
	"close":         &closeEvent,
	"declare":       &declareEvent,
	"defer":         &deferEvent,
	"go":            &goEvent,
	"lock":          &lockEvent,
	"lock-helper":   &lockHelperEvent,
	"map-delete":    &mapDeleteEvent,
	"map-range":     &mapRangeEvent,
	"map-read":      &mapReadEvent,
	"map-write":     &mapWriteEvent,
	"plain-load":    &plainLoadEvent,
	"plain-store":   &plainStoreEvent,
	"raced":         &racedEvent,
	"receive":       &receiveEvent,
	"return":        &returnEvent,
	"select":        &selectEvent,
	"send":          &sendEvent,
	"trylock":       &tryLockEvent,
	"unlock":        &unlockEvent,
	"unlock-helper": &unlockHelperEvent,
}

func (e *event) partNames() (names []string) {
	for _, part := range e.parts {
		names = append(names, part.name)
	}
	return names
}

// An eventMatcher is a compiled event with the holes for its parts.
type eventMatcher struct {
	event *event
	with  []partHole // by the name of the part
}

type partHole struct{ part, hole string }

func (c *compiler) eventSubject(pointer string, m *rules.Match, bound holeSet, out *matcher) {
	e, ok := events[m.Event]
	if !ok {
		c.add(pointer+"/event", "there is no event %q%s", m.Event, rules.Suggest(m.Event, slices.Sorted(maps.Keys(events))))
		return
	}
	out.event = &eventMatcher{event: e}
	for _, part := range slices.Sorted(maps.Keys(m.With)) {
		if !slices.Contains(e.partNames(), part) {
			c.add(pointer+"/with/"+part, "the event %s has no part %q%s", m.Event, part, rules.Suggest(part, e.partNames()))
			continue
		}
		out.event.with = append(out.event.with, partHole{part, m.With[part]})
		bound[m.With[part]] = listParts[part]
	}
	for _, n := range e.at {
		if len(e.keys) == 0 {
			out.starts = append(out.starts, start{kind: reflect.TypeOf(n)})
		}
		for _, key := range e.keys {
			out.starts = append(out.starts, start{reflect.TypeOf(n), key})
		}
	}
}

// listParts are the parts that hold any number of nodes.
var listParts = map[string]bool{"args": true, "results": true}

// narrow uses what the constraints say of a call to index it by the callee's name.
func (m *matcher) narrow(source *rules.Match) {
	if source.Event != "call" {
		return
	}
	for _, k := range source.Where {
		names := calleesOf(source, k)
		if len(names) == 0 {
			continue
		}
		m.starts = nil
		for _, name := range names {
			m.starts = append(m.starts, start{reflect.TypeFor[*ast.CallExpr](), name})
		}
		if len(names) == 1 {
			m.names = names
		}
		return
	}
}

// calleesOf returns the names of which the callee of a call has one where a constraint
// holds; none: any.
func calleesOf(call *rules.Match, k rules.Constraint) (names []string) {
	for _, one := range k.Any {
		more := calleesOf(call, one)
		if len(more) == 0 {
			return nil
		}
		names = append(names, more...)
	}
	readings := readObject(k.Object)
	if len(readings) > 0 && k.Hole != "" && (k.Hole == call.Bind || k.Hole == call.With["func"] || k.Hole == call.With["call"]) {
		names = append(names, readings[0].name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// event finds the events of one kind at a node, and binds their parts.
func (q *query) event(m *matcher, at syntax.Cursor, given found, yield yield) bool {
	all := q.occurrences(m, at)
	if len(all) == 0 {
		return true
	}
	f := found{at: at, nodes: q.anchorAt(at), evidence: given.evidence}
	if len(given.bound) == 0 {
		for _, f.bound = range q.bindings(m, at, all) {
			if !yield(f) {
				return false
			}
		}
		return true
	}
	for _, parts := range all {
		var has bool
		if f.bound, has = q.bind(given.bound, m.event.with, parts); has && !yield(f) {
			return false
		}
	}
	return true
}

// bind binds the parts of an event, too, and reports whether it has them all.
func (q *query) bind(given pattern.Bindings, with []partHole, parts occurrence) (pattern.Bindings, bool) {
	if !parts.has(with) {
		return nil, false
	}
	bound := slices.Grow(slices.Clip(given), len(with)) // of its own, for all of them
	for _, w := range with {
		nodes, _ := parts.get(w.part)
		if before, ok := bound.Get(w.hole); !ok {
			bound = append(bound, pattern.Binding{Hole: w.hole, Nodes: nodes})
		} else if !sameNodes(before, nodes, q.pkg.Info) {
			return nil, false
		}
	}
	return bound, true
}

// one is the value of a part that is one node.
func one(n ast.Node) []ast.Node { return []ast.Node{n} }

// exprs is the value of a part that is a list of expressions.
func exprs(list []ast.Expr) []ast.Node {
	nodes := make([]ast.Node, len(list))
	for i, x := range list {
		nodes[i] = x
	}
	return nodes
}
