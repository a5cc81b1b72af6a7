package plan

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"path/filepath"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules/match"
)

// A document is a file as it was decorated: the tree that attempts copy, and
// nothing ever changes, with what the gates ask of the source each time.
type document struct {
	pkg      *load.Package
	file     *load.File
	tree     *dst.File
	decls    []*declaration
	base     []byte // tree, printed
	clean    bool   // the source is as gofmt writes it
	comments map[string]int
}

// open decorates the file of a match, unless that was the last one. Its error
// is the refusal of every fix there.
func (pl *Planner) open(pkg *load.Package, m *match.Match) (*document, error) {
	if pkg.IllTyped {
		return nil, errors.New("the package does not type-check: repair that first")
	}
	f, err := editable(pkg, m.File)
	if err != nil {
		return nil, err
	}
	if pl.file != f || pl.doc == nil || pl.doc.pkg != pkg {
		pl.doc, pl.err = decorate(pkg, m, f)
		pl.file = f
	}
	return pl.doc, pl.err
}

// openOther decorates another file of a match's package; such documents are
// kept as long as plans of one package are made.
func (pl *Planner) openOther(pkg *load.Package, m *match.Match, syntax *ast.File) (*document, error) {
	if pl.otherPkg != pkg {
		pl.otherPkg, pl.others = pkg, map[*ast.File]*document{}
	}
	if doc := pl.others[syntax]; doc != nil {
		return doc, nil
	}
	f, err := editable(pkg, syntax)
	if err != nil {
		return nil, fmt.Errorf("%s would have to change too: %w", filepath.Base(f.Path), err)
	}
	doc, err := decorate(pkg, m, f)
	if err == nil {
		pl.others[syntax] = doc
	}
	return doc, err
}

// editable returns a file of a package by its tree, and why it must not be edited.
func editable(pkg *load.Package, syntax *ast.File) (*load.File, error) {
	for _, f := range pkg.Files {
		if f.Syntax != syntax {
			continue
		}
		if f.Fixed.Kind != "" {
			return f, errors.New(f.Fixed.Because)
		}
		return f, nil
	}
	return &load.File{File: new(source.File)}, errors.New("internal: the match lies in no file of its package")
}

func decorate(pkg *load.Package, m *match.Match, f *load.File) (doc *document, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("internal: the file could not be decorated: %v", r)
		}
	}()
	// No resolver: with one, dst rewrites the imports and the trees are no twins.
	dec := decorator.NewDecorator(m.Pkg.Fset)
	tree, err := dec.DecorateFile(f.Syntax)
	if err != nil {
		return nil, fmt.Errorf("internal: the file could not be decorated: %w", err)
	}
	doc = &document{pkg: pkg, file: f, tree: tree}
	doc.decls = declsOf(tree, dec.Ast.Nodes)
	return doc, doc.prepare()
}

// prepare answers, once for all attempts, what they ask of the source.
func (d *document) prepare() (err error) {
	if d.base, err = render(d.tree); err != nil {
		return err
	}
	formatted, err := format.Source(d.file.Text)
	if err != nil {
		return fmt.Errorf("internal: the source does not parse: %w", err)
	}
	d.clean = bytes.Equal(formatted, d.file.Text)
	d.comments, err = commentsOf(d.file.Text)
	return err
}

// nodes lists the nodes of a tree in the order of dst.Inspect.
func nodes(root dst.Node) []dst.Node {
	var all []dst.Node
	dst.Inspect(root, func(n dst.Node) bool {
		if n != nil {
			all = append(all, n)
		}
		return true
	})
	return all
}

// site returns a site with a private copy of the tree.
func (d *document) site(m *match.Match, alt match.Alternative) *Site {
	c := d.copy()
	s := &Site{
		Match:   m,
		Fix:     alt.Fix,
		Pkg:     d.pkg,
		File:    c.file,
		source:  d.file,
		doc:     d,
		moved:   map[dst.Node]bool{},
		spaces:  map[dst.Node][2]dst.SpaceType{},
		fresh:   map[string]bool{},
		twins:   c,
		level:   alt.Applicability,
		because: alt.Because[:len(alt.Because):len(alt.Because)],
	}
	if decl, ok := c.of(m.Decl).(dst.Decl); ok {
		s.Decl = decl
	}
	return s
}
