package sharing

import (
	"go/ast"
	"go/types"
	"maps"

	"github.com/lockfix/lockfix/rules/facts"
)

// turnsForEver reports whether the loop goes on while what it asks of others stays as it is: with
// some answers no way leads out, and with others one does.
//
//	for !ready.Load() { … }
//	again: if !ready.Load() { goto again }
func (s *spin) turnsForEver() bool {
	w := &answers{spin: s, fates: map[ast.Node]fate{}, turned: s.rangedOver()}
	return w.stays([]*facts.Block{s.loop.head}, map[*facts.Block]bool{}, map[ast.Node]bool{})
}

// rangedOver returns the variables that loops inside give the next element.
func (s *spin) rangedOver() map[types.Object]bool {
	turned := map[types.Object]bool{}
	for _, n := range s.loop.nodes() {
		if loop, ok := n.(*ast.RangeStmt); ok {
			for _, e := range []ast.Expr{loop.Key, loop.Value} {
				if id, ok := e.(*ast.Ident); ok {
					turned[s.f.pkg.ObjectOf(id)] = true
				}
			}
		}
	}
	return turned
}

// A fate says what becomes of a condition while its loop turns.
type fate int

const (
	unweighed fate = iota
	moves          // the loop may change it
	fixed          // nobody changes it
	others         // only others change it
)

// answers looks for those to the questions of a loop with which it does not end.
type answers struct {
	*spin
	fates  map[ast.Node]fate
	turned map[types.Object]bool
}

// mostAnswers is the number of questions that are tried; with more a loop is taken for one that spins.
const mostAnswers = 12

// stays reports whether there are answers, beside those given, with which no way out is met from
// the blocks that are to do.
func (w *answers) stays(todo []*facts.Block, seen map[*facts.Block]bool, given map[ast.Node]bool) bool {
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		if !w.loop.blocks[at] {
			return false
		}
		question := w.question(at)
		if _, known := given[question]; question != nil && !known {
			return len(given) >= mostAnswers || w.with(question, true, todo, seen, given) || w.with(question, false, todo, seen, given)
		}
		todo = todo[:len(todo)-1]
		if !seen[at] {
			seen[at] = true
			todo = append(todo, w.ahead(at, given)...)
		}
	}
	return w.asked(given)
}

// with goes on with one more answer.
func (w *answers) with(question ast.Node, answer bool, todo []*facts.Block, seen map[*facts.Block]bool, given map[ast.Node]bool) bool {
	given = maps.Clone(given)
	given[question] = answer
	return w.stays(append([]*facts.Block{}, todo...), maps.Clone(seen), given)
}

// question is the condition on which a block's way hangs, nil where the loop may change it.
func (w *answers) question(at *facts.Block) ast.Node {
	for _, e := range at.Succs {
		if e.Cond != nil && w.fate(e) != moves {
			return e.Cond
		}
	}
	return nil
}

// ahead are the blocks that may come next with some answers, while no case of a select is ready
// that only others make so.
func (w *answers) ahead(at *facts.Block, given map[ast.Node]bool) (next []*facts.Block) {
	for _, e := range at.Succs {
		answer, known := given[e.Cond]
		if known && answer != e.Truth || w.fate(e) == others && e.Cond == nil {
			continue
		}
		next = append(next, e.To)
	}
	return next
}

// asked reports whether, with those answers that nobody changes, a way out is left to others.
func (w *answers) asked(given map[ast.Node]bool) bool {
	kept := map[ast.Node]bool{}
	seen := map[*facts.Block]bool{}
	for question, answer := range given {
		if w.fates[question] == fixed {
			kept[question] = answer
		}
	}
	todo := []*facts.Block{w.loop.head}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !w.loop.blocks[at] {
			return true
		}
		for _, e := range at.Succs {
			if answer, known := kept[e.Cond]; (!known || answer == e.Truth) && !seen[e.To] {
				seen[e.To] = true
				todo = append(todo, e.To)
			}
		}
	}
	return false
}

// fate returns what becomes of the condition of an edge, or of the case of a select.
func (w *answers) fate(e facts.Edge) fate {
	var asks []ast.Node
	if c, ok := e.Case.(*ast.CommClause); ok && c.Comm != nil {
		asks = []ast.Node{c.Comm}
	} else if e.Cond != nil {
		asks = []ast.Node{e.Cond}
		if e.Tag != nil {
			asks = append(asks, e.Tag)
		}
	} else {
		return moves
	}
	if w.fates[asks[0]] == unweighed {
		w.fates[asks[0]] = w.fateOf(asks)
	}
	return w.fates[asks[0]]
}

func (w *answers) fateOf(nodes []ast.Node) fate {
	fate := fixed
	for _, n := range nodes {
		asks, moved := w.hangs(n, map[*function]bool{})
		switch {
		case moved:
			return moves
		case asks:
			fate = others
		case fate == fixed && !w.isFixed(n):
			fate = moves
		}
	}
	return fate
}

// isFixed reports whether a condition asks for nothing but values that no turn changes.
func (w *answers) isFixed(n ast.Node) bool {
	kept := true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr, *ast.FuncLit:
			kept = false
		case *ast.Ident:
			v := w.f.pkg.ObjectOf(n)
			kept = kept && !w.turned[v] && len(w.values[v]) == 0
		}
		return kept
	})
	return kept
}
