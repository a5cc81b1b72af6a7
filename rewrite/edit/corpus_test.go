package edit

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// corpus returns real Go files for the laws: a sample of the standard library,
// always the same one; with LOCKFIX_LAWS set every file below the directories
// that it lists, where std is the standard library:
//
//	LOCKFIX_LAWS="std $(go env GOMODCACHE)/k8s.io/client-go@v0.37.2" go test -run Law -timeout 9h ./rewrite/plan
func corpus(t *testing.T, sample int) []string {
	t.Helper()
	std := filepath.Join(runtime.GOROOT(), "src")
	roots := strings.Fields(os.Getenv("LOCKFIX_LAWS"))
	if len(roots) == 0 {
		if testing.Short() {
			sample /= 4
		}
		files := goFiles(t, std)
		random := rand.New(rand.NewPCG(7, 7))
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		return files[:min(sample, len(files))]
	}
	var files []string
	for _, root := range roots {
		if root == "std" {
			root = std
		}
		files = append(files, goFiles(t, root)...)
	}
	return files
}

func goFiles(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.Contains(path, "testdata") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decorateFile opens a file without types; nil where the laws do not speak of
// it: it does not parse, or it moves positions by //line.
func decorateFile(t *testing.T, path string, raw []byte) *Document {
	t.Helper()
	f := source.New(path, raw)
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, path, f.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || bytes.Contains(raw, []byte("//line ")) || bytes.Contains(raw, []byte("/*line ")) {
		return nil
	}
	file := &load.File{File: f, Syntax: syntax}
	m := &match.Match{Pkg: &facts.Package{Fset: fset}, File: syntax}
	doc, err := new(Files).Open(&load.Package{Files: []*load.File{file}}, m)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return nil
	}
	return doc
}

// untyped returns a site of a document that no rule matched.
func (d *Document) untyped() *Site {
	return d.Site(&match.Match{File: d.file.Syntax}, match.Alternative{Fix: &rules.Fix{}, Applicability: rules.Safe})
}

// styles are ways in which people keep files.
var styles = map[string]func(string) string{
	"gofmt":  func(s string) string { return s },
	"CRLF":   func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"spaces": fourSpaces,
	"messy":  messy,
}

// fourSpaces indents by four spaces a tab.
func fourSpaces(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		d := depth(line)
		b.WriteString(strings.Repeat("    ", d) + line[d:])
	}
	return b.String()
}

// messy undoes what gofmt does: blank lines are doubled, indentation and the
// spaces around operators come and go, two statements share a line.
func messy(s string) string {
	if strings.Contains(s, "`") {
		return s // its lines may be content
	}
	random := rand.New(rand.NewPCG(3, uint64(len(s))))
	edits := []func(string) string{
		func(l string) string { return strings.Replace(l, " := ", ":=", 1) },
		func(l string) string { return strings.Replace(l, ", ", " ,  ", 1) },
		func(l string) string { return strings.TrimPrefix(l, "\t") },
		func(l string) string { return strings.Replace(l, "()\n", "() ;\n", 1) },
		func(l string) string { return strings.Replace(l, "if ", "if  ", 1) },
		func(l string) string {
			if l == "\n" {
				return "\n\n\n"
			}
			return l
		},
	}
	lines := slices.Collect(strings.Lines(s))
	for i, l := range lines {
		if code := strings.TrimSpace(l); random.IntN(2) == 0 && !strings.HasPrefix(code, "//") && !strings.Contains(s, "/*") {
			lines[i] = edits[random.IntN(len(edits))](l)
		}
	}
	return strings.Join(lines, "")
}
