package sharing

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A loop is a part of a flow from each block of which a way leads back to it, whether a for
// statement makes it or a goto.
type loop struct {
	fn     ast.Node
	at     ast.Node // its for statement, or its first node
	blocks map[*facts.Block]bool
	head   *facts.Block // where it is entered
}

// loopsOf returns the loops of a flow, and those inside them.
func loopsOf(flow *facts.Flow) []*loop {
	if flow == nil {
		return nil
	}
	return loopsAmong(flow, flow.Reachable())
}

// loopsAmong takes the circles of some blocks, and looks for the inner ones with the heads taken out.
func loopsAmong(flow *facts.Flow, blocks map[*facts.Block]bool) (all []*loop) {
	for _, circle := range circlesOf(flow, blocks) {
		l := &loop{fn: flow.Func, blocks: circle, head: entryOfLoop(flow, circle)}
		if l.at = l.place(); l.at != nil {
			all = append(all, l)
		}
		delete(circle, l.head)
		all = append(all, loopsAmong(flow, circle)...)
		circle[l.head] = true
	}
	return all
}

// circlesOf returns the strongly connected parts of some blocks that are more than a block without a way back.
func circlesOf(flow *facts.Flow, blocks map[*facts.Block]bool) (circles []map[*facts.Block]bool) {
	taken := map[*facts.Block]bool{}
	for _, b := range flow.Blocks {
		if !blocks[b] || taken[b] {
			continue
		}
		ahead := reach(b, blocks, func(b *facts.Block) []*facts.Block { return targets(b.Succs) })
		if !ahead[b] {
			continue
		}
		behind := reach(b, blocks, func(b *facts.Block) []*facts.Block { return b.Preds })
		circle := map[*facts.Block]bool{}
		for other := range ahead {
			if behind[other] {
				circle[other], taken[other] = true, true
			}
		}
		circles = append(circles, circle)
	}
	return circles
}

// reach returns the blocks that are reached from one by a step or more.
func reach(from *facts.Block, among map[*facts.Block]bool, next func(*facts.Block) []*facts.Block) map[*facts.Block]bool {
	seen := map[*facts.Block]bool{}
	todo := []*facts.Block{from}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range next(at) {
			if among[to] && !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return seen
}

func targets(edges []facts.Edge) (all []*facts.Block) {
	for _, e := range edges {
		all = append(all, e.To)
	}
	return all
}

// entryOfLoop is the block by which a loop is entered: the first one that follows a block outside.
func entryOfLoop(flow *facts.Flow, circle map[*facts.Block]bool) (head *facts.Block) {
	for _, b := range flow.Blocks {
		if !circle[b] {
			continue
		}
		if head == nil {
			head = b
		}
		if slices.ContainsFunc(b.Preds, func(from *facts.Block) bool { return !circle[from] }) {
			return b
		}
	}
	return head
}

// place is the for statement whose turns a loop makes, or its first node.
func (l *loop) place() (at ast.Node) {
	for _, n := range l.nodes() {
		if at == nil || n.Pos() < at.Pos() {
			at = n
		}
	}
	bodies := map[*ast.BlockStmt]bool{}
	for _, e := range l.edges() {
		bodies[e.Turn] = true
	}
	ast.Inspect(l.fn, func(n ast.Node) bool {
		switch st := n.(type) {
		case *ast.ForStmt:
			if bodies[st.Body] && at != nil && within(st, at) {
				at = st
			}
		case *ast.RangeStmt:
			if bodies[st.Body] && at != nil && within(st, at) {
				at = st
			}
		}
		return true
	})
	return at
}

// nodes returns what a loop evaluates, in the order of the blocks.
func (l *loop) nodes() (all []ast.Node) {
	for _, b := range l.ordered() {
		all = append(all, b.Nodes...)
	}
	return all
}

func (l *loop) ordered() (all []*facts.Block) {
	for b := range l.blocks {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b *facts.Block) int { return a.Index - b.Index })
	return all
}

// edges returns those between blocks of a loop.
func (l *loop) edges() (all []facts.Edge) {
	for _, b := range l.ordered() {
		for _, e := range b.Succs {
			if l.blocks[e.To] {
				all = append(all, e)
			}
		}
	}
	return all
}

// cases returns the edges into clauses of the selects of a loop.
func (l *loop) cases() (all []facts.Edge) {
	for _, b := range l.ordered() {
		for _, e := range b.Succs {
			if _, ok := e.Case.(*ast.CommClause); ok {
				all = append(all, e)
			}
		}
	}
	return all
}

// holds reports whether a node is evaluated in a loop.
func (l *loop) holds(n ast.Node) bool {
	return slices.ContainsFunc(l.nodes(), func(in ast.Node) bool { return within(in, n) || within(n, in) })
}

// leftFrom reports whether a way leads out of a loop from a block of a clause, within the clause.
func (l *loop) leftFrom(b *facts.Block, clause ast.Node) bool {
	if !l.blocks[b] {
		return true
	}
	inside := map[*facts.Block]bool{}
	for b := range l.blocks {
		inside[b] = !slices.ContainsFunc(b.Nodes, func(n ast.Node) bool { return !within(clause, n) }) && b != l.head && len(b.Nodes) > 0
	}
	ways := reach(b, inside, func(b *facts.Block) []*facts.Block { return targets(b.Succs) })
	ways[b] = true
	for at := range ways {
		if slices.ContainsFunc(at.Succs, func(e facts.Edge) bool { return !l.blocks[e.To] }) {
			return true
		}
	}
	return false
}
