package load

import (
	"github.com/lockfix/lockfix/rewrite/source"
)

// addVisits plans that every package that is awake is visited: it tells, after the checks
// of itself and of what it supersedes, and after those that it needs have told; and then
// it is looked at. So a long chain of imports waits for what is told only, and what is
// held in memory is looked at, and let go of, before others are asked.
func (c *check) addVisits(roots []*Root, graphs []*graph, visit Visit) {
	tells := make([]*task, len(roots))
	for i, r := range roots {
		if n := graphs[r.graph].nodes[r.ID]; n.awake() && n.supersededBy == "" {
			tells[i] = &task{urgent: 1, finish: func() { visit.Tell(i, n.pkg) }}
		}
	}
	for i, tell := range tells {
		if tell == nil {
			continue
		}
		for _, j := range roots[i].Needs { // first, so that they are looked at before more is checked
			if tells[j] != nil {
				tell.after(tells[j])
			}
		}
		g := graphs[roots[i].graph]
		n := g.nodes[roots[i].ID]
		for _, id := range []string{n.id, n.supersedes} {
			for _, t := range c.checks[nodeKey{g, id}] {
				tell.after(t)
			}
		}
		c.tasks = append(c.tasks, tell, c.look(g, n, tell, func() bool { return visit.Look(i, n.pkg) }))
	}
}

// look is the task that looks at a package which has told, and lets go of it.
func (c *check) look(g *graph, n *node, told *task, keeps func() bool) *task {
	base := g.nodes[n.supersedes]
	t := &task{urgent: 2, frees: c.size(n) + c.size(base), finish: func() {
		if !keeps() && !c.complains(n) && (base == nil || !c.complains(base)) {
			c.forget(g, n)
		}
	}}
	t.after(told)
	return t
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

// largest is how many bytes of source are let go of at once, at most.
func (c *check) largest() (bytes int) {
	for _, t := range c.tasks {
		bytes = max(bytes, t.frees)
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
