package rewrite

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// An ignore is one `//lockfix:ignore ID[,ID…] reason`. It covers its own line
// and the next; in the doc comment of a declaration all of that; before the
// package clause the whole file.
type ignore struct {
	ids      []string
	reason   string
	from, to int // lines
}

type ignores []ignore

const ignoreDirective = "//lockfix:ignore"

// ignoresOf reads the directives of a file.
func ignoresOf(fset *token.FileSet, file *ast.File) (all ignores) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if text, ok := strings.CutPrefix(c.Text, ignoreDirective); ok && (text == "" || text[0] == ' ' || text[0] == '\t') {
				ids, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
				from, to := reach(fset, file, group, c)
				all = append(all, ignore{strings.Split(ids, ","), strings.TrimSpace(reason), from, to})
			}
		}
	}
	return all
}

// reach returns the lines that a directive covers.
func reach(fset *token.FileSet, file *ast.File, group *ast.CommentGroup, c *ast.Comment) (from, to int) {
	line := func(pos token.Pos) int { return fset.PositionFor(pos, false).Line }
	if c.Pos() < file.Package {
		return 1, line(file.FileEnd)
	}
	for _, decl := range file.Decls {
		if docOf(decl) == group {
			return line(decl.Pos()), line(decl.End())
		}
	}
	return line(c.Pos()), line(group.End()) + 1
}

func docOf(decl ast.Decl) *ast.CommentGroup {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return decl.Doc
	case *ast.GenDecl:
		return decl.Doc
	}
	return nil
}

// of returns why a finding is ignored, as the user wrote it.
func (all ignores) of(f *found) (because string, ok bool) {
	line := f.Pkg.Fset.PositionFor(f.At.Pos(), false).Line
	for _, i := range all {
		if i.from <= line && line <= i.to && i.names(f.Rule) {
			return strings.TrimSuffix("ignored: "+i.reason, ": "), true
		}
	}
	return "", false
}

// names reports whether the directive means the rule, by its id or an older one.
func (i ignore) names(rule *rules.Rule) bool {
	return slices.ContainsFunc(i.ids, func(id string) bool {
		return id == rule.ID || slices.Contains(rule.Aliases, id)
	})
}
