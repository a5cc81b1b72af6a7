package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"

	"github.com/lockfix/lockfix/fixtures"
	"github.com/lockfix/lockfix/rules"
)

// An example is one function with a hazard, and what lockfix makes of it.
type example struct{ code, diff string }

// exampleOf returns the example of a rule's fixture: the first bad function
// that is fixed, or the first. The fixture of a user's rule stands beside its
// JSON; a rule may have none, and then the example is empty.
func exampleOf(rule *rules.Rule) (example, error) {
	fixture, err := fixtureOf(rule)
	if fixture == nil || err != nil {
		return example{}, err
	}
	diff := fixture.Golden.Diff
	if diff == "" {
		diff = fixture.Golden.Unsafe
	}
	var first example
	for _, file := range fixture.Files {
		for _, fn := range badFunctions(file.Name, file.Data) {
			found := example{fn.text, hunks(diff, file.Name, fn.first, fn.last)}
			if found.diff != "" {
				return found, nil
			}
			if first.code == "" {
				first = found
			}
		}
	}
	return first, nil
}

// fixtureOf returns nil for a rule that has no fixture.
func fixtureOf(rule *rules.Rule) (*fixtures.Fixture, error) {
	if fixture, ok := fixtures.Rule(rule.ID); ok {
		return fixture, nil
	}
	if rule.Source == nil {
		return nil, nil
	}
	name := strings.TrimSuffix(rule.Source.File, ".json") + ".txtar"
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fixtures.Parse(name, data)
}

// A function of a fixture and its lines, the doc comment with it; 1-based.
type function struct {
	text        string
	first, last int
}

// badFunctions are the functions of a fixture that hold a finding: by its
// convention their names begin with "bad".
func badFunctions(name string, src []byte) (all []function) {
	if !strings.HasSuffix(name, ".go") {
		return nil
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil // a fixture of something that does not parse
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(strings.ToLower(fn.Name.Name), "bad") {
			continue
		}
		start := fn.Pos()
		if fn.Doc != nil {
			start = fn.Doc.Pos()
		}
		from, to := fset.Position(start), fset.Position(fn.End())
		all = append(all, function{string(src[from.Offset:to.Offset]) + "\n", from.Line, to.Line})
	}
	return all
}

// hunks returns what a diff does to the lines [first, last] of a file: the lines
// with their signs, without the headers; "" if it leaves them as they are.
func hunks(diff, file string, first, last int) string {
	var out strings.Builder
	inFile, changed, at := false, false, 0
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "diff --git "):
			inFile, at = strings.HasSuffix(line, " b/"+file+"\n"), 0
			continue
		case strings.HasPrefix(line, "@@ "):
			at = oldLine(line)
			continue
		case at == 0 || !inFile || strings.HasPrefix(line, `\`):
			continue
		}
		// An added line stands before the old line that comes next.
		if first <= at && at <= last {
			out.WriteString(line)
			changed = changed || line[0] != ' '
		}
		if line[0] != '+' {
			at++
		}
	}
	if !changed {
		return ""
	}
	return out.String()
}

// oldLine reads the first line that a hunk replaces from its header.
func oldLine(header string) (start int) {
	fmt.Sscanf(header, "@@ -%d", &start)
	return start
}
