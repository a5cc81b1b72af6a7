package match

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rules/facts/order"
)

var misorderedPredicate = predicate{
	doc: "the call takes a lock, itself or in a callee, while another is held that goroutines elsewhere take in another order, or that is declared to come later",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "held", doc: "the name of the lock that is held", binds: true},
		{name: "taken", doc: "the name of the lock that is taken", binds: true},
		{name: "because", doc: "a clause that says what is wrong with it", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, cycle := range a.order().At(call.Pos()) {
			edge := cycle.Edges[0]
			if edge.End != call.End() {
				continue // of a chain of calls
			}
			likewise := a.likewise(cycle)
			if len(likewise) > 0 && likewise[0] != edge {
				continue
			}
			binds := map[string][]ast.Node{
				"held": phrase(call, edge.From.Short()), "taken": phrase(call, edge.To.Short()), "because": phrase(call, conflict(cycle)),
			}
			evidence := cycleEvidence(cycle)
			if n := len(likewise); n > 1 {
				evidence = append(evidence, Evidence{likewise[1].Pos, likewise[1].End, fmt.Sprintf("the first of %d more places like this in the function", n-1)})
			}
			if !yield(answer{binds: binds, evidence: evidence}) {
				return false
			}
		}
		return true
	},
}

// likewise returns the edges at which a generated function takes locks with the same one
// held, all against their order, in source order: what is written once in a generator is
// told once a function. There are none in a file that somebody wrote.
func (a asked) likewise(cycle *order.Cycle) (all []*order.Edge) {
	edge := cycle.Edges[0]
	if !slices.ContainsFunc(a.pkg.Files, func(file *ast.File) bool { return holdsPlace(file, edge.Pos) && ast.IsGenerated(file) }) {
		return nil
	}
	for _, other := range a.order().Cycles {
		e := other.Edges[0]
		if e.Func == edge.Func && e.From == edge.From && other.Declared == cycle.Declared {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(x, y *order.Edge) int { return int(x.Pos - y.Pos) })
	return all
}

// phrase is a text in the place of a node, so that a message can say it.
func phrase(at ast.Node, text string) []ast.Node {
	return one(&ast.Ident{NamePos: at.Pos(), Name: text})
}

// conflict says what is wrong with the order of a cycle's first edge.
func conflict(c *order.Cycle) string {
	switch {
	case c.Declared:
		return "against the declared order"
	case len(c.Edges) == 2:
		return "and elsewhere the other way round"
	}
	return "and elsewhere in a circle back"
}

// cycleEvidence shows every edge of a cycle from where its lock is held to
// where the next one is taken.
func cycleEvidence(c *order.Cycle) (all []Evidence) {
	for i, edge := range c.Edges {
		where := ""
		if i > 0 {
			where = "in " + edge.Func.Name + ", "
		}
		all = append(all, edgeEvidence(edge, where, i == 0)...)
	}
	for _, other := range c.Others {
		all = append(all, Evidence{other.Pos, other.End, fmt.Sprintf("%s takes them in this order too", other.Func.Name)})
	}
	if c.Writer != nil {
		all = append(all, Evidence{c.Writer.Pos, c.Writer.End, "a writer that waits here makes readers wait for each other"})
	}
	return all
}

// edgeEvidence shows one edge; the call that the finding stands at is left out.
func edgeEvidence(edge *order.Edge, where string, reported bool) (all []Evidence) {
	for _, held := range edge.Held {
		all = append(all, Evidence{held, held + 1, fmt.Sprintf("%s%s is held since here", where, edge.From.Short())})
	}
	last := len(edge.Chain) - 1
	for i, step := range edge.Chain {
		what := fmt.Sprintf("%s is locked here", edge.To.Short())
		if i < last {
			what = "calls " + edge.Chain[i+1].Func
		}
		if i > 0 {
			what = "in " + step.Func + ", " + what
		} else {
			what = where + what
		}
		if i > 0 || !reported {
			all = append(all, Evidence{step.Pos, step.End, what})
		}
	}
	return all
}

// holdsPlace reports whether a file holds a place.
func holdsPlace(file *ast.File, pos token.Pos) bool {
	return file.FileStart <= pos && pos < file.FileEnd
}

// Concerns reports whether rules of program scope can find anything in files:
// whether something is reported at a place in one of them.
func (p *Program) Concerns(files []*ast.File) bool {
	return slices.ContainsFunc(p.Places(), func(pos token.Pos) bool {
		return slices.ContainsFunc(files, func(file *ast.File) bool { return holdsPlace(file, pos) })
	})
}

// Places are those at which rules of program scope can find anything.
func (p *Program) Places() (places []token.Pos) {
	for _, cycle := range p.Order.Cycles {
		places = append(places, cycle.Edges[0].Pos)
	}
	for _, pair := range p.Order.Pairs {
		places = append(places, pair.Edge.Pos)
	}
	for _, pair := range p.Order.Elements {
		places = append(places, pair.Edge.Pos)
	}
	for _, pair := range p.Order.Trees {
		places = append(places, pair.Up.Pos)
	}
	return places
}

var mispairedPredicate = predicate{
	doc: "the call takes a lock, itself or in a callee, while one of the same field of another parameter is held, and nothing orders the two",
	params: []parameter{
		{name: "call", doc: "the call"},
		{name: "lock", doc: "the name of the locks: type and field", binds: true},
		{name: "first", doc: "the parameter whose lock is held", binds: true},
		{name: "second", doc: "the parameter whose lock is taken", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, pair := range a.order().Pairs {
			edge := pair.Edge
			if edge.Pos != call.Pos() || edge.End != call.End() {
				continue
			}
			names := edge.Func.Names
			return yield(answer{
				binds: map[string][]ast.Node{
					"lock":   phrase(call, edge.From.Short()),
					"first":  phrase(call, names[edge.FromRef.Root.Index]),
					"second": phrase(call, names[edge.ToRef.Root.Index]),
				},
				evidence: pairEvidence(pair),
			})
		}
		return true
	},
}

// maxCallers is how many callers of a pair are shown.
const maxCallers = 3

func pairEvidence(pair *order.Pair) []Evidence {
	all := edgeEvidence(pair.Edge, "", true)
	for i, call := range pair.Calls {
		if i < maxCallers {
			all = append(all, Evidence{call.Pos, call.End, call.Func + " calls it, and could pass them the other way round"})
		}
	}
	return all
}
