package load

import (
	"fmt"
	"go/ast"
	"go/version"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// newPackage makes the package of a root, with its files, before it is checked.
func (c *check) newPackage(g *graph, n *node) *Package {
	p := &Package{
		ID:         n.id,
		Path:       n.path,
		Name:       n.name,
		Dir:        n.dir,
		Module:     n.module.path,
		Platform:   g.platform,
		Variant:    n.variant,
		Superseded: n.supersededBy != "",
		Fset:       c.fset,
		Sizes:      g.sizes,
		overlay:    c.overlay,
		oldTimers:  c.goenv.OldTimers,
		within:     g.within,
	}
	if !p.Superseded {
		p.Info = infoFor(c.size(n))
	} else {
		p.Info = newInfo() // its files are looked at in the other package
	}
	for _, path := range n.files {
		f := c.files[path]
		if !f.belongsTo(n) {
			continue
		}
		p.Files = append(p.Files, f)
		p.Cgo = p.Cgo || importsC(f.Syntax)
	}
	for _, path := range n.ignored {
		if c.files[path] == nil {
			p.IgnoredFiles = append(p.IgnoredFiles, path)
		}
	}
	return p
}

// belongsTo reports whether f was read and is not of another package, which
// the go command has complained of. A file without a package clause belongs.
func (f *File) belongsTo(n *node) bool {
	if f.Syntax == nil {
		return false
	}
	name := f.Syntax.Name.Name
	return name == "" || n.name == "" || name == n.name
}

func (p *Package) syntax() []*ast.File {
	files := make([]*ast.File, 0, len(p.Files))
	for _, f := range p.Files {
		files = append(files, f.Syntax)
	}
	return files
}

// Facts returns p as the rules see it.
func (p *Package) Facts() *facts.Package {
	versions := make(map[*ast.File]string, len(p.Files))
	old := p.oldTimers
	for _, f := range p.Files {
		versions[f.Syntax] = f.GoVersion
		old = old || asksForOldTimers(f.Syntax)
	}
	return &facts.Package{
		IllTyped:  p.IllTyped,
		Sizes:     p.Sizes,
		Line:      facts.CacheLineOf(p.Platform.GOARCH),
		Fset:      p.Fset,
		Files:     p.syntax(),
		Types:     p.Types,
		Info:      p.Info,
		GoVersion: func(f *ast.File) string { return versions[f] },
		OldTimers: old,
		Unbuilt:   p.unbuilt(),
		Within:    p.within,
	}
}

// program puts the checked graphs together.
//
// again says that nodes may be those of an older program.
func (l *loader) program(graphs []*graph, files map[string]*File, again bool) *Program {
	p := &Program{Fset: l.fset, Listed: count(graphs, files), loader: l, graphs: graphs, files: files}
	told := make([][]Problem, len(graphs))
	for i, g := range graphs {
		g.markIllTyped(again)
		for _, id := range slices.Sorted(maps.Keys(g.nodes)) {
			n := g.nodes[id]
			told[i] = append(told[i], n.told...)
			if n.root && n.pkg == nil {
				n.pkg = sleeping(g, n, false)
			}
			if n.root {
				p.Packages = append(p.Packages, n.pkg)
			}
		}
	}
	p.Problems = capped(sorted(byPlatform(graphs, told)))
	p.Problems = append(l.goIsNewer(p.Problems), p.Problems...)
	return p
}

// byPlatform joins what the graphs told, and says of what not all of several did for which
// platforms that was.
func byPlatform(graphs []*graph, told [][]Problem) (all []Problem) {
	if len(graphs) == 1 {
		return told[0]
	}
	on := map[Problem][]string{}
	place := func(p Problem) Problem {
		return Problem{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message}
	}
	for i, problems := range told {
		name := graphs[i].platform.String()
		for _, p := range problems {
			if at := place(p); !slices.Contains(on[at], name) {
				on[at] = append(on[at], name)
			}
		}
	}
	for _, p := range slices.Concat(told...) {
		if names := on[place(p)]; len(names) < len(graphs) {
			p.Message += " (for " + strings.Join(names, ", ") + ")"
		}
		all = append(all, p)
	}
	return all
}

// goIsNewer returns, if there are problems, one more that may explain them all:
// the files that the go command picks may be ahead of this program's type checker.
func (l *loader) goIsNewer(problems []Problem) []Problem {
	built := runtime.Version()
	if len(problems) == 0 || version.Compare(version.Lang(l.goenv.GOVERSION), version.Lang(built)) <= 0 {
		return nil
	}
	return []Problem{{Kind: "list", Message: fmt.Sprintf("the go command is %s, lockfix was built with %s: build lockfix with the newer one", l.goenv.GOVERSION, built)}}
}

// markIllTyped finds out which roots are, or need something that is, ill-typed.
// Those of an older program it does not change, but copies.
func (g *graph) markIllTyped(again bool) {
	ill := make(map[string]bool)
	for _, n := range g.inOrder() {
		ill[n.id] = len(n.told) > 0 || g.blamedByVariant(n)
		for _, id := range n.imports {
			ill[n.id] = ill[n.id] || ill[id]
		}
	}
	for id, n := range g.nodes {
		if !n.root || n.pkg == nil || n.pkg.IllTyped == ill[id] {
			continue
		}
		if !again {
			n.pkg.IllTyped = ill[id]
			continue
		}
		n, pkg := *n, *n.pkg
		pkg.IllTyped = ill[id]
		n.pkg = &pkg
		g.nodes[id] = &n
	}
}

// blamedByVariant reports whether the variant that supersedes n found a
// problem in a file of n: in n itself the function bodies were not looked into.
func (g *graph) blamedByVariant(n *node) bool {
	variant := g.nodes[n.supersededBy]
	return variant != nil && slices.ContainsFunc(variant.told, func(p Problem) bool {
		return slices.Contains(n.files, p.File)
	})
}

func count(graphs []*graph, files map[string]*File) Listed {
	roots, others := make(map[string]bool), make(map[string]bool)
	for _, g := range graphs {
		for _, n := range g.nodes {
			if n.root {
				roots[n.path] = true
			}
		}
		for _, n := range g.nodes {
			others[n.path] = !roots[n.path]
		}
	}
	listed := Listed{Packages: len(roots), Files: len(files)}
	for _, other := range others {
		if other {
			listed.Dependencies++
		}
	}
	for _, f := range files {
		listed.Lines += f.lines
	}
	return listed
}
