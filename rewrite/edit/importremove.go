package edit

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"
)

// removeUnusedImports removes the imports whose last use the attempt has
// removed, and only those: one that had none is there for a reason.
func (s *Site) removeUnusedImports() {
	uses := map[string]int{}
	dst.Inspect(s.File, func(n dst.Node) bool {
		if x, ok := n.(*dst.SelectorExpr); ok {
			if id, ok := x.X.(*dst.Ident); ok {
				uses[id.Name]++
			}
		}
		return true
	})
	for _, spec := range s.source.Syntax.Imports {
		name := s.usedName(spec)
		if name == "" || uses[name] > 0 {
			continue
		}
		if twin, ok := s.twins.of(spec).(*dst.ImportSpec); ok {
			s.removeImport(twin)
		}
	}
}

// usedName returns the name of an import that the source uses, else "".
func (s *Site) usedName(spec *ast.ImportSpec) string {
	obj := s.Pkg.Info.Implicits[spec]
	if spec.Name != nil {
		obj = s.Pkg.Info.Defs[spec.Name]
	}
	name, ok := obj.(*types.PkgName)
	if !ok || name.Name() == "." || name.Name() == "_" || name.Name() == "C" {
		return ""
	}
	used := false
	ast.Inspect(s.source.Syntax, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.Pkg.Info.Uses[id] == obj {
			used = true
		}
		return !used
	})
	if !used {
		return ""
	}
	return name.Name()
}

// removeImport takes a spec out; its comments go to its neighbour.
func (s *Site) removeImport(spec *dst.ImportSpec) {
	for i, d := range s.File.Decls {
		g, ok := d.(*dst.GenDecl)
		if !ok {
			continue
		}
		at := slices.Index(g.Specs, dst.Spec(spec))
		if at < 0 {
			continue
		}
		left := s.Remains(spec)
		if len(g.Specs) == 1 {
			s.removeDecl(i, left)
			return
		}
		removeSpec(g, at, left)
		return
	}
}

func removeSpec(g *dst.GenDecl, at int, left dst.Decorations) {
	gone := g.Specs[at].Decorations()
	if at+1 < len(g.Specs) {
		d := g.Specs[at+1].Decorations()
		d.Start = append(left, d.Start...)
		d.Before = max(d.Before, gone.Before)
		if at == 0 {
			d.Before = gone.Before
		}
	} else {
		d := g.Specs[at-1].Decorations()
		d.End = JoinEnd(d.End, left)
		d.After = gone.After
	}
	g.Specs = slices.Delete(g.Specs, at, at+1)
}

// removeDecl takes the import declaration with the last spec out.
func (s *Site) removeDecl(i int, left dst.Decorations) {
	g := s.File.Decls[i].(*dst.GenDecl)
	left = ownLines(slices.Concat(g.Decs.Start, s.harvest(g, g.Specs[0]), left, g.Decs.End))
	s.File.Decls = slices.Delete(s.File.Decls, i, i+1)
	switch {
	case len(left) == 0:
	case i < len(s.File.Decls):
		d := s.File.Decls[i].Decorations()
		d.Start = slices.Concat(left, dst.Decorations{"\n"}, d.Start)
	default:
		s.File.Decs.End = JoinEnd(s.File.Decs.End, left)
	}
}
