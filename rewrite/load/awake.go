package load

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rewrite/source"
)

// Awake returns the program in which some packages that sleep, named by their IDs, are
// looked at, with what they supersede or are superseded by. It shares all else, what the
// others know of their declarations among it.
func (p *Program) Awake(ids []string) (*Program, error) {
	c := &check{loader: p.loader, files: maps.Clone(p.files)}
	graphs := make([]*graph, len(p.graphs))
	for i, g := range p.graphs {
		graphs[i] = c.addWoken(g, ids)
	}
	if err := c.run(context.Background()); err != nil {
		return nil, fmt.Errorf("load: awake: %w", err)
	}
	next := p.loader.program(graphs, c.files, true)
	next.Listed = p.Listed
	return next, nil
}

// addWoken returns the graph in which some roots are awake, and plans the checks of those.
func (c *check) addWoken(g *graph, ids []string) *graph {
	next := &graph{platform: g.platform, sizes: g.sizes, nodes: maps.Clone(g.nodes), order: g.order}
	var nodes []*node
	for _, n := range g.inOrder() {
		named := slices.ContainsFunc([]string{n.id, n.supersedes, n.supersededBy}, func(id string) bool { return id != "" && slices.Contains(ids, id) })
		if named && n.sleeps() {
			next.nodes[n.id] = n.renewed()
			nodes = append(nodes, next.nodes[n.id])
		}
	}
	c.reopen(nodes)
	c.add(next, nodes)
	return next
}

// reopen makes the files of roots that are woken such as were never read, where they were let go of.
func (c *check) reopen(nodes []*node) {
	var files []*File
	for _, n := range nodes {
		for _, path := range n.files {
			f := c.files[path]
			if f.sleeps() && !slices.Contains(files, f) {
				f = &File{File: &source.File{Path: path}, owner: f.owner}
				c.files[path], files = f, append(files, f)
			}
			f.users.Add(1)
		}
	}
	slices.SortFunc(files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	c.reserveAll(files)
}
