package order

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A TreePair is two places that take the locks of one structure one inside the other,
// the one on the way up (from a node to its parent, or to the one before it), the other
// on the way down. Who goes up holds what the other waits for, and the other way round.
type TreePair struct{ Up, Down *Edge }

// findTrees finds such pairs, one a function that goes up.
func (g *Graph) findTrees() (all []*TreePair) {
	for _, key := range sortedPairs(g.pairs) {
		if key[0] != key[1] {
			continue
		}
		seen := make(map[*Func]bool)
		for _, up := range g.pairs[key] {
			if seen[up.Func] || !up.leads(upwards) || !up.certain() {
				continue
			}
			if down := g.wayDown(up, g.pairs[key]); down != nil {
				seen[up.Func] = true
				all = append(all, &TreePair{up, down})
			}
		}
	}
	return all
}

// wayDown is the first edge on the way down that goroutines can stand on while others
// stand on one that leads up; the shortest chain wins.
func (g *Graph) wayDown(up *Edge, edges []*Edge) (best *Edge) {
	for _, e := range edges {
		if e == up || !e.certain() || !e.descends() || !g.possibleInTree(up, e) {
			continue
		}
		if best == nil || len(e.Chain) < len(best.Chain) {
			best = e
		}
	}
	return best
}

// possibleInTree reports whether two goroutines can stand on the edges at the same time,
// and wait for each other there.
func (g *Graph) possibleInTree(a, b *Edge) bool {
	written := g.linked.writers[a.To] != nil
	waits := func(e, holder *Edge) bool { return !e.ToRead || !holder.FromRead || written }
	return a.Func.meetsIn(b.Func) && a.context.beside(b.context) && !gated(a, b) && waits(a, b) && waits(b, a)
}

// certain reports whether no flag decides whether the second lock is taken, and no
// interface what is called.
func (e *Edge) certain() bool { return !e.Flagged && !e.Dynamic }

// leads reports whether an edge leads from the lock of an object to that of another one
// of its kind, by one field of a name.
func (e *Edge) leads(by *lazyregexp.Regexp) bool {
	from, to := steps(e.FromRef.Path), steps(e.ToRef.Path)
	return e.FromRef.Root == e.ToRef.Root && e.FromRef.Root.Kind != Nowhere && len(to) == len(from)+1 && slices.Equal(to[1:], from) && by.MatchString(to[0][1:])
}

// descends reports whether an edge leads to one of many that belong to the object whose
// lock is held, or by a field that is named so.
func (e *Edge) descends() bool {
	from, to := e.FromRef, e.ToRef
	if to.Up || to.Made {
		return false
	}
	if e.leads(downwards) {
		return true
	}
	below, own := steps(to.Path), steps(from.Path)
	if to.Root == from.Root {
		return len(below) == len(own)+2 && below[1][0] == '[' && slices.Equal(below[2:], own) && downwards.MatchString(below[0][1:])
	}
	return to.Many && to.origin() == from.Root && from.Root.Kind != Nowhere && slices.Equal(below, own)
}

// derivedBy reports whether a local variable was derived by a field of a kind.
//
//	for _, p := range n.parents {
func (w *walker) derivedBy(is func(*ast.SelectorExpr) bool, v *types.Var, depth int) bool {
	value := w.definitions()[v].value
	for value != nil && depth < maxDerived {
		switch x := operandOf(value).(type) {
		case *ast.SelectorExpr:
			if is(x) {
				return true
			}
			value = x.X
		case *ast.IndexExpr:
			value = x.X
		case *ast.Ident:
			other, ok := w.pkg.Use(x).(*types.Var)
			return ok && w.derivedBy(is, other, depth+1)
		default:
			return false
		}
		depth++
	}
	return false
}

// leadsUp reports whether a field leads to those above its object.
func leadsUp(x *ast.SelectorExpr) bool { return severalAbove.MatchString(x.Sel.Name) }

// putThere reports whether the function, on every way to a node, has put an object that it has made
// into the field of a variable by which a path leads on:
//
//	c := &node{}
//	n.next = c
//	n.next.mu.Lock()
func (w *walker) putThere(v *types.Var, path string, before ast.Node) bool {
	if before == nil {
		return false
	}
	made := false
	w.collector.pkg.Inspect(w.root, func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && !made && w.putsNew(set, v, path) {
			_, made = w.pkg.Flow(w.node).Precedes(set, before)
		}
		return !made
	})
	return made
}

// putsNew reports whether an assignment puts an object that the function has made into the field of a
// variable by which a path leads on.
func (w *walker) putsNew(set *ast.AssignStmt, v *types.Var, path string) bool {
	if len(set.Lhs) != len(set.Rhs) {
		return false
	}
	for i, lhs := range set.Lhs {
		sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
		if !ok || !strings.HasPrefix(path+".", "."+sel.Sel.Name+".") {
			continue
		}
		if id, ok := ast.Unparen(sel.X).(*ast.Ident); ok && w.pkg.Use(id) == v && w.madeHere(set.Rhs[i]) {
			return true
		}
	}
	return false
}

// madeHere reports whether an expression makes an object, or names a variable that was given
// a new one.
func (w *walker) madeHere(e ast.Expr) bool {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		v, _ := w.pkg.Use(id).(*types.Var)
		e = w.definitions()[v].value
	}
	return makes(w.pkg.Info, e)
}

// upwards and downwards are the fields of a node by which a structure is gone through.
var (
	upwards      = lazyregexp.New(`(?i)^(parent|outer|above|up|prev|previous)$`)
	severalAbove = lazyregexp.New(`(?i)^(parents?|outers?|above|up|prevs?|previous|ancestors?)$`)
	downwards    = lazyregexp.New(`(?i)^(child|children|kids|nodes|sub\w*|inner|below|down|next|left|right|first\w*|head)$`)
)
