package rewrite

import (
	"context"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/waitgraph"
)

// A WaitGraph is who waits for whom in packages, with what is needed to show it.
type WaitGraph struct {
	Packages []waitgraph.Graph // in the order of their paths
	graphed
}

// LoadWaitGraph loads packages and returns what their functions wait for. Of
// several platforms the first one counts.
func LoadWaitGraph(ctx context.Context, opts Options) (*WaitGraph, error) {
	var graphs []waitgraph.Graph
	g, err := graphOf(ctx, opts, func(f *facts.Package) func(i, n int) {
		graph := waitgraph.Of(f)
		return func(i, n int) {
			if graphs == nil {
				graphs = make([]waitgraph.Graph, n)
			}
			graphs[i] = graph
		}
	})
	if g.fset == nil {
		return nil, err
	}
	return &WaitGraph{graphs, g}, err
}
