package order

// A Relation says how surely the two locks of an edge belong together: that
// whoever has the one instance means that very instance of the other.
type Relation int

// The relations, from the weakest.
const (
	Strangers Relation = iota // nothing is known, or one is reached over a link between its kind
	Partners                  // parameters of one function, or one of many that belong to the other
	Linked                    // one leads to the other, or one of them is a package variable
)

// Relation returns how the locks of an edge are related.
func (e *Edge) Relation() Relation {
	from, to := e.FromRef.origin(), e.ToRef.origin()
	switch {
	case from.Kind == Global || to.Kind == Global:
		return Linked
	case from.Kind == Nowhere || to.Kind == Nowhere || e.FromRef.Kin || e.ToRef.Kin:
		return Strangers
	case from == to && !e.FromRef.Many && !e.ToRef.Many:
		return Linked
	case from == to, from.Kind == Param && to.Kind == Param:
		return Partners
	}
	return Strangers
}

// plausible reports whether the edges of a cycle can be about the same objects.
// Each object may know many of the other class, but one edge has to say which
// belong together. Where two functions take both locks themselves, in two
// orders, that is enough.
func plausible(edges []*Edge) bool {
	direct, weakest, strongest := true, Linked, Strangers
	for _, e := range edges {
		direct = direct && e.Direct()
		weakest, strongest = min(weakest, e.Relation()), max(strongest, e.Relation())
	}
	return direct && len(edges) == 2 || weakest > Strangers && strongest == Linked
}
