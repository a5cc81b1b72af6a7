package edit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"
	"github.com/dave/dst/dstutil"
)

// ParseDecls parses declarations, and puts what the builders make in the place
// of the names that they stand for.
func ParseDecls(source string, fill map[string]func() dst.Expr) ([]dst.Decl, error) {
	dec := decorator.NewDecorator(token.NewFileSet())
	syntax, err := parser.ParseFile(dec.Fset, "", "package p\n\n"+source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("internal: %w", err)
	}
	file, err := dec.DecorateFile(syntax)
	if err != nil {
		return nil, fmt.Errorf("internal: %w", err)
	}
	dstutil.Apply(file, nil, func(c *dstutil.Cursor) bool {
		id, ok := c.Node().(*dst.Ident)
		if !ok || fill[id.Name] == nil {
			return true
		}
		c.Replace(fill[id.Name]())
		return true
	})
	return file.Decls, nil
}

// AddDecls puts declarations behind the one that a node of the file stands in.
func (s *Site) AddDecls(behind ast.Node, decls []dst.Decl) {
	i := slices.IndexFunc(s.source.Syntax.Decls, func(d ast.Decl) bool { return StandsIn(behind, d) })
	if i < 0 {
		s.Fail("internal: a declaration is in no file")
		return
	}
	at := slices.Index(s.File.Decls, s.Node(s.source.Syntax.Decls[i]).(dst.Decl))
	if at < 0 {
		s.Fail("internal: a declaration has no twin")
		return
	}
	for _, d := range decls {
		d.Decorations().Before, d.Decorations().After = dst.EmptyLine, dst.EmptyLine
	}
	s.File.Decls = slices.Insert(s.File.Decls, at+1, decls...)
}
