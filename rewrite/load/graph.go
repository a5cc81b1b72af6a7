package load

import (
	"cmp"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// A graph is the packages of one platform and how they import each other.
type graph struct {
	platform Platform
	sizes    types.Sizes
	nodes    map[string]*node // by ID
	order    []string         // their IDs, imported packages first; the same in every run

	rootsOnce sync.Once
	rootPaths map[string]bool // kept by within
}

// within reports whether a package of the program has an import path.
func (g *graph) within(path string) bool {
	g.rootsOnce.Do(func() {
		g.rootPaths = make(map[string]bool)
		for _, n := range g.nodes {
			if n.root {
				g.rootPaths[n.path] = true
			}
		}
	})
	return g.rootPaths[path]
}

// A node is one package of a graph. Programs share the nodes that have not changed.
type node struct {
	*listed
	asleep   bool           // of a root: it is looked at as a dependency is
	types    *types.Package // as its importers see it; nil where there is nothing to see
	problems []Problem      // its own, as they were found
	once     *sync.Once     // guards the look at its declarations
	told     []Problem      // its own and those of the listing, sorted, each once, not too many
	pkg      *Package       // of a root
	key      cache.Key      // of what it declares, in the cache; zero: it is not kept
	recalled bool           // what it declares is in the cache
	unasked  bool           // of a root: nothing imports it, so that types is not made

	// bodiesOnly says that an edit left all that importers see as it was: they,
	// who are not checked again, keep the types that they know.
	bodiesOnly bool
}

// listed is what the go command says of a package. It never changes, but that
// an edited file may import more.
type listed struct {
	id, path, name, dir string
	files               []string // absolute; those that import "C" among them
	embedded            []string // files that Go files embed
	ignored             []string // Go files that build constraints leave out
	module              module
	version             string            // language version, "go1.21"; "" is the newest
	imports             map[string]string // import path as written → ID
	importErrors        map[string]error  // import path as written → why it cannot be imported
	errors              []packages.Error
	root                bool
	variant             bool   // made for a test
	supersededBy        string // ID of the variant that holds all its files, for a root
	supersedes          string // ID of the root it supersedes, for that variant
}

// module is the module of a package; zero for the standard library and for
// files outside of any module.
type module struct {
	path, dir, goVersion string
	main                 bool
}

// newGraph makes a graph of what the roots, less the generated test programs, reach.
func (l *loader) newGraph(platform Platform, sizes types.Sizes, roots []*packages.Package) *graph {
	g := &graph{platform: platform, sizes: sizes, nodes: make(map[string]*node)}
	roots = slices.Clone(roots)
	slices.SortFunc(roots, func(a, b *packages.Package) int { return cmp.Compare(a.ID, b.ID) })
	for _, p := range roots {
		if isTestMain(p) || p.ID == "unsafe" || len(p.GoFiles)+len(p.Errors) == 0 {
			continue // generated; not a source; nothing but tests
		}
		l.addPackage(g, p)
		g.nodes[p.ID].root = true
	}
	g.markSuperseded()
	g.sort()
	return g
}

// addPackage adds p and what it imports. go/packages has cut import cycles already.
func (l *loader) addPackage(g *graph, p *packages.Package) {
	if g.nodes[p.ID] != nil || p.ID == "unsafe" {
		return
	}
	n := &node{listed: newListed(p), once: new(sync.Once)}
	n.version = l.goenv.packageVersion(n.module)
	g.nodes[p.ID] = n
	for _, imported := range p.Imports {
		l.addPackage(g, imported)
	}
}

// sort puts the nodes in order; the imports must not form a circle.
func (g *graph) sort() {
	seen := make(map[string]bool, len(g.nodes))
	g.order = make([]string, 0, len(g.nodes))
	var visit func(id string)
	visit = func(id string) {
		n := g.nodes[id]
		if n == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, path := range slices.Sorted(maps.Keys(n.imports)) {
			visit(n.imports[path])
		}
		g.order = append(g.order, id)
	}
	for _, id := range slices.Sorted(maps.Keys(g.nodes)) {
		visit(id)
	}
}

// imported returns the IDs of the nodes that another one imports.
func (g *graph) imported() map[string]bool {
	ids := make(map[string]bool, len(g.nodes))
	for _, n := range g.nodes {
		for _, id := range n.imports {
			ids[id] = true
		}
	}
	return ids
}

// remove takes out a node that nothing imports.
func (g *graph) remove(id string) {
	delete(g.nodes, id)
	g.order = slices.DeleteFunc(g.order, func(o string) bool { return o == id })
}

// reaches reports whether the package at path is id, or is imported by it,
// whether by way of others or not.
func (g *graph) reaches(id, path string) bool {
	seen := make(map[string]bool)
	var visit func(id string) bool
	visit = func(id string) bool {
		n := g.nodes[id]
		if n == nil || seen[id] {
			return false
		}
		seen[id] = true
		if n.path == path {
			return true
		}
		for _, imported := range n.imports {
			if visit(imported) {
				return true
			}
		}
		return false
	}
	return visit(id)
}

// copy returns a copy of n with imports of its own.
func (n *listed) copy() *listed {
	m := *n
	m.imports = maps.Clone(n.imports)
	m.importErrors = make(map[string]error)
	maps.Copy(m.importErrors, n.importErrors)
	return &m
}

func newListed(p *packages.Package) *listed {
	n := &listed{
		id:      p.ID,
		path:    p.PkgPath,
		name:    p.Name,
		dir:     p.Dir,
		files:   goFiles(p),
		imports: make(map[string]string, len(p.Imports)),
		errors:  p.Errors,
		variant: p.ForTest != "",
	}
	n.embedded = p.EmbedFiles
	for _, file := range slices.Sorted(slices.Values(p.IgnoredFiles)) {
		if filepath.Ext(file) == ".go" {
			n.ignored = append(n.ignored, file)
		}
	}
	for path, imported := range p.Imports {
		n.imports[path] = imported.ID
	}
	if m := p.Module; m != nil {
		n.module = module{m.Path, m.Dir, m.GoVersion, m.Main}
	}
	return n
}

// goFiles returns the files of p, sorted. To a package that it could not find,
// go/packages counts the file that imports it (golang.org/issue/39986).
func goFiles(p *packages.Package) []string {
	files := slices.Sorted(slices.Values(p.GoFiles))
	if p.Name != "" || len(p.Errors) == 0 {
		return files
	}
	return slices.DeleteFunc(files, func(file string) bool { return filepath.Dir(file) != filepath.Clean(p.Dir) })
}

// markSuperseded finds the roots p for which p [p.test] is a root and holds all their files.
func (g *graph) markSuperseded() {
	for id, n := range g.nodes {
		p := g.nodes[n.path]
		if !n.root || !n.variant || p == nil || !p.root || p.variant || id != n.path+" ["+n.path+".test]" {
			continue
		}
		if containsAll(n.files, p.files) {
			p.supersededBy, n.supersedes = id, n.path
		}
	}
}

func containsAll(all, some []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// inOrder returns the nodes, imported ones first.
func (g *graph) inOrder() []*node {
	nodes := make([]*node, 0, len(g.order))
	for _, id := range g.order {
		nodes = append(nodes, g.nodes[id])
	}
	return nodes
}
