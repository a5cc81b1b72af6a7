package load

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// An importer finds what a node imports: an awake root was checked before it,
// anything else is looked at now.
type importer struct {
	check *check
	graph *graph
	node  *node
	used  map[string]bool // import paths that the declarations need; nil: all
}

// errReported stands for a reason that the problems hold already.
var errReported = errors.New("reported elsewhere")

func isReported(err error) bool {
	return strings.HasSuffix(err.Error(), "("+errReported.Error()+")")
}

// Import implements types.Importer.
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	imported := i.graph.nodes[i.node.imports[path]]
	if i.used != nil && !i.used[path] && imported != nil && imported.name != "" {
		unused := types.NewPackage(path, imported.name)
		unused.MarkComplete()
		return unused, nil
	}
	switch {
	case imported == nil:
	case !imported.awake():
		i.check.ensure(i.graph, imported)
	case imported.unasked:
		i.check.late(i.graph, imported)
	}
	switch err := i.node.importErrors[path]; {
	case err != nil:
		return nil, err
	case imported != nil && imported.types != nil:
		return imported.types, nil
	case len(i.node.errors) > 0:
		return nil, errReported
	case imported == nil:
		return nil, fmt.Errorf("the go command did not list it")
	case len(imported.errors)+len(imported.problems) > 0:
		return nil, errReported
	}
	return nil, fmt.Errorf("it has no Go files for this platform")
}

// usedImports returns the import paths that the declarations in files need: most
// imports are there for function bodies, and with them goes most of what a
// program depends on. A name counts wherever it stands before a dot.
func usedImports(n *node, g *graph, files []*ast.File) map[string]bool {
	used := make(map[string]bool)
	for _, file := range files {
		names := make(map[string]string)
		for _, spec := range file.Imports {
			path := importPath(spec)
			imported := g.nodes[n.imports[path]]
			switch {
			case spec.Name != nil && spec.Name.Name == ".":
				used[path] = true
			case spec.Name != nil:
				names[spec.Name.Name] = path
			case imported != nil:
				names[imported.name] = path
			default:
				used[path] = true
			}
		}
		ast.Inspect(file, func(at ast.Node) bool {
			if sel, ok := at.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && names[id.Name] != "" {
					used[names[id.Name]] = true
				}
			}
			return true
		})
	}
	return used
}
