package match

import (
	"cmp"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A relation is a place that a match must have around it, in it, before it or
// after it.
type relation struct {
	kind    relationKind
	operand *matcher
	without *matcher // what must not be on the way, with the holes of the operand; nil: nothing
	path    rules.Path
}

type relationKind string

const (
	inside   relationKind = "inside"
	contains relationKind = "has"
	follows  relationKind = "follows"
	precedes relationKind = "precedes"
)

func (c *compiler) relations(pointer string, m *rules.Match, bound holeSet) (all []relation) {
	for _, r := range []struct {
		kind    relationKind
		operand *rules.Match
	}{{inside, m.Inside}, {contains, m.Has}, {follows, m.Follows}, {precedes, m.Precedes}} {
		if r.operand == nil {
			continue
		}
		at := pointer + "/" + string(r.kind)
		next := relation{
			kind:    r.kind,
			operand: c.match(at, r.operand, bound),
			path:    cmp.Or(r.operand.Path, rules.Syntax),
		}
		next.without = c.match(at+"/without", r.operand.Without, clone(bound))
		all = append(all, next)
	}
	return all
}

// relate yields the ways in which f stands in all relations.
func (q *query) relate(list []relation, f found, yield yield) bool {
	if len(list) == 0 {
		return yield(f)
	}
	next := func(other found) bool {
		other.at, other.nodes = f.at, f.nodes
		return q.relate(list[1:], other, yield)
	}
	return q.related(list[0], f, next)
}

func (q *query) related(r relation, f found, yield yield) bool {
	onText := r.path == rules.Syntax
	switch {
	case r.kind == inside && onText:
		return q.inside(r, f, yield)
	case r.kind == inside:
		return q.insideOnPath(r, f, yield)
	case r.kind == contains && onText:
		return q.has(r, f, yield)
	case r.kind == contains:
		return q.hasOnPath(r, f, yield)
	case !onText:
		return q.ordered(r, f, yield)
	case r.kind == follows:
		return q.follows(r, f, q.unobstructed(r, f, yield))
	default:
		return q.precedes(r, f, q.unobstructed(r, f, yield))
	}
}

// at matches the operand of a relation at a place.
func (q *query) at(r relation, place syntax.Cursor, f found, yield yield) bool {
	if !r.operand.canStart(place.Node()) {
		return true
	}
	return q.matches(r.operand, place, f, yield)
}
