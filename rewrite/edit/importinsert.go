package edit

import (
	"go/token"
	"slices"
	"strings"

	"github.com/dave/dst"
)

// insertImport adds one spec to the imports of the file. Nothing is sorted or
// regrouped: the spec goes into the group that holds its like (standard
// library, or the longest common path), at its place if the group is sorted,
// else at its end.
func (s *Site) insertImport(spec *dst.ImportSpec) {
	decls := importDecls(s.File)
	switch {
	case len(decls) == 0:
		s.firstImport(spec)
	case len(decls) == 1 && !decls[0].Lparen:
		parenthesise(decls[0])
		insertSpec(decls[0], spec)
	default:
		g := bestDecl(decls, pathOf(spec))
		if g.Lparen {
			insertSpec(g, spec)
			return
		}
		s.importBelow(g, spec)
	}
}

// firstImport gives a file without imports its first, below the package clause
// and import "C".
//
//	package p            package p
//	                →
//	// about f           import "sync"
//	func f() {}
//	                     // about f
//	                     func f() {}
func (s *Site) firstImport(spec *dst.ImportSpec) {
	at := 0
	for i, d := range s.File.Decls {
		if g, ok := d.(*dst.GenDecl); ok && g.Tok == token.IMPORT {
			at = i + 1
		}
	}
	s.File.Decls = slices.Insert(s.File.Decls, at, dst.Decl(importDecl(spec, dst.EmptyLine)))
}

func importDecl(spec *dst.ImportSpec, space dst.SpaceType) *dst.GenDecl {
	g := &dst.GenDecl{Tok: token.IMPORT, Specs: []dst.Spec{spec}}
	g.Decs.Before, g.Decs.After = space, space
	return g
}

// parenthesise turns import "a" into a list of one.
func parenthesise(g *dst.GenDecl) {
	g.Lparen, g.Rparen = true, true
	spec := g.Specs[0].Decorations()
	spec.Before, spec.After = dst.NewLine, dst.NewLine
	// What stood on the line of the import goes into the list with it.
	same, hanging := SplitEnd(g.Decs.End)
	spec.End = append(spec.End, same...)
	g.Decs.End = JoinEnd(nil, hanging)
}

// importBelow adds a line to a run of import "a" lines.
func (s *Site) importBelow(g *dst.GenDecl, spec *dst.ImportSpec) {
	i := slices.Index(s.File.Decls, dst.Decl(g))
	added := importDecl(spec, dst.NewLine)
	added.Decs.After = g.Decs.After
	g.Decs.After = dst.NewLine
	s.File.Decls = slices.Insert(s.File.Decls, i+1, dst.Decl(added))
}

// bestDecl returns the declaration with the spec most like pkg, the first of equals.
func bestDecl(decls []*dst.GenDecl, pkg string) *dst.GenDecl {
	best, likeness := decls[0], -1
	for _, g := range decls {
		for _, spec := range g.Specs {
			if n := alike(pathOf(spec.(*dst.ImportSpec)), pkg); n > likeness {
				best, likeness = g, n
			}
		}
	}
	return best
}

// alike measures how much two import paths are: -1 where one is of the standard
// library and the other is not, else the number of path elements in common,
// of which the standard library shares all.
func alike(a, b string) int {
	if IsStandard(a) != IsStandard(b) {
		return -1
	}
	if IsStandard(a) {
		return 0
	}
	n := 0
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}

// insertSpec adds a spec to a parenthesised declaration.
func insertSpec(g *dst.GenDecl, spec *dst.ImportSpec) {
	groups := specGroups(g.Specs)
	lo, hi := bestGroup(g.Specs, groups, pathOf(spec))
	d := spec.Decorations()
	d.Before, d.After = dst.NewLine, dst.NewLine
	if lo == hi {
		insertGroup(g, spec)
		return
	}
	at := specIndex(g.Specs[lo:hi], pathOf(spec)) + lo
	if at < hi {
		next := g.Specs[at].Decorations()
		d.Before, next.Before = next.Before, dst.NewLine
	} else {
		prev := g.Specs[hi-1].Decorations()
		d.After, prev.After = prev.After, dst.NewLine
		same, hanging := SplitEnd(prev.End)
		prev.End, d.End = same, JoinEnd(nil, hanging)
	}
	g.Specs = slices.Insert(g.Specs, at, dst.Spec(spec))
}

// specGroups returns the ends of the runs of specs without a blank line between.
func specGroups(specs []dst.Spec) []int {
	var ends []int
	for i := 1; i < len(specs); i++ {
		if specs[i-1].Decorations().After == dst.EmptyLine || specs[i].Decorations().Before == dst.EmptyLine {
			ends = append(ends, i)
		}
	}
	return append(ends, len(specs))
}

// bestGroup returns the run that holds the spec most like pkg; lo == hi where
// none is of its kind.
func bestGroup(specs []dst.Spec, ends []int, pkg string) (lo, hi int) {
	likeness, start := -1, 0
	for _, end := range ends {
		for _, spec := range specs[start:end] {
			if n := alike(pathOf(spec.(*dst.ImportSpec)), pkg); n > likeness {
				lo, hi, likeness = start, end, n
			}
		}
		start = end
	}
	return lo, hi
}

// specIndex returns where in a run a path belongs: its sorted place, or the
// end if the run is not sorted.
func specIndex(run []dst.Spec, pkg string) int {
	paths := make([]string, len(run))
	for i, spec := range run {
		paths[i] = pathOf(spec.(*dst.ImportSpec))
	}
	if !slices.IsSorted(paths) {
		return len(run)
	}
	at, _ := slices.BinarySearch(paths, pkg)
	return at
}

// insertGroup adds a group of one, the standard library first, others last.
func insertGroup(g *dst.GenDecl, spec *dst.ImportSpec) {
	d := spec.Decorations()
	if len(g.Specs) == 0 {
		g.Specs = []dst.Spec{spec}
		return
	}
	if IsStandard(pathOf(spec)) {
		first := g.Specs[0].Decorations()
		d.Before, d.After, first.Before = first.Before, dst.EmptyLine, dst.EmptyLine
		g.Specs = slices.Insert(g.Specs, 0, dst.Spec(spec))
		return
	}
	last := g.Specs[len(g.Specs)-1].Decorations()
	d.Before, d.After, last.After = dst.EmptyLine, last.After, dst.EmptyLine
	g.Specs = append(g.Specs, spec)
}
