package load

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// NamedElsewhere returns a Go file of the package's directory that is no part
// of the package as it was loaded (another platform's, with other build tags, a
// test that was left out) and holds a name; "" if there is none. A file that
// cannot be read may hold it.
func (p *Package) NamedElsewhere(name string) string {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return p.Dir
	}
	for _, e := range entries {
		path := filepath.Join(p.Dir, e.Name())
		loaded := slices.ContainsFunc(p.Files, func(f *File) bool { return filepath.Base(f.Path) == e.Name() })
		if loaded || e.IsDir() || !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil || p.owns(text) && names(text, name) {
			return path
		}
	}
	return ""
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
