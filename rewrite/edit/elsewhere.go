package edit

import (
	"cmp"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules/match"
)

// At returns the site for edits in the declaration around a node of any file of
// the package. It shares the fate of the match's own: a refusal of one refuses
// all, and the edits of all files are one plan. For a file that must not be
// edited the attempt refuses.
func (s *Site) At(n ast.Node) *Site {
	file := s.FileAround(n)
	if file == nil {
		s.Fail("internal: a node lies in no file of the package")
		return s
	}
	at := s.siteOf(file)
	if at == nil {
		return s
	}
	m := *at.Match
	m.Decl = at.DeclAround(n).(ast.Decl)
	if at.freshIn == nil {
		at.freshIn = map[ast.Decl]map[string]bool{}
	}
	if at.freshIn[m.Decl] == nil {
		at.freshIn[m.Decl] = map[string]bool{}
	}
	at.fresh = at.freshIn[m.Decl] // a name that another function got is free in this one
	at.Match = &m
	at.Decl, _ = at.twins.of(m.Decl).(dst.Decl)
	return at
}

// FileAround returns the file of the package that a node lies in, nil if none does.
func (s *Site) FileAround(n ast.Node) *ast.File {
	for _, f := range s.Pkg.Files {
		if f.Syntax.FileStart <= n.Pos() && n.Pos() < f.Syntax.FileEnd {
			return f.Syntax
		}
	}
	return nil
}

// siteOf returns the site of a file, with which no declaration is in view yet:
// the match's own file has one beside the site of the match, on the same tree.
func (s *Site) siteOf(file *ast.File) *Site {
	for _, other := range s.others {
		if other.source.Syntax == file {
			return other
		}
	}
	var at *Site
	if file == s.source.Syntax {
		at = s.twinSite()
	} else {
		doc, err := s.doc.opened.openOther(s.doc.pkg, s.Match, file)
		if err != nil {
			s.Fail("%w", err)
			return nil
		}
		at = doc.Site(s.matchIn(file), match.Alternative{Fix: s.Fix})
	}
	at.home = s
	s.others = append(s.others, at)
	return at
}

// twinSite returns a second site on the tree of a site.
func (s *Site) twinSite() *Site {
	at := *s
	at.others, at.Match = nil, s.matchIn(s.source.Syntax)
	return &at
}

func (s *Site) matchIn(file *ast.File) *match.Match {
	m := *s.Match
	m.File = file
	return &m
}

// files returns a site for each file that the attempt may have changed, sorted
// by the names of the files.
func (s *Site) files() []*Site {
	all := []*Site{s}
	for _, other := range s.others {
		if other.source == s.source {
			s.dropped = append(s.dropped, other.dropped...)
			continue
		}
		all = append(all, other)
	}
	slices.SortFunc(all, func(a, b *Site) int { return cmp.Compare(a.source.Path, b.source.Path) })
	return all
}
