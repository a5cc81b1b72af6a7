package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// withImports returns n with the imports that its files have and it had not;
// n itself if there are none. What g lacks is listed and added to g.
func (c *check) withImports(g *graph, n *listed) *listed {
	missing := c.missingImports(n)
	if len(missing) == 0 {
		return n
	}
	n = n.copy()
	for _, path := range missing {
		id, err := c.resolve(g, n, path)
		if err != nil {
			n.importErrors[path] = err
			continue
		}
		n.imports[path] = id
		delete(n.importErrors, path)
	}
	return n
}

// missingImports returns the paths that the files of n import and n does not, sorted.
func (c *check) missingImports(n *listed) []string {
	missing := make(map[string]bool)
	for _, path := range n.files {
		f := c.files[path]
		if f == nil || f.Syntax == nil {
			continue
		}
		for _, spec := range f.Syntax.Imports {
			imported := importPath(spec)
			if _, ok := n.imports[imported]; !ok && imported != "C" && imported != "unsafe" {
				missing[imported] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has said so
	}
	return path
}

// resolve returns the ID of the package that path means in n.
func (c *check) resolve(g *graph, n *listed, path string) (string, error) {
	if err := c.visible(n, path); err != nil {
		return "", err
	}
	id := path
	if _, test, ok := strings.Cut(n.id, " "); ok && g.nodes[path+" "+test] != nil {
		id = path + " " + test // what n's test sees of it
	}
	if g.nodes[id] == nil {
		if err := c.fetch(g, path); err != nil {
			return "", err
		}
	}
	switch {
	case g.nodes[id].name == "main":
		return "", errors.New("it is a program, not an importable package")
	case g.reaches(id, n.path):
		return "", errors.New("import cycle not allowed")
	}
	return id, nil
}

// visible returns an error if n may not import path, because of an element
// "internal" in it (`go help packages`).
func (c *check) visible(n *listed, path string) error {
	i := strings.LastIndex("/"+path+"/", "/internal/")
	if i < 0 {
		return nil
	}
	parent := strings.TrimSuffix(path[:i], "/")
	importer := strings.TrimSuffix(n.path, "_test")
	switch {
	case parent == "" && within(filepath.Join(c.goenv.GOROOT, "src"), n.dir):
		return nil
	case parent != "" && (importer == parent || strings.HasPrefix(importer, parent+"/")):
		return nil
	}
	return errors.New("use of internal package not allowed")
}

// fetch lists the package at an import path and adds it to g, with all that it needs.
func (c *check) fetch(g *graph, path string) error {
	if isLocal(path) || strings.Contains(path, "...") || strings.Contains(path, "=") {
		return fmt.Errorf("%q is not an import path", path)
	}
	listed, err := c.listPackages(context.Background(), g.platform, []string{path})
	if err != nil {
		return err
	}
	if len(listed) == 0 {
		return errors.New("there is no such package")
	}
	for _, p := range listed {
		if p.ID == path && len(p.GoFiles) > 0 {
			c.addPackage(g, p)
			return nil
		}
	}
	for _, e := range listed[0].Errors {
		return errors.New(c.listProblem(e).Message)
	}
	return fmt.Errorf("%q is not an import path", path)
}
