package load

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
)

// NamedElsewhere returns a Go file of the package's directory that is no part
// of the package as it was loaded (another platform's, with other build tags, a
// test that was left out) and holds all of some names; "" if there is none. A file that
// cannot be read may hold them.
func (p *Package) NamedElsewhere(all ...string) string {
	return p.elsewhere(func(text []byte) bool {
		return !slices.ContainsFunc(all, func(name string) bool { return !names(text, name) })
	})
}

// DeclaredElsewhere returns such a file that declares a name for the whole package; "" if
// there is none. One that does not parse may declare it.
func (p *Package) DeclaredElsewhere(name string) string {
	return p.elsewhere(func(text []byte) bool { return strings.Contains(string(text), name) && declares(text, name) })
}

// elsewhere returns a file of the directory that is no part of the package as it was loaded, and
// of which something is true.
func (p *Package) elsewhere(is func(text []byte) bool) string {
	paths, err := p.overlay.goFiles(p.Dir)
	if err != nil {
		return p.Dir
	}
	for _, path := range paths {
		if slices.ContainsFunc(p.Files, func(f *File) bool { return f.Path == path }) {
			continue
		}
		text, err := p.overlay.read(path)
		if err != nil || p.owns(text) && is(text) {
			return path
		}
	}
	return ""
}

// declares reports whether the text of a Go file declares a name for the whole package.
func declares(text []byte, name string) bool {
	syntax, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		return true
	}
	for _, decl := range syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == name {
				return true
			}
		case *ast.GenDecl:
			if slices.ContainsFunc(decl.Specs, func(spec ast.Spec) bool { return specDeclares(spec, name) }) {
				return true
			}
		}
	}
	return false
}

func specDeclares(spec ast.Spec, name string) bool {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name == name
	case *ast.ValueSpec:
		return slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name == name })
	}
	return false
}

// unbuilt returns what tells whether a file that build constraints leave out may
// name a field or a variable of the package: the files are read when that is
// first asked for. One that cannot be read names all.
func (p *Package) unbuilt() func(*types.Var) bool {
	if len(p.IgnoredFiles) == 0 {
		return nil
	}
	read := sync.OnceValues(func() (texts [][]byte, all bool) {
		for _, path := range p.IgnoredFiles {
			text, err := p.overlay.read(path)
			if err == nil && p.owns(text) {
				texts = append(texts, text)
			}
			all = all || err != nil
		}
		return texts, all
	})
	asked := map[*types.Var]bool{}
	return func(v *types.Var) bool {
		if named, ok := asked[v]; ok {
			return named
		}
		texts, all := read()
		asked[v] = all || slices.ContainsFunc(texts, func(text []byte) bool { return mayUse(text, v) && names(text, v.Name()) })
		return asked[v]
	}
}

// mayUse reports whether a name stands in a text as that of the variable may.
func mayUse(text []byte, v *types.Var) bool {
	if !v.IsField() {
		return true
	}
	return strings.Contains(string(text), "."+v.Name()) || strings.Contains(string(text), v.Name()+":")
}

// owns reports whether the package clause of a file says that it is of p; one
// that does not parse may be.
func (p *Package) owns(text []byte) bool {
	syntax, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly)
	return err != nil || syntax.Name.Name == p.Name
}

// names reports whether an identifier stands in the text of a Go file.
func names(text []byte, name string) bool {
	if !strings.Contains(string(text), name) {
		return false
	}
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(text)), text, func(token.Position, string) {}, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return false
		}
		if tok == token.IDENT && lit == name {
			return true
		}
	}
}
