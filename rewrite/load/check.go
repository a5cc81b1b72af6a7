package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A check type-checks the nodes of graphs, in parallel.
type check struct {
	*loader
	files   map[string]*File // of the roots
	streams bool             // packages are let go of on the way
	tasks   []*task
	checks  map[nodeKey][]*task // of the nodes
	nodes   []*node
	mu      sync.Mutex // of nodes, while it runs
	asleep  []string   // what an edit would have to wake up
}

// A nodeKey names a node among several graphs.
type nodeKey struct {
	graph *graph
	id    string
}

func (c *check) run(ctx context.Context) error {
	if err := run(ctx, c.jobs, c.tasks); err != nil {
		return err
	}
	for _, n := range c.nodes {
		c.tell(n)
	}
	return nil
}

// add plans the checks of roots, which are in order, within g. What they depend
// on is looked at when the type checker asks for it.
func (c *check) add(g *graph, nodes []*node) {
	tasks := make(map[string]*task, len(nodes))
	if c.checks == nil {
		c.checks = make(map[nodeKey][]*task)
	}
	below, imported := g.awakeBelow(), g.imported()
	if len(nodes) < manyRoots {
		c.fetchAhead(g, nodes, below)
	}
	for _, n := range nodes {
		n.unasked = c.streams && n.types == nil && !imported[n.id]
		t := &task{prepare: func() { c.readFiles(n) }, finish: func() { c.root(g, n) }, holds: c.size(n)}
		for id := range below(n) {
			if imported := tasks[id]; imported != nil {
				t.after(imported)
			}
		}
		tasks[n.id] = t
		c.checks[nodeKey{g, n.id}] = []*task{t}
		c.tasks = append(c.tasks, t)
	}
	for _, n := range nodes {
		if n.supersededBy == "" || n.asleep {
			continue
		}
		alone := &task{finish: func() { c.alone(g, n) }}
		alone.after(tasks[n.id])
		if variant := tasks[n.supersededBy]; variant != nil {
			alone.after(variant)
		}
		c.checks[nodeKey{g, n.id}] = append(c.checks[nodeKey{g, n.id}], alone)
		c.tasks = append(c.tasks, alone)
	}
	c.nodes = append(c.nodes, nodes...)
}

// manyRoots is how many keep all processors busy.
const manyRoots = 32

// fetchAhead plans that what few roots import is looked at side by side, and not one
// after the other as the type checker asks for it.
func (c *check) fetchAhead(g *graph, roots []*node, below func(*node) map[string]bool) {
	ahead := make(map[string]bool)
	for _, n := range roots {
		for _, path := range slices.Sorted(maps.Keys(n.imports)) {
			to := g.nodes[n.imports[path]]
			if to == nil || ahead[to.id] || to.awake() || len(below(to)) > 0 {
				continue
			}
			ahead[to.id] = true
			c.tasks = append(c.tasks, &task{finish: func() { c.ensure(g, to) }})
		}
	}
}

// awakeBelow returns a func that finds the IDs of the awake roots that a node
// imports, directly or by way of others that are not awake.
func (g *graph) awakeBelow() func(n *node) map[string]bool {
	known := make(map[string]map[string]bool)
	var below func(n *node) map[string]bool
	below = func(n *node) map[string]bool {
		if all, ok := known[n.id]; ok {
			return all
		}
		var all map[string]bool
		add := func(id string) {
			if all == nil {
				all = make(map[string]bool)
			}
			all[id] = true
		}
		for _, id := range n.imports {
			to := g.nodes[id]
			switch {
			case to == nil:
			case to.awake():
				add(id)
			default:
				for id := range below(to) {
					add(id)
				}
			}
		}
		known[n.id] = all
		return all
	}
	return below
}

// declarations parses what importers of a dependency can see. Its files are
// let go of as soon as it is checked.
func (c *check) declarations(n *node) (files []*ast.File, problems []Problem) {
	for _, path := range n.files {
		if syntax, read := c.held(path); read {
			if syntax != nil {
				files = append(files, syntax)
			}
			continue
		}
		src, err := c.overlay.read(path)
		if err != nil {
			problems = append(problems, Problem{File: path, Kind: "read", Message: plainPathError(err).Error()})
			continue
		}
		blankBodies(src)
		syntax, err := parse(c.fset, path, src, parser.SkipObjectResolution)
		if syntax != nil {
			files = append(files, syntax)
		}
		problems = append(problems, parseProblems(path, src, err)...)
	}
	return files, problems
}

