package rewrite

import (
	"context"
	"fmt"
	"go/token"
	"sync"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
)

// A graphed program is one whose packages were looked at to draw something of them.
type graphed struct {
	Errors []report.Error // of loading

	fset  *token.FileSet
	place places
}

// Where is a position as the user sees it: "file.go:12".
func (g *graphed) Where(pos token.Pos) string {
	at := g.fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", g.place.of(at.Filename), at.Line)
}

// graphOf loads packages and draws something of each: of the i-th of n, sorted by
// path, once those that it needs are done. What draw returns is called with no
// other beside it. Of several platforms the first one counts.
func graphOf(ctx context.Context, opts Options, draw func(f *facts.Package) (keep func(i, n int))) (graphed, error) {
	prog, err := load.Load(ctx, opts.Load)
	if err != nil {
		return graphed{}, err
	}
	r := &run{ctx: ctx, opts: opts, first: prog, summaries: &summaries{exports: map[*load.Package]*facts.Export{}, imports: map[*load.Package]facts.Imports{}}}
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
		keep := draw(f)
		r.summaries.keep(pkg, f.Export())
		mu.Lock()
		defer mu.Unlock()
		keep(i, len(prog.Packages))
	})
	g := graphed{fset: prog.Fset, place: newPlaces(opts.Load.Dir)}
	g.Errors = r.errors(g.place)
	return g, ctx.Err()
}
