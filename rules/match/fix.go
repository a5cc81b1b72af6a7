package match

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
)

// An Alternative is a fix whose conditions hold for one match.
type Alternative struct {
	Fix           *rules.Fix
	Applicability rules.Applicability // after the downgrades
	Because       []string            // of each downgrade that applied
}

// A fix is a compiled [rules.Fix].
type fix struct {
	source *rules.Fix
	when   []constraint
	downs  []downgrade
}

type downgrade struct {
	source  *rules.Downgrade
	when    []constraint
	because rules.Message
}

// Alternatives returns the fixes of the match's rule whose When holds, in the
// rule's order. It asks facts of the match's package: one goroutine a package.
func (s *Set) Alternatives(m *Match) []Alternative {
	p := s.byRule[m.Rule]
	if p == nil {
		return nil
	}
	q := &query{pkg: m.Pkg, file: m.File, program: m.Program}
	f := found{nodes: m.Nodes, bound: pattern.FromMap(m.Bound)}
	var all []Alternative
	for _, fix := range p.fixes {
		if q.satisfies(fix.when, f) {
			all = append(all, fix.alternative(q, f))
		}
	}
	return all
}

// satisfies reports whether all constraints hold.
func (q *query) satisfies(list []constraint, f found) bool {
	none := q.constrain(list, f, func(found) bool { return false })
	return !none
}

// alternative lowers the fix by the downgrades that hold.
func (x fix) alternative(q *query, f found) Alternative {
	alt := Alternative{Fix: x.source, Applicability: x.source.Applicability}
	for _, down := range x.downs {
		q.constrain(down.when, f, func(f found) bool {
			alt.Applicability = lower(alt.Applicability, down.source.To)
			alt.Because = append(alt.Because, down.because.Expand(func(hole string) string { return q.short(f.hole(hole)) }))
			return false // one reason is enough
		})
	}
	return alt
}

// lower returns the one of two applicabilities that promises less.
func lower(a, b rules.Applicability) rules.Applicability {
	order := []rules.Applicability{rules.Safe, rules.Unsafe, rules.Manual}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

func (c *compiler) fix(pointer string, source *rules.Fix, bound holeSet) fix {
	x := fix{source: source, when: c.constraints(pointer+"/when", source.When, clone(bound))}
	for i := range source.Downgrade {
		down := &source.Downgrade[i]
		at := fmt.Sprintf("%s/downgrade/%d", pointer, i)
		known := clone(bound)
		when := c.constraints(at+"/when", down.When, known)
		x.downs = append(x.downs, downgrade{down, when, c.message(at+"/because", down.Because, known)})
	}
	if source.Template != "" {
		c.template(pointer+"/template", source.Template, bound)
	}
	c.use(pointer+"/replace", source.Replace, bound)
	for _, name := range slices.Sorted(maps.Keys(source.Params)) {
		if hole, ok := source.Params[name].(string); ok && strings.HasPrefix(hole, "$") {
			c.use(pointer+"/params/"+name, hole, bound)
		}
	}
	return x
}

// template checks that what a template writes is bound, and as what it says.
func (c *compiler) template(pointer, text string, bound holeSet) {
	p := c.parse(pointer, text)
	if p == nil {
		return
	}
	if p.Forgets() {
		c.add(pointer, "a template writes what is bound: give $_ a name")
	}
	for _, hole := range p.Holes() {
		c.use(pointer, hole.Name, bound)
		if list, ok := bound[hole.Name]; ok && list && !hole.List {
			c.add(pointer, "%s is a list: write $*%s", hole.Name, hole.Name[1:])
		}
	}
}
