package rewrite

import (
	"context"
	"fmt"
	"go/token"
	"sync"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// A LockGraph is the lock order of packages, with what is needed to show it.
type LockGraph struct {
	*order.Graph
	Errors []report.Error // of loading

	fset  *token.FileSet
	place places
}

// Where is a position as the user sees it: "file.go:12".
func (g *LockGraph) Where(pos token.Pos) string {
	at := g.fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", g.place.of(at.Filename), at.Line)
}

// LoadLockGraph loads packages and returns the order in which they take their
// locks. Of several platforms the first one counts.
func LoadLockGraph(ctx context.Context, opts Options) (*LockGraph, error) {
	prog, err := load.Load(ctx, opts.Load)
	if err != nil {
		return nil, err
	}
	r := &run{ctx: ctx, opts: opts, first: prog, summaries: &summaries{exports: map[*load.Package]*facts.Export{}, imports: map[*load.Package]facts.Imports{}}}
	var sketches []*order.Sketch
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
		sketch := order.Collect(f)
		r.summaries.keep(pkg, f.Export())
		mu.Lock()
		defer mu.Unlock()
		sketches = append(sketches, sketch)
	})
	g := &LockGraph{Graph: order.Build(sketches), fset: prog.Fset, place: newPlaces(opts.Load.Dir)}
	g.Errors = r.errors(g.place)
	return g, ctx.Err()
}
