package rewrite

import (
	"context"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// A LockGraph is the lock order of packages, with what is needed to show it.
type LockGraph struct {
	*order.Graph
	graphed
}

// LoadLockGraph loads packages and returns the order in which they take their
// locks. Of several platforms the first one counts.
func LoadLockGraph(ctx context.Context, opts Options) (*LockGraph, error) {
	var sketches []*order.Sketch
	g, err := graphOf(ctx, opts, func(f *facts.Package) func(i, n int) {
		sketch := order.Collect(f)
		return func(_, _ int) { sketches = append(sketches, sketch) }
	})
	if g.fset == nil {
		return nil, err
	}
	return &LockGraph{order.Build(sketches), g}, err
}
