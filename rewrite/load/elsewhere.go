package load

import (
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
	paths, err := p.overlay.goFiles(p.Dir)
	if err != nil {
		return p.Dir
	}
	for _, path := range paths {
		if slices.ContainsFunc(p.Files, func(f *File) bool { return f.Path == path }) {
			continue
		}
		text, err := p.overlay.read(path)
		if err != nil || p.owns(text) && !slices.ContainsFunc(all, func(name string) bool { return !names(text, name) }) {
			return path
		}
	}
	return ""
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
