package load

// Part returns the program of the packages of p for which in holds, and of
// those that they import. What both hold they share: one Load is enough for
// many small programs that have nothing to do with each other.
func (p *Program) Part(in func(*Package) bool) *Program {
	files := map[string]*File{}
	graphs := make([]*graph, len(p.graphs))
	for i, g := range p.graphs {
		graphs[i] = g.part(in)
		for path := range fileOwners(graphs[i : i+1]) {
			files[path] = p.files[path]
		}
	}
	return p.loader.program(graphs, files, true)
}

// part returns the graph of the roots for which in holds, and of all that they reach.
func (g *graph) part(in func(*Package) bool) *graph {
	some := &graph{platform: g.platform, sizes: g.sizes, nodes: map[string]*node{}}
	var add func(id string)
	add = func(id string) {
		n := g.nodes[id]
		if n == nil || some.nodes[id] != nil {
			return
		}
		some.nodes[id] = n
		for _, imported := range n.imports {
			add(imported)
		}
		add(n.supersededBy) // it holds what is found in n
	}
	for id, n := range g.nodes {
		if n.root && in(n.pkg) {
			add(id)
		}
	}
	some.sort()
	return some
}
