package rewrite

import (
	"context"
	"fmt"
	"go/token"
	"sync"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/waitgraph"
)

// A WaitGraph is who waits for whom in packages, with what is needed to show it.
type WaitGraph struct {
	Packages []waitgraph.Graph // in the order of their paths
	Errors   []report.Error    // of loading

	fset  *token.FileSet
	place places
}

// Where is a position as the user sees it: "file.go:12".
func (g *WaitGraph) Where(pos token.Pos) string {
	at := g.fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", g.place.of(at.Filename), at.Line)
}

// LoadWaitGraph loads packages and returns what their functions wait for. Of
// several platforms the first one counts.
func LoadWaitGraph(ctx context.Context, opts Options) (*WaitGraph, error) {
	prog, err := load.Load(ctx, opts.Load)
	if err != nil {
		return nil, err
	}
	r := &run{ctx: ctx, opts: opts, first: prog, summaries: &summaries{exports: map[*load.Package]*facts.Export{}, imports: map[*load.Package]facts.Imports{}}}
	graphs := make([]waitgraph.Graph, len(prog.Packages))
	var mu sync.Mutex
	needs := prog.Needs()
	tick := r.ticker(len(prog.Packages))
	inOrder(opts.Load.Jobs, needs, func(i int) {
		pkg := prog.Packages[i]
		tick(pkg.Path)
		if pkg.Superseded || pkg.Types == nil || pkg.Platform != prog.Packages[0].Platform || ctx.Err() != nil {
			return
		}
		f := r.newFacts(pkg)
		f.Imports = r.summaries.importsOf(pkg, chosen(prog.Packages, needs[i]))
		graph := waitgraph.Of(f)
		r.summaries.keep(pkg, f.Export())
		mu.Lock()
		defer mu.Unlock()
		graphs[i] = graph
	})
	g := &WaitGraph{Packages: graphs, fset: prog.Fset, place: newPlaces(opts.Load.Dir)}
	g.Errors = r.errors(g.place)
	return g, ctx.Err()
}
