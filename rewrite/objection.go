package rewrite

import (
	"cmp"
	"slices"
)

// An objection is why a program that plans lead to is not taken, with the
// declarations that it is about. The plans that change these, or that were to
// repair a finding that is still there, are suspects: to try them alone costs
// less than to halve the batch until they are left.
type objection struct {
	error
	places []key // of declarations, without rule and text, and of findings
}

func (o *objection) Unwrap() error { return o.error }

// add notes one thing that is wrong: the first is the one that is told.
func (o *objection) add(err error, place key) {
	if o.error == nil {
		o.error = err
	}
	o.places = append(o.places, place)
}

// orNil returns nil where nothing was added.
func (o *objection) orNil() error {
	if o.error == nil {
		return nil
	}
	return o
}

// suspects splits a batch into the plans that an objection is about and the
// others; there are none where it says nothing or speaks against all.
func (o *objection) suspects(batch []*proposal) (suspects, others []*proposal) {
	for _, p := range batch {
		k := p.entry.first.key
		if slices.Contains(o.places, key{pkg: k.pkg, symbol: k.symbol}) || slices.Contains(o.places, k) {
			suspects = append(suspects, p)
		} else {
			others = append(others, p)
		}
	}
	return suspects, others
}

// compare orders keys, so that of several the same one is always told first.
func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.pkg, other.pkg), cmp.Compare(k.symbol, other.symbol), cmp.Compare(k.rule, other.rule), cmp.Compare(k.text, other.text))
}
