package match

import (
	"fmt"
	"go/ast"
	"reflect"
	"slices"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A matcher is a compiled [rules.Match].
type matcher struct {
	pattern  *pattern.Pattern // one of the first four, or none: then it only narrows
	event    *eventMatcher
	all, any []*matcher

	bind      string
	early     []constraint // those that the subject's holes decide
	relations []relation
	late      []constraint // the others
	not       *matcher

	starts []start // where it can match; none: anywhere
	runs   bool    // it may match several statements
	names  []string
}

// A start is a kind of node at which a match can begin.
type start struct {
	kind reflect.Type
	key  string // pattern.Key of the node; "": any
}

// match compiles m. The holes that it binds are added to bound, which holds
// those that are bound when it is tried.
func (c *compiler) match(pointer string, m *rules.Match, bound holeSet) *matcher {
	if m == nil {
		return nil
	}
	out := &matcher{bind: m.Bind}
	c.subject(pointer, m, bound, out)
	if m.Bind != "" {
		bound[m.Bind] = out.runs
	}
	early, late := c.split(m.Where, bound)
	out.early = c.picked(pointer+"/where", m.Where, early, bound)
	out.relations = c.relations(pointer, m, bound)
	out.late = c.picked(pointer+"/where", m.Where, late, bound)
	out.not = c.match(pointer+"/not", m.Not, clone(bound))
	out.narrow(m)
	return out
}

func (c *compiler) subject(pointer string, m *rules.Match, bound holeSet, out *matcher) {
	switch {
	case m.Pattern != "":
		c.patternSubject(pointer+"/pattern", m.Pattern, bound, out)
	case m.Event != "":
		c.eventSubject(pointer, m, bound, out)
	case m.All != nil:
		c.allSubject(pointer+"/all", m.All, bound, out)
	case m.Any != nil:
		c.anySubject(pointer+"/any", m.Any, bound, out)
	}
}

func (c *compiler) patternSubject(pointer, source string, bound holeSet, out *matcher) {
	p := c.parse(pointer, source)
	if p == nil {
		return
	}
	for _, hole := range p.Holes() {
		if list, ok := bound[hole.Name]; ok && list != hole.List {
			c.add(pointer, "%s is a list in one place and one thing in another", hole.Name)
		}
		bound[hole.Name] = hole.List
	}
	anchor := p.Anchor()
	for _, n := range anchor.Nodes {
		out.starts = append(out.starts, start{reflect.TypeOf(n), anchor.Key})
	}
	out.pattern, out.runs, out.names = p, p.IsRun(), anchor.Names
}

func (c *compiler) allSubject(pointer string, list []rules.Match, bound holeSet, out *matcher) {
	for i := range list {
		part := c.match(fmt.Sprintf("%s/%d", pointer, i), &list[i], bound)
		out.all = append(out.all, part)
		out.names = append(out.names, part.names...)
	}
	out.starts, out.runs = out.all[0].starts, out.all[0].runs
}

func (c *compiler) anySubject(pointer string, list []rules.Match, bound holeSet, out *matcher) {
	var common holeSet
	anywhere := false
	for i := range list {
		own := clone(bound)
		part := c.match(fmt.Sprintf("%s/%d", pointer, i), &list[i], own)
		out.any = append(out.any, part)
		out.runs = out.runs || part.runs
		anywhere = anywhere || len(part.starts) == 0
		out.starts = append(out.starts, part.starts...)
		common = both(common, own)
		if i == 0 {
			out.names = slices.Clone(part.names)
		}
		out.names = slices.DeleteFunc(out.names, func(name string) bool { return !slices.Contains(part.names, name) })
	}
	if anywhere {
		out.starts = nil
	}
	for hole, list := range common {
		bound[hole] = list
	}
}

// both returns the holes that both sets hold; the nil set holds all.
func both(a, b holeSet) holeSet {
	if a == nil {
		return b
	}
	common := holeSet{}
	for hole, list := range a {
		if other, ok := b[hole]; ok && other == list {
			common[hole] = list
		}
	}
	return common
}

func clone(bound holeSet) holeSet {
	own := holeSet{}
	for hole, list := range bound {
		own[hole] = list
	}
	return own
}

// canStart reports whether m could match at n, as far as the kind and name of
// n tell.
func (m *matcher) canStart(n ast.Node) bool {
	if len(m.starts) == 0 {
		return true
	}
	kind := reflect.TypeOf(n)
	for _, s := range m.starts {
		if s.kind == kind && (s.key == "" || s.key == pattern.Key(n)) {
			return true
		}
	}
	return false
}

// kinds returns the node types at which m can match, for a filtered traversal;
// none: all.
func (m *matcher) kinds() (types []ast.Node) {
	seen := map[reflect.Type]bool{}
	for _, s := range m.starts {
		if !seen[s.kind] {
			seen[s.kind] = true
			types = append(types, reflect.Zero(s.kind).Interface().(ast.Node))
		}
	}
	return types
}

// A found is one way in which a matcher matches.
type found struct {
	at       syntax.Cursor // of the first node
	nodes    []ast.Node
	bound    pattern.Bindings
	evidence []Evidence
}

// first and last are the nodes where the match begins and ends.
func (f found) first() ast.Node { return f.nodes[0] }
func (f found) last() ast.Node  { return f.nodes[len(f.nodes)-1] }

// with returns f with one more hole bound; ok is false if the hole is bound to
// something else already.
func (f found) with(q *query, hole string, nodes []ast.Node) (found, bool) {
	if before, ok := f.bound.Get(hole); ok {
		return f, sameNodes(before, nodes, q.pkg.Info)
	}
	f.bound = f.bound.With(hole, nodes)
	return f, true
}

// hole returns what a hole is bound to; nil if it is not.
func (f found) hole(name string) []ast.Node {
	nodes, _ := f.bound.Get(name)
	return nodes
}
