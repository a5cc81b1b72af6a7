package match

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// A constraint is a compiled [rules.Constraint]: it yields f, with more holes
// bound where it is a predicate that binds, for every way in which it holds.
type constraint func(q *query, f found, yield yield) bool

// A test decides about one node that a hole is bound to.
type test func(q *query, n ast.Node, f found) bool

// constrain yields the ways in which all constraints of a list hold.
func (q *query) constrain(list []constraint, f found, yield yield) bool {
	switch len(list) {
	case 0:
		return yield(f)
	case 1:
		return list[0](q, f, yield)
	}
	return list[0](q, f, func(f found) bool { return q.constrain(list[1:], f, yield) })
}

// filter makes a constraint of a question that binds nothing.
func filter(holds func(q *query, f found) bool) constraint {
	return func(q *query, f found, yield yield) bool {
		return !holds(q, f) || yield(f)
	}
}

func (c *compiler) constraints(pointer string, list []rules.Constraint, bound holeSet) []constraint {
	var out []constraint
	for i := range list {
		out = append(out, c.constraint(fmt.Sprintf("%s/%d", pointer, i), &list[i], bound))
	}
	return out
}

// picked compiles the constraints of a list that have the given indices.
func (c *compiler) picked(pointer string, list []rules.Constraint, indices []int, bound holeSet) []constraint {
	var out []constraint
	for _, i := range indices {
		out = append(out, c.constraint(fmt.Sprintf("%s/%d", pointer, i), &list[i], bound))
	}
	return out
}

// split says which constraints of a list can be decided with the holes in
// bound, and with what these bind, and which must wait for more.
func (c *compiler) split(list []rules.Constraint, bound holeSet) (early, late []int) {
	known := clone(bound)
	for i := range list {
		uses, binds := holesOf(&list[i])
		if !slices.ContainsFunc(uses, func(hole string) bool { _, ok := known[hole]; return !ok }) {
			early = append(early, i)
			for _, hole := range binds {
				known[hole] = false
			}
			continue
		}
		late = append(late, i)
	}
	return early, late
}

// holesOf returns the holes that a constraint asks about and those that it binds.
func holesOf(k *rules.Constraint) (uses, binds []string) {
	if k.Hole != "" {
		uses = append(uses, k.Hole)
	}
	uses = append(uses, k.Same...)
	for name, value := range k.With {
		if !strings.HasPrefix(value, "$") {
			continue
		}
		if predicates[k.Predicate].binds(name) {
			binds = append(binds, value)
		} else {
			uses = append(uses, value)
		}
	}
	parts := slices.Concat(k.All, k.Any)
	if k.Not != nil {
		parts = append(parts, *k.Not)
	}
	for i := range parts {
		u, b := holesOf(&parts[i])
		uses, binds = append(uses, u...), append(binds, b...)
	}
	return slices.DeleteFunc(uses, func(hole string) bool { return slices.Contains(binds, hole) }), binds
}

func (c *compiler) constraint(pointer string, k *rules.Constraint, bound holeSet) constraint {
	switch {
	case k.Hole != "":
		return c.tests(pointer, k, bound)
	case k.Same != nil:
		return c.same(pointer+"/same", k.Same, bound)
	case k.Predicate != "":
		return c.predicate(pointer, k, bound)
	case k.All != nil:
		all := c.constraints(pointer+"/all", k.All, bound)
		return func(q *query, f found, yield yield) bool { return q.constrain(all, f, yield) }
	case k.Any != nil:
		return c.anyOf(pointer+"/any", k.Any, bound)
	default:
		return c.negation(pointer+"/not", k.Not, bound)
	}
}

func (c *compiler) anyOf(pointer string, list []rules.Constraint, bound holeSet) constraint {
	var parts []constraint
	var common holeSet
	for i := range list {
		own := clone(bound)
		parts = append(parts, c.constraint(fmt.Sprintf("%s/%d", pointer, i), &list[i], own))
		common = both(common, own)
	}
	for hole, isList := range common {
		bound[hole] = isList
	}
	return func(q *query, f found, yield yield) bool {
		for _, part := range parts {
			if !part(q, f, yield) {
				return false
			}
		}
		return true
	}
}

// negation compiles a constraint that must not hold; what it binds is its own.
func (c *compiler) negation(pointer string, k *rules.Constraint, bound holeSet) constraint {
	part := c.constraint(pointer, k, clone(bound))
	return filter(func(q *query, f found) bool {
		none := part(q, f, func(found) bool { return false })
		return none
	})
}

// tests compiles the questions about one hole. Of a list hole they are asked of
// every node, and all of them hold of an empty one.
func (c *compiler) tests(pointer string, k *rules.Constraint, bound holeSet) constraint {
	c.use(pointer+"/hole", k.Hole, bound)
	var tests []test
	if k.Type != "" {
		tests = append(tests, c.typeTest(pointer+"/type", k.Type))
	}
	if k.Underlying != "" {
		tests = append(tests, c.underlyingTest(pointer+"/underlying", k.Underlying))
	}
	if k.Object != "" {
		tests = append(tests, c.objectTest(pointer+"/object", k.Object))
	}
	for i, word := range k.Is {
		tests = append(tests, c.wordTest(fmt.Sprintf("%s/is/%d", pointer, i), word))
	}
	if k.Text != "" {
		tests = append(tests, c.textTest(pointer+"/text", k.Text))
	}
	if k.Value != "" {
		tests = append(tests, c.valueTest(pointer+"/value", k.Value))
	}
	return filter(func(q *query, f found) bool {
		for _, n := range f.hole(k.Hole) {
			for _, test := range tests {
				if !test(q, n, f) {
					return false
				}
			}
		}
		return true
	})
}
