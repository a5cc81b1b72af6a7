package pattern

import "go/ast"

// Bindings hold what each bound hole, with its "$", stands for: one node, or the
// nodes of a list hole. There are few of them and most are dropped at once, so
// that a list is cheaper than a map. They are immutable to whom they are given.
type Bindings []Binding

// A Binding is one hole and what it stands for.
type Binding struct {
	Hole  string
	Nodes []ast.Node
}

// Get returns what a hole stands for; ok is false if it is not bound.
func (b Bindings) Get(hole string) (nodes []ast.Node, ok bool) {
	for i := range b {
		if b[i].Hole == hole {
			return b[i].Nodes, true
		}
	}
	return nil, false
}

// With returns b with one more hole bound; b stays as it is.
func (b Bindings) With(hole string, nodes []ast.Node) Bindings {
	return append(b[:len(b):len(b)], Binding{hole, nodes})
}

// Map returns the bindings by hole.
func (b Bindings) Map() map[string][]ast.Node {
	byHole := make(map[string][]ast.Node, len(b))
	for _, one := range b {
		byHole[one.Hole] = one.Nodes
	}
	return byHole
}

// FromMap returns the bindings of a map; their order says nothing.
func FromMap(byHole map[string][]ast.Node) Bindings {
	b := make(Bindings, 0, len(byHole))
	for hole, nodes := range byHole {
		b = append(b, Binding{hole, nodes})
	}
	return b
}
