package match

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
)

// A Set is a compiled rule library. It is immutable and safe for concurrent use.
type Set struct {
	programs []*program
	byRule   map[*rules.Rule]*program
	ids      map[string]bool // of the rules, those of a wider reach among them
	index    *index
}

// A program is a compiled rule.
type program struct {
	rule    *rules.Rule
	scope   scope
	match   *matcher
	where   []constraint
	message rules.Message
	related []related
	fixes   []fix
	holes   holeSet // what a match binds
	names   []int   // in the index: the names that a file must hold
}

type related struct {
	at      string
	message rules.Message
}

// Compile turns rules into a Set. All mistakes (bad patterns, unknown events
// and predicates, holes that nothing binds …) are returned together; the Set
// then holds the rules that are free of them.
func Compile(library []*rules.Rule) (*Set, []rules.Mistake) {
	set := &Set{byRule: map[*rules.Rule]*program{}, ids: map[string]bool{}}
	var mistakes []rules.Mistake
	for _, r := range library {
		c := &compiler{rule: r}
		p := c.program()
		if len(c.mistakes) > 0 {
			mistakes = append(mistakes, c.mistakes...)
			continue
		}
		set.programs = append(set.programs, p)
		set.byRule[r] = p
		set.ids[r.ID] = true
	}
	set.index = newIndex(set.programs)
	return set, mistakes
}

// Holes returns the holes that every match of r binds, with their "$", sorted;
// true for a list. It is nil for a rule that is not of the set.
func (s *Set) Holes(r *rules.Rule) map[string]bool {
	p := s.byRule[r]
	if p == nil {
		return nil
	}
	return maps.Clone(p.holes)
}

// A compiler turns one rule into a program and collects what is wrong with it.
type compiler struct {
	rule     *rules.Rule
	mistakes []rules.Mistake
}

func (c *compiler) add(pointer, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.rule.Mistake(pointer, format, args...))
}

func (c *compiler) program() *program {
	r := c.rule
	p := &program{rule: r, holes: holeSet{}, scope: c.scope()}
	p.match = c.match("/match", &r.Match, p.holes)
	p.where = c.constraints("/where", r.Where, p.holes)
	p.message = c.message("/message", r.Message, p.holes)
	c.use("/report/at", r.Report.At, p.holes)
	for i, place := range r.Report.Related {
		at := fmt.Sprintf("/report/related/%d", i)
		c.use(at+"/at", place.At, p.holes)
		p.related = append(p.related, related{place.At, c.message(at+"/message", place.Message, p.holes)})
	}
	for i := range r.Fixes {
		p.fixes = append(p.fixes, c.fix(fmt.Sprintf("/fixes/%d", i), &r.Fixes[i], p.holes))
	}
	return p
}

func (c *compiler) message(pointer, text string, bound holeSet) rules.Message {
	m, err := rules.ParseMessage(text)
	if err != nil {
		c.add(pointer, "%v", err)
	}
	for _, hole := range m.Holes() {
		c.use(pointer, hole, bound)
	}
	return m
}

// A holeSet holds the holes that are bound at some point of a rule; true for a list.
type holeSet map[string]bool

// use checks that a hole which the rule refers to is bound there.
func (c *compiler) use(pointer, hole string, bound holeSet) {
	if _, ok := bound[hole]; ok || hole == "" {
		return
	}
	c.add(pointer, "nothing binds %s here%s", hole, rules.Suggest(hole, slices.Sorted(maps.Keys(bound))))
}

// parse reads a pattern or template.
func (c *compiler) parse(pointer, source string) *pattern.Pattern {
	p, err := pattern.Parse(source)
	if err != nil {
		c.add(pointer, "%v", err)
	}
	return p
}
