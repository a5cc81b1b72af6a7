package load

import (
	"context"
	"fmt"
	"go/token"
	"maps"
	"slices"
	"sync"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// A Listing is what the go command says of packages: their names, files and
// imports. Programs are made of it, more than one if need be: what their
// dependencies declare is looked at once.
type Listing struct {
	loader *loader
	graphs []*graph
	roots  []*Root

	inputs   *cache.Inputs       // what it was made of; nil: that cannot be told
	embedded []string            // files that must be there
	shapes   []map[string]Digest // of the nodes, by graph, at the last call of Digests
}

// A Root is a package that the patterns name. Its place among the roots is that
// of its package in every program of the listing.
type Root struct {
	ID, Path     string
	Files        []string // absolute
	Platform     Platform
	SupersededBy int   // the root that holds all its files; -1: none
	Needs        []int // the roots that it is looked at after
	Errors       bool  // the go command complains of it

	graph int
}

// List asks the go command. Its errors are those of Load.
func List(ctx context.Context, cfg Config) (*Listing, error) {
	l, err := newLoader(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	graphs, err := l.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return newListing(l, graphs), nil
}

func newListing(l *loader, graphs []*graph) *Listing {
	out := &Listing{loader: l, graphs: graphs}
	for i, g := range graphs {
		for _, id := range slices.Sorted(maps.Keys(g.nodes)) {
			if n := g.nodes[id]; n.root {
				out.roots = append(out.roots, &Root{
					ID: id, Path: n.path, Files: n.files, Platform: g.platform, SupersededBy: -1, Errors: len(n.errors) > 0, graph: i,
				})
			}
		}
	}
	for _, r := range out.roots {
		if by := graphs[r.graph].nodes[r.ID].supersededBy; by != "" {
			r.SupersededBy = slices.IndexFunc(out.roots, func(o *Root) bool { return o.graph == r.graph && o.ID == by })
		}
	}
	for i, needs := range needsOf(graphs) {
		out.roots[i].Needs = needs
	}
	return out
}

// Roots returns the roots in the order of a program's packages. They are not to
// be changed.
func (l *Listing) Roots() []*Root { return l.roots }

// Dir is the working directory, absolute.
func (l *Listing) Dir() string { return l.loader.dir }

// Modules are the paths of the modules that the roots are of, sorted; "" for the standard
// library.
func (l *Listing) Modules() []string {
	all := map[string]bool{}
	for _, g := range l.graphs {
		for _, n := range g.nodes {
			if n.root {
				all[n.module.path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Fset is the file set of all programs of the listing.
func (l *Listing) Fset() *token.FileSet { return l.loader.fset }

// Listed counts the roots, their files and their dependencies.
func (l *Listing) Listed() Listed {
	listed := count(l.graphs, nil)
	listed.Files = len(fileOwners(l.graphs))
	return listed
}

// Fixed tells where the files of a root stand that are never edited for it.
func (l *Listing) Fixed(root int) (all []string) {
	n := l.graphs[l.roots[root].graph].nodes[l.roots[root].ID]
	for _, path := range n.files {
		if fixed := l.loader.classify.place(path, n); fixed.Kind != "" {
			all = append(all, path, fixed.Kind, fixed.Because)
		}
	}
	return all
}

// Elsewhere returns the Go files of a root's directory that are not the root's,
// sorted: other platforms', other packages', those of tests that are left out.
func (l *Listing) Elsewhere(root int) []string {
	n := l.graphs[l.roots[root].graph].nodes[l.roots[root].ID]
	paths, _ := l.loader.overlay.goFiles(n.dir) // without a directory there is nothing
	return slices.DeleteFunc(paths, func(path string) bool { return slices.Contains(n.files, path) })
}

// Above returns the roots that need one of some roots, by way of whatever other
// packages.
func (l *Listing) Above(some []bool) []bool {
	above := make([]bool, len(l.roots))
	if !slices.Contains(some, true) {
		return above
	}
	reach := make([]map[string]bool, len(l.graphs))
	in := make([]map[string]bool, len(l.graphs))
	for i := range l.graphs {
		reach[i], in[i] = map[string]bool{}, map[string]bool{}
	}
	for i, r := range l.roots {
		if by := r.SupersededBy; some[i] || by >= 0 && some[by] {
			in[r.graph][r.ID] = true
		}
	}
	for i, g := range l.graphs {
		for _, n := range g.inOrder() {
			for _, id := range n.imports {
				reach[i][n.id] = reach[i][n.id] || reach[i][id] || in[i][id]
			}
		}
	}
	for i, r := range l.roots {
		above[i] = reach[r.graph][r.ID]
	}
	return above
}

// A Visit is what is done with each package that is awake and not superseded, on any
// goroutine; i is the place of its root. First it is asked what it tells others, once
// those that it needs were asked. Then it is looked at; a package that the look does
// not keep, and that has no problems, is forgotten at once: it sleeps from then on.
type Visit struct {
	Begin func(largest int) // may be nil; hears first how many bytes of source the largest of them has
	Tell  func(i int, pkg *Package)
	Look  func(i int, pkg *Package) (keep bool)
}

// Load type-checks. Roots that are not awake are looked at as dependencies are,
// and only if one that is awake needs them: their packages sleep. With no awake
// all are, with no visit all are kept.
func (l *Listing) Load(ctx context.Context, awake []bool, visit *Visit) (*Program, error) {
	graphs := make([]*graph, len(l.graphs))
	for i, g := range l.graphs {
		graphs[i] = g.renewed()
	}
	for i, r := range l.roots {
		graphs[r.graph].nodes[r.ID].asleep = awake != nil && !awake[i]
	}
	files := l.loader.reserveRoots(graphs)
	c := &check{loader: l.loader, files: files, streams: visit != nil}
	for _, g := range graphs {
		c.add(g, g.awakeRoots())
	}
	if visit != nil {
		c.addVisits(l.roots, graphs, *visit)
	}
	if visit != nil && visit.Begin != nil {
		visit.Begin(c.largest())
	}
	if err := c.run(ctx); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	l.keepDeclared(ctx, graphs) // first: the listing remembers what has been kept
	for i, g := range graphs {
		l.keepTypes(l.graphs[i], g)
	}
	return l.loader.program(graphs, files, false), nil
}

// keepTypes remembers what the nodes of a program declare for the next one.
func (l *Listing) keepTypes(g, loaded *graph) {
	for id, n := range loaded.nodes {
		if old := g.nodes[id]; old != nil && old.types == nil {
			old.types, old.recalled = n.types, n.recalled
		}
	}
}

// renewed returns a graph of the same packages. What is known of their declarations
// it shares; of the bodies in roots nothing is known.
func (g *graph) renewed() *graph {
	next := &graph{platform: g.platform, sizes: g.sizes, nodes: maps.Clone(g.nodes), order: g.order}
	for id, n := range g.nodes {
		if n.root {
			next.nodes[id] = n.renewed()
		}
	}
	return next
}

// renewed is a root of which no more is known than what it declares.
func (n *node) renewed() *node {
	return &node{listed: n.listed, types: n.types, bodiesOnly: n.types != nil, key: n.key, recalled: n.recalled, once: new(sync.Once)}
}

// awake reports whether n is looked at whole.
func (n *node) awake() bool { return n.root && !n.asleep }

// awakeRoots returns the roots that are awake, imported ones first.
func (g *graph) awakeRoots() []*node {
	return slices.DeleteFunc(g.inOrder(), func(n *node) bool { return !n.awake() })
}
