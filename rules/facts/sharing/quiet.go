package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// quiet reports whether a function can come from its beginning to a node
// without having waited for another goroutine: what has waited may be in order
// with what the other did before.
func (f *Facts) quiet(fn *function, at ast.Node) bool {
	to, ok := f.pkg.Flow(fn.node).At(at)
	if !ok {
		return !f.mayWait(fn)
	}
	if fn.quietly == nil {
		fn.quietly = f.quietPart(f.pkg.Flow(fn.node))
	}
	end, reached := fn.quietly[to.Block]
	return reached && to.Index <= end
}

// quietPart returns the blocks that a function can come to without a wait, and
// for each the index of the node at which it waits first. A word that is set
// only behind a wait is not yet set there.
func (f *Facts) quietPart(flow *facts.Flow) map[*facts.Block]int {
	words := f.wordsOf(flow)
	for {
		part, before := f.quietBut(flow, words), len(words)
		maps.DeleteFunc(words, func(_ *types.Var, sets []ast.Node) bool { return setWithin(flow, part, sets) })
		if len(words) == before {
			return part
		}
	}
}

// quietBut is quietPart, where none of some words is set.
func (f *Facts) quietBut(flow *facts.Flow, words map[*types.Var][]ast.Node) map[*facts.Block]int {
	part := map[*facts.Block]int{}
	todo := []*facts.Block{flow.Blocks[0]}
	for len(todo) > 0 {
		block := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, seen := part[block]; seen {
			continue
		}
		end := slices.IndexFunc(block.Nodes, f.waitsIn)
		if end >= 0 {
			part[block] = end
			continue
		}
		part[block] = len(block.Nodes)
		if f.waitsAtHead(block) {
			continue
		}
		for _, edge := range block.Succs {
			if _, unset := words[f.wordAt(edge)]; !unset {
				todo = append(todo, edge.To)
			}
		}
	}
	return part
}

// waitsAtHead reports whether a block is the head of a loop over what a channel brings:
// it waits whichever way it goes on, to the end of the loop as well.
func (f *Facts) waitsAtHead(block *facts.Block) bool {
	return slices.ContainsFunc(block.Succs, func(e facts.Edge) bool {
		loop, ok := e.Case.(*ast.RangeStmt)
		return ok && f.waitsIn(loop)
	})
}

// waitsIn reports whether a node of a flow waits for another goroutine.
func (f *Facts) waitsIn(n ast.Node) bool {
	known, ok := f.waiting[n]
	if !ok {
		known = f.findWaitIn(n)
		f.waiting[n] = known
	}
	return known
}

func (f *Facts) findWaitIn(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.RangeStmt:
		return f.waitsFor(n)
	case *ast.GoStmt:
		return false
	}
	found := false
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		found = found || f.waitsFor(n)
		if lit, ok := n.(*ast.FuncLit); ok && f.funcs[lit].runs == inPlace {
			found = found || f.mayWait(f.funcs[lit])
		}
		return !found
	})
	return found
}

// waitsFor reports whether a node itself is a wait: a receive that is not from
// a clock, a send, a Wait, a call of a function that may wait.
func (f *Facts) waitsFor(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SendStmt:
		return true
	case *ast.UnaryExpr:
		return n.Op == token.ARROW && !f.ticks(n.X)
	case *ast.RangeStmt:
		_, isChan := f.typeOf(n.X).(*types.Chan)
		return isChan && !f.ticks(n.X)
	case *ast.CallExpr:
		if calledMethod(n) == "Wait" {
			return true
		}
		if callee := f.decls[originOf(f.pkg.Callee(n))]; callee != nil {
			return f.mayWait(callee)
		}
		if sole := f.soleOf(n); sole != nil {
			return f.mayWait(sole)
		}
		return waitName.MatchString(calledMethod(n))
	}
	return false
}

// waitName is of methods of other packages that wait, as their names say.
var waitName = lazyregexp.New(`^Wait|Wait$|^Acquire$`)

// ticks reports whether a channel is one of a clock, or of signals of the system: what came
// before in other goroutines is then not in order with what follows.
func (f *Facts) ticks(e ast.Expr) bool {
	ch, ok := f.typeOf(e).(*types.Chan)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ch.Elem()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	return named.Obj().Pkg().Path() == "time" || named.Obj().Pkg().Path() == "os" && named.Obj().Name() == "Signal"
}

// mayWait reports whether a function, or one that it calls, can wait for
// another goroutine.
func (f *Facts) mayWait(fn *function) bool {
	if fn.waiting != unasked {
		return fn.waiting == yes
	}
	fn.waiting = no // in recursion
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if fn.waiting == yes {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return f.funcs[n].runs != started
		case *ast.GoStmt:
			return false
		}
		if f.waitsFor(n) {
			fn.waiting = yes
		}
		return true
	})
	return fn.waiting == yes
}
