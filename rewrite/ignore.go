package rewrite

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

// An ignore is one `//lockfix:ignore ID[,ID…] reason`, or a `//nolint:lockfix`,
// which names no rule and means all. It covers its own line and the next; in
// the doc comment of a declaration all of that; before the package clause the
// whole file.
type ignore struct {
	comment  *ast.Comment
	group    *ast.CommentGroup
	ids      []string // of rules, as they stand there; none: all rules
	alone    bool     // no other tool is meant by the same comment
	reason   string
	from, to int // lines
	used     map[string]bool
}

type ignores []*ignore

// ignoresOf reads the directives of a file.
func ignoresOf(fset *token.FileSet, file *ast.File) (all ignores) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			i, ok := parseIgnore(c.Text)
			if !ok {
				continue
			}
			i.comment, i.group, i.used = c, group, map[string]bool{}
			i.from, i.to = reach(fset, file, group, c)
			all = append(all, i)
		}
	}
	return all
}

// parseIgnore reads a comment that may be a directive.
func parseIgnore(comment string) (i *ignore, ok bool) {
	if text, ok := strings.CutPrefix(comment, "//lockfix:ignore"); ok && (text == "" || text[0] == ' ' || text[0] == '\t') {
		ids, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
		return &ignore{ids: strings.Split(ids, ","), alone: true, reason: strings.TrimSpace(reason)}, true
	}
	text, ok := strings.CutPrefix(comment, "//nolint:")
	if !ok {
		return nil, false
	}
	linters, reason, _ := strings.Cut(text, "//")
	names := strings.Split(strings.TrimSpace(linters), ",")
	meant := slices.ContainsFunc(names, func(name string) bool { return strings.TrimSpace(name) == "lockfix" })
	return &ignore{alone: len(names) == 1, reason: strings.TrimSpace(reason)}, meant
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

// of returns why a finding is ignored, as the user wrote it, and remembers that
// the directive has done its work. With reasons one that gives none does nothing.
func (all ignores) of(f *found, reasons bool) (because string, ok bool) {
	line := f.Pkg.Fset.PositionFor(f.At.Pos(), false).Line
	for _, i := range all {
		if line < i.from || i.to < line || reasons && i.reason == "" {
			continue
		}
		if name, means := i.names(f.Rule); means {
			i.used[name] = true
			because, ok = strings.TrimSuffix("ignored: "+i.reason, ": "), true
		}
	}
	return because, ok
}

// names reports whether the directive means the rule, by its id or an older one,
// and which of its words says so.
func (i *ignore) names(rule *rules.Rule) (word string, ok bool) {
	if len(i.ids) == 0 {
		return "", true
	}
	for _, id := range i.ids {
		if id == rule.ID || slices.Contains(rule.Aliases, id) {
			return id, true
		}
	}
	return "", false
}

// directivesOf are those of a file, read once.
func (r *run) directivesOf(pkg *load.Package, f *load.File) ignores {
	all, ok := r.directives[f.Path]
	if !ok {
		all = ignoresOf(pkg.Fset, f.Syntax)
		r.directives[f.Path] = all
	}
	return all
}
