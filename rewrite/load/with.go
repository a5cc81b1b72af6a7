package load

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// With returns the program in which files (absolute path → new bytes) have new
// contents. The packages that hold one are checked again, all variants and
// platforms of them, and what depends on them where their declarations have
// changed; the rest is shared. An import that no package had is looked up.
//
// What is wrong with the new contents stands in the problems of the packages.
// The error is for files that are not part of a root, for an edit that would
// change which files belong together, and an AsleepError where a package that
// would be checked again sleeps.
func (p *Program) With(files map[string][]byte) (*Program, error) {
	if p.again != nil {
		next, err := p.again(p.Packages[0], files)
		if err != nil {
			return nil, fmt.Errorf("load: with: %w", err)
		}
		return Of(next, p.again), nil
	}
	edits, err := p.edits(files)
	if err != nil {
		return nil, fmt.Errorf("load: with: %w", err)
	}
	if len(edits) == 0 {
		return p, nil
	}
	all := maps.Clone(p.files)
	for path, e := range edits {
		all[path] = e.file
	}
	c := &check{loader: p.loader, files: all}
	graphs := make([]*graph, len(p.graphs))
	for i, g := range p.graphs {
		graphs[i] = c.addEdited(g, edits)
	}
	if len(c.asleep) > 0 {
		return nil, &AsleepError{c.asleep}
	}
	if err := c.run(context.Background()); err != nil {
		return nil, fmt.Errorf("load: with: %w", err)
	}
	return p.loader.program(graphs, all, true), nil
}

// An edit is the new contents of one file.
type edit struct {
	file       *File
	bodiesOnly bool // importers see what they saw
}

// edits reads the files that differ from what p holds.
func (p *Program) edits(contents map[string][]byte) (map[string]edit, error) {
	var files []*File
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		old := p.files[path]
		if old == nil {
			return nil, fmt.Errorf("%s is not a file of a loaded package", path)
		}
		if old.sleeps() {
			return nil, &AsleepError{[]string{old.owner.id}}
		}
		if !old.unreadable && bytes.Equal(old.Raw, contents[path]) {
			continue
		}
		files = append(files, newFile(path, contents[path]))
	}
	if err := p.loader.parseAll(context.Background(), files); err != nil {
		return nil, err
	}
	owners := fileOwners(p.graphs)
	edits := make(map[string]edit, len(files))
	for _, f := range files {
		old := p.files[f.Path]
		if err := sameBelonging(old, f); err != nil {
			return nil, fmt.Errorf("%s %w: load again", f.Path, err)
		}
		f.GoVersion = fileVersion(f, owners[f.Path])
		f.Fixed = p.loader.classify.file(f, owners[f.Path])
		edits[f.Path] = edit{f, sameForImporters(old, f)}
	}
	return edits, nil
}

// addEdited returns the graph that g becomes by the edits, and plans the
// checks of what is not the same in it.
func (c *check) addEdited(g *graph, edits map[string]edit) *graph {
	next := &graph{platform: g.platform, sizes: g.sizes, nodes: maps.Clone(g.nodes)}
	changed := make(map[string]bool) // nodes that their importers must be checked against
	again := make(map[string]bool)   // nodes to check
	for _, n := range g.inOrder() {
		touched, bodiesOnly := n.touchedBy(edits)
		bodiesOnly = bodiesOnly && n.types != nil
		if !touched || bodiesOnly && !n.root {
			continue // nothing of it was ever looked at but its declarations
		}
		if n.sleeps() { // another package that holds the file does not
			c.asleep = append(c.asleep, n.id)
		}
		next.nodes[n.id] = &node{listed: c.withImports(next, n.listed), types: n.types, bodiesOnly: bodiesOnly, once: new(sync.Once)}
		again[n.id] = true
		changed[n.id] = !bodiesOnly
	}
	next.sort()
	var nodes []*node
	for _, n := range next.inOrder() {
		for _, id := range n.imports {
			changed[n.id] = changed[n.id] || changed[id]
		}
		isNew := g.nodes[n.id] == nil
		switch {
		case isNew || !again[n.id] && !changed[n.id]: // it is looked at once somebody asks
		case n.sleeps():
			c.asleep = append(c.asleep, n.id)
		case n.root:
			n = &node{listed: n.listed, types: n.types, bodiesOnly: !changed[n.id], once: new(sync.Once)}
			next.nodes[n.id] = n
			nodes = append(nodes, n)
		default:
			next.nodes[n.id] = &node{listed: n.listed, once: new(sync.Once)}
		}
	}
	c.add(next, nodes)
	return next
}

// An AsleepError says that packages would have to be checked again that sleep.
type AsleepError struct{ IDs []string }

func (e *AsleepError) Error() string {
	return "packages were not looked at: " + strings.Join(e.IDs, ", ")
}

// touchedBy reports whether an edited file is part of n, and whether n's
// importers see none of it.
func (n *node) touchedBy(edits map[string]edit) (touched, bodiesOnly bool) {
	bodiesOnly = true
	for _, path := range n.files {
		if e, ok := edits[path]; ok {
			touched = true
			bodiesOnly = bodiesOnly && e.bodiesOnly
		}
	}
	return touched, bodiesOnly
}
