package match

import (
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// A Program is what rules of program scope see beside the package that they
// look at. It is immutable and safe for concurrent use.
type Program struct {
	Order *order.Graph
}

// Of returns the rules of the set that look at a package alone, or those that
// look at the program.
func (s *Set) Of(reach rules.Reach) *Set {
	part := &Set{byRule: s.byRule, ids: s.ids}
	for _, p := range s.programs {
		if (p.rule.Scope.Of == "program") == (reach == "program") {
			alone := *p
			alone.names = nil
			part.programs = append(part.programs, &alone)
		}
	}
	part.index = newIndex(part.programs)
	return part
}

// Empty reports whether the set has no rule.
func (s *Set) Empty() bool { return len(s.programs) == 0 }

// order returns the lock order of the program, or of the package where it is alone.
func (q *query) order() *order.Graph {
	if q.program != nil {
		return q.program.Order
	}
	return q.pkg.Keep(orderKey{}, func() any {
		return order.Build([]*order.Sketch{order.Collect(q.pkg)})
	}).(*order.Graph)
}

type orderKey struct{}

// Order returns the lock order of the program that a match was found in, or of
// its package where that was alone.
func (m *Match) Order() *order.Graph {
	q := &query{pkg: m.Pkg, program: m.Program}
	return q.order()
}
