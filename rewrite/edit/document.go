// Package edit changes Go files so that nothing but the change changes: it decorates
// a file, lets a strategy or a template change a private copy of the tree, prints it
// twice and merges three ways.
//
// # Theory
//
// Matching is done on go/ast and go/types; editing is done on the decorated
// tree of dave/dst, in which comments and blank lines hang on nodes instead of
// on offsets. Without an import resolver the two trees are twins, node by node:
// a question is asked of the ast node, the edit is made on its twin.
//
// A tree that is printed forgets how its author laid the file out. So the
// unchanged tree is printed too (base), and only the lines in which the changed
// print differs from base are carried over to the author's own text. Nothing is
// believed: the merged text must have the tokens and comments of the changed
// print, every comment of the source, and gofmt's form where the source had it.
//
// # Words
//
// A site is the place of a rewrite. A twin is the decorated node of a syntax node.
// The same-line part of a node's End is the comment that follows it on its line;
// the hanging part is what stands on the lines below.
package edit

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

// A Document is a file as it was decorated: the tree that attempts copy, and
// nothing ever changes, with what the gates ask of the source each time.
type Document struct {
	opened   *Files // who opened it
	pkg      *load.Package
	file     *load.File
	tree     *dst.File
	decls    []*declaration
	base     []byte // tree, printed
	clean    bool   // the source is as gofmt writes it
	survives bool   // base has the tokens of the source
	comments map[string]int
	parts    []string // see printParts; nil where it cannot be cut
}

// Files opens files for edits and keeps the one that it decorated last, since that
// takes longer than all else: ask it file by file. It is not safe for concurrent
// use. The zero value works.
type Files struct {
	file *load.File
	doc  *Document
	err  error

	otherPkg *load.Package
	others   map[*ast.File]*Document // more files of one package
}

// Open decorates the file of a match, unless that was the last one. Its error
// is the refusal of every fix there.
func (fs *Files) Open(pkg *load.Package, m *match.Match) (*Document, error) {
	if pkg.IllTyped {
		return nil, errors.New("the package does not type-check: repair that first")
	}
	f, err := editable(pkg, m.File)
	if err != nil {
		return nil, err
	}
	if fs.file != f || fs.doc == nil || fs.doc.pkg != pkg {
		fs.doc, fs.err = fs.decorate(pkg, m, f)
		fs.file = f
	}
	return fs.doc, fs.err
}

// openOther decorates another file of a match's package; such documents are
// kept as long as plans of one package are made.
func (fs *Files) openOther(pkg *load.Package, m *match.Match, syntax *ast.File) (*Document, error) {
	if fs.otherPkg != pkg {
		fs.otherPkg, fs.others = pkg, map[*ast.File]*Document{}
	}
	if doc := fs.others[syntax]; doc != nil {
		return doc, nil
	}
	f, err := editable(pkg, syntax)
	if err != nil {
		return nil, fmt.Errorf("%s would have to change too: %w", filepath.Base(f.Path), err)
	}
	doc, err := fs.decorate(pkg, m, f)
	if err == nil {
		fs.others[syntax] = doc
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

func (fs *Files) decorate(pkg *load.Package, m *match.Match, f *load.File) (doc *Document, err error) {
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
	doc = &Document{opened: fs, pkg: pkg, file: f, tree: tree}
	doc.decls = declsOf(tree, dec.Ast.Nodes)
	return doc, doc.prepare()
}

// prepare answers, once for all attempts, what they ask of the source.
func (d *Document) prepare() (err error) {
	if d.base, err = render(d.tree); err != nil {
		return err
	}
	formatted, err := format.Source(d.file.Text)
	if err != nil {
		return fmt.Errorf("internal: the source does not parse: %w", err)
	}
	d.clean = bytes.Equal(formatted, d.file.Text)
	d.survives = survives(d.file.Text, d.base)
	d.parts = partsOf(d)
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

// Site returns a site with a private copy of the tree.
func (d *Document) Site(m *match.Match, alt match.Alternative) *Site {
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
		freshOf: map[string]map[*ast.ReturnStmt]bool{},
		twins:   c,
		level:   alt.Applicability,
		because: alt.Because[:len(alt.Because):len(alt.Because)],
	}
	if decl, ok := c.of(m.Decl).(dst.Decl); ok {
		s.Decl = decl
	}
	return s
}
