package load

import (
	"github.com/lockfix/lockfix/rewrite/source"
)

// addVisits plans that every package that is awake is visited, after the checks
// of itself and of what it supersedes, and after the visits that it needs.
func (c *check) addVisits(roots []*Root, graphs []*graph, visit Visit) {
	visits := make([]*task, len(roots))
	for i, r := range roots {
		g := graphs[r.graph]
		n := g.nodes[r.ID]
		if !n.awake() || n.supersededBy != "" {
			continue
		}
		base := g.nodes[n.supersedes]
		visits[i] = &task{frees: c.size(n) + c.size(base), finish: func() {
			if !visit(i, n.pkg) && !c.complains(n) && (base == nil || !c.complains(base)) {
				c.forget(g, n)
			}
		}}
		for _, id := range []string{n.id, n.supersedes} {
			for _, t := range c.checks[nodeKey{g, id}] {
				visits[i].after(t)
			}
		}
	}
	for i, v := range visits {
		if v == nil {
			continue
		}
		for _, j := range roots[i].Needs {
			if visits[j] != nil {
				v.after(visits[j])
			}
		}
		c.tasks = append(c.tasks, v)
	}
}

// size is how many bytes of source a node has.
func (c *check) size(n *node) (bytes int) {
	if n != nil {
		for _, path := range n.files {
			bytes += c.files[path].room
		}
	}
	return bytes
}

// complains reports whether something is to be told of n, which is checked.
func (c *check) complains(n *node) bool {
	c.tell(n)
	return len(n.told) > 0
}

// forget puts a package to sleep, with the one that it supersedes.
func (c *check) forget(g *graph, n *node) {
	for _, n := range []*node{n, g.nodes[n.supersedes]} {
		if n == nil {
			continue
		}
		for _, path := range n.files {
			c.files[path].release()
		}
		n.pkg = sleeping(g, n, n.pkg.IllTyped)
	}
}

// sleeping is the package of a root that is not looked at.
func sleeping(g *graph, n *node, illTyped bool) *Package {
	return &Package{
		ID: n.id, Path: n.path, Name: n.name, Dir: n.dir, Module: n.module.path, Platform: g.platform,
		Variant: n.variant, Superseded: n.supersededBy != "", Asleep: true, IllTyped: illTyped,
		Info: newInfo(), Sizes: g.sizes,
	}
}

// sleeps reports whether n is a root that was not looked at, or that was let go of.
func (n *node) sleeps() bool {
	return n.root && (n.asleep || n.pkg != nil && n.pkg.Asleep)
}

// sleeps reports whether what is in the file is not known.
func (f *File) sleeps() bool {
	return f.owner != nil && (!f.read || f.users.Load() <= 0)
}

// gone reports whether the file is not to be read (no package that is awake has
// it) or was let go of. Another package of the run may be reading it.
func (f *File) gone() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.base == 0 || f.read && f.users.Load() <= 0
}

// release counts one package less that needs the file; the last one lets go of
// what is in it.
func (f *File) release() {
	if f.users.Add(-1) == 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.Syntax, f.File = nil, &source.File{Path: f.Path}
	}
}