// ensure looks at what n, which is not awake, declares, unless that is known.
func (c *check) ensure(g *graph, n *node) {
	n.once.Do(func() {
		if n.types != nil {
			return
		}
		if c.recall(g, n) {
			return
		}
		files, problems := c.declarations(n)
		n.problems = problems
		if files = pruned(files); len(files) > 0 {
			n.types, problems = c.types(importer{c, g, n, usedImports(n, g, files)}, files, nil, false)
			n.problems = append(n.problems, problems...)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.nodes = append(c.nodes, n)
	})
}

// root checks n whole; where another root supersedes it, its declarations.
func (c *check) root(g *graph, n *node) {
	n.pkg = c.newPackage(g, n)
	for _, path := range n.files {
		n.problems = append(n.problems, c.files[path].problems...)
	}
	whole := n.supersededBy == ""
	info := n.pkg.Info
	if !whole {
		info = nil
	}
	pkg, problems := c.types(importer{c, g, n, nil}, n.pkg.syntax(), info, whole)
	n.problems = append(n.problems, problems...)
	switch {
	case n.bodiesOnly, n.unasked && whole:
	case c.streams && whole: // what importers hold must not hold the bodies
		n.types, _ = c.types(importer{c, g, n, nil}, n.pkg.syntax(), nil, false)
	default:
		n.types = pkg
	}
	if n.pkg.Types = pkg; pkg == nil {
		n.pkg.Types, n.pkg.Info = types.NewPackage(n.path, n.name), newInfo()
	}
}

// late makes what a root declares that nothing imported when it was checked: an edit
// imports it now.
func (c *check) late(g *graph, n *node) {
	n.once.Do(func() {
		files, _ := c.declarations(n)
		n.types, _ = c.types(importer{c, g, n, nil}, pruned(files), nil, false)
	})
}

// types runs the type checker over files, whole or for the declarations only.
// The package is nil if the checker failed.
func (c *check) types(from importer, files []*ast.File, info *types.Info, whole bool) (pkg *types.Package, problems []Problem) {
	g, n := from.graph, from.node
	files = slices.DeleteFunc(slices.Clone(files), func(f *ast.File) bool { return f.Name.Name == "" }) // no package clause: nothing follows
	var errs []types.Error
	failed := slices.ContainsFunc(files, importsC) // what depends on C has no type, and no error says so
	config := types.Config{
		GoVersion:        n.version,
		IgnoreFuncBodies: !whole,
		FakeImportC:      true,
		Importer:         from,
		Sizes:            g.sizes,
		Error: func(err error) {
			failed = true
			var typeErr types.Error
			if errors.As(err, &typeErr) && !isReported(typeErr) && !followsInvalid(typeErr) {
				errs = append(errs, typeErr)
			}
		},
	}
	defer func() {
		if r := recover(); r != nil {
			fault := Problem{Kind: "internal", Message: fmt.Sprintf("the Go type checker failed: %v: report it with the package", r)}
			pkg, problems = nil, append(typeProblems(c.fset, errs), fault)
		}
	}()
	pkg = types.NewPackage(n.path, packageName(n, files))
	_ = types.NewChecker(&config, c.fset, pkg, info).Files(files) // the first of errs, or one not to be told
	problems = typeProblems(c.fset, errs)
	if failed && whole && info != nil {
		fillUntyped(info, files)
	}
	return pkg, problems
}

// followsInvalid reports whether an error is about something that has no type.
// Either it comes from C, or an error told elsewhere has left it without.
func followsInvalid(err types.Error) bool {
	message := quoted.ReplaceAllString(err.Msg, "")
	return strings.Contains(message, "invalid type") || strings.Contains(message, "invalid operand") || ofCgo.MatchString(message)
}

// ofCgo matches the complaint that a name is missing which cgo declares: what it has
// generated (cgo -godefs) may be checked in.
var ofCgo = lazyregexp.New(`^undefined: _C(type|func|var|macro)_`)

// quoted matches a string literal, which may hold any words.
var quoted = lazyregexp.New("\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`")

// packageName returns the name that most likely is the package's, should the
// go command know none.
func packageName(n *node, files []*ast.File) string {
	if n.name == "" && len(files) > 0 {
		return files[0].Name.Name
	}
	return n.name
}

func newInfo() *types.Info { return infoFor(0) }

// infoFor has room for what the type checker notes of so many bytes of source: it comes
// in thousands, and a map that grows moves all that it holds. There is about one entry
// in so many bytes of real code; where there are fewer, room is left, but not much.
func infoFor(bytes int) *types.Info {
	return &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue, bytes/17),
		Defs:         make(map[*ast.Ident]types.Object, bytes/110),
		Uses:         make(map[*ast.Ident]types.Object, bytes/22),
		Implicits:    make(map[ast.Node]types.Object),
		Instances:    make(map[*ast.Ident]types.Instance),
		Scopes:       make(map[ast.Node]*types.Scope, bytes/180),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection, bytes/140),
		FileVersions: make(map[*ast.File]string),
	}
}
