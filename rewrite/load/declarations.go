package load

import (
	"bytes"
	"errors"
	"fmt"
	"go/build/constraint"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// SameDeclarations reports whether all that the other files of a package see of a
// file is the same before and after an edit.
func SameDeclarations(before, after *File) bool { return sameForImporters(before, after) }

// sameForImporters reports whether those who import the package of a file see
// the same before and after an edit: no token differs but in function bodies,
// the elements of literals, and imports that either only came or only went. A
// new import cannot change what a declaration means: a name that it takes
// from the package or the universe is an error in the file itself.
func sameForImporters(before, after *File) bool {
	if len(before.problems)+len(after.problems) > 0 {
		return false
	}
	return sameImports(before, after) && slices.Equal(visibleTokens(before.Text), visibleTokens(after.Text))
}

func sameImports(before, after *File) bool {
	old, new := importNames(before), importNames(after)
	gone, came := difference(old, new), difference(new, old)
	if slices.Contains(append(slices.Clone(gone), came...), ".") {
		return false
	}
	return len(gone) == 0 || len(came) == 0
}

// importNames returns the imports of f: "name path" → name.
func importNames(f *File) map[string]string {
	names := make(map[string]string)
	for _, spec := range f.Syntax.Imports {
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name+" "+spec.Path.Value] = name
	}
	return names
}

// difference returns the names of the imports of a that are not in b.
func difference(a, b map[string]string) []string {
	var names []string
	for key, name := range a {
		if _, ok := b[key]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// visibleTokens returns the tokens that importers may see, automatic
// semicolons among them, without import declarations.
func visibleTokens(text []byte) []string {
	text = bytes.Clone(text)
	blankBodies(text)
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
	var tokens []string
	depth, inImport := 0, false
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return tokens
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		case token.IMPORT:
			inImport = true
		case token.SEMICOLON:
			if inImport && depth == 0 {
				inImport = false
				continue
			}
			lit = ""
		}
		if !inImport {
			tokens = append(tokens, tok.String()+lit)
		}
	}
}

// sameBelonging returns an error if an edit changes which files make up a package.
func sameBelonging(before, after *File) error {
	if constraints(before.Text) != constraints(after.Text) {
		return errors.New("has other build constraints now")
	}
	if before.Syntax == nil || after.Syntax == nil {
		return nil
	}
	old, new := before.Syntax.Name.Name, after.Syntax.Name.Name
	if old != "" && new != "" && old != new {
		return fmt.Errorf("is now of package %s", new)
	}
	return nil
}

// constraints returns the //go:build lines of a file; they stand before the
// package clause.
func constraints(text []byte) string {
	var found strings.Builder
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("package ")) {
			break
		}
		if constraint.IsGoBuild(string(bytes.TrimSpace(line))) {
			found.Write(line)
		}
	}
	return found.String()
}
