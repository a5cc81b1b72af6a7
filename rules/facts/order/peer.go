package order

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Objects that know others of their kind, which know them, stand beside each other: neither is
// above. Whoever holds the lock of the one when he takes that of the other does what the other
// can do at the same time.
//
//	n.mu.Lock()
//	for _, p := range n.peers {
//		p.notify(n.id) // takes p.mu

// severalBeside is what a field is called that leads from an object to those beside it.
var severalBeside = lazyregexp.New(`(?i)^(peers?|neighbou?rs?|siblings?|friends?)$`)

// toPeer reports whether an edge leads from the lock of an object, that the function is called on,
// to that of one of its peers.
func (e *Edge) toPeer() bool {
	return e.From == e.To && e.ToRef.Beside && e.FromRef.Root.Kind == Param && e.FromRef.Root == e.ToRef.origin()
}

// peers returns the pair that such an edge is, nil where something puts the two into an order.
func (g *Graph) peers(e *Edge) *ElementPair {
	if e.FromRead && e.ToRead && g.linked.writers[e.To] == nil || len(e.Gates) > 0 || e.Flagged || !e.context.beside(e.context) || e.ordered() {
		return nil
	}
	return &ElementPair{Edge: e, Peers: true}
}

// leadsToPeer reports whether a field leads to peers of its object.
func (w *walker) leadsToPeer(x *ast.SelectorExpr) bool {
	return holdsPeers(w.pkg.TypeOf(x.X), x.Sel.Name)
}

// leadsBeside reports whether a path goes through such a field first.
func leadsBeside(t types.Type, path string) bool {
	first := steps(path)
	return len(first) > 1 && holdsPeers(t, strings.TrimPrefix(first[0], "."))
}

// holdsPeers reports whether a struct has a field that holds others of its own type, and is called
// so that they stand beside it.
func holdsPeers(t types.Type, field string) bool {
	if t == nil || !severalBeside.MatchString(field) {
		return false
	}
	st, ok := deref(t).Underlying().(*types.Struct)
	for i := 0; ok && i < st.NumFields(); i++ {
		if f := st.Field(i); f.Name() == field {
			held := f.Type()
			switch holder := held.Underlying().(type) {
			case *types.Map:
				held = holder.Elem()
			case *types.Slice:
				held = holder.Elem()
			}
			return types.Identical(types.Unalias(deref(held)), types.Unalias(deref(t)))
		}
	}
	return false
}
