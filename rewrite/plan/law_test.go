package plan

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
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

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/match"
)

// corpus returns real Go files: a sample of the standard library, or, with
// LOCKFIX_LAWS set, all of it and what the directories named there hold.
func corpus(t *testing.T, sample int) []string {
	t.Helper()
	roots := []string{filepath.Join(runtime.GOROOT(), "src")}
	more, all := os.LookupEnv("LOCKFIX_LAWS")
	roots = append(roots, strings.Fields(more)...)
	var files []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".go") && !strings.Contains(path, "testdata") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if all {
		return files
	}
	random := rand.New(rand.NewPCG(7, 7))
	random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files[:sample]
}

// openFile decorates a real file; false where the laws do not speak of it.
func openFile(t *testing.T, path string, raw []byte) (*document, *match.Match, bool) {
	t.Helper()
	f := source.New(path, raw)
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, path, f.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || bytes.Contains(raw, []byte("\n//line ")) || bytes.Contains(raw, []byte("/*line ")) {
		return nil, nil, false
	}
	file := &load.File{File: f, Syntax: syntax}
	m := &match.Match{Pkg: &facts.Package{Fset: fset}, File: syntax}
	doc, err := open(&load.Package{Files: []*load.File{file}}, m)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return nil, nil, false
	}
	return doc, m, true
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func siteOf(doc *document, m *match.Match) *Site {
	return doc.site(m, match.Alternative{Fix: &rules.Fix{}, Applicability: rules.Safe})
}

// TestNoEditReproducesEveryFile: decorate, copy, print.
func TestNoEditReproducesEveryFile(t *testing.T) {
	count, skipped := 0, 0
	for _, path := range corpus(t, 150) {
		raw := read(t, path)
		doc, m, ok := openFile(t, path, raw)
		if !ok {
			skipped++
			continue
		}
		count++
		text, err := doc.print(siteOf(doc, m).File, nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !bytes.Equal(doc.file.Restore(text), raw) {
			t.Errorf("%s: changed without an edit", path)
		}
	}
	t.Logf("%d files, %d skipped", count, skipped)
}

// styles are ways in which people keep files.
var styles = map[string]func(string) string{
	"gofmt'd":  func(s string) string { return s },
	"CRLF":     func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"4 spaces": func(s string) string { return fourSpaces(s) },
	"messy":    func(s string) string { return messy(s) },
}

// fourSpaces indents lines by four spaces a tab; lines inside raw strings and
// comments too, but then they are the file's content.
func fourSpaces(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		d := depth(line)
		b.WriteString(strings.Repeat("    ", d) + line[d:])
	}
	return b.String()
}

// messy undoes gofmt's spacing: doubled blank lines, spaces around operators
// gone, some indentation lost.
func messy(s string) string {
	random := rand.New(rand.NewPCG(3, uint64(len(s))))
	var b strings.Builder
	raw := strings.Contains(s, "`")
	for line := range strings.Lines(s) {
		if raw {
			b.WriteString(line)
			continue
		}
		switch random.IntN(6) {
		case 0:
			line = strings.Replace(line, " := ", ":=", 1)
		case 1:
			line = strings.Replace(line, ", ", " ,  ", 1)
		case 2:
			line = strings.TrimPrefix(line, "\t")
		case 3:
			if line == "\n" {
				line = "\n\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// edits are what random statements go through. Each returns what it adds and
// takes away, as statements.
var edits = map[string]func(s *Site, list []dst.Stmt, i int){
	"insert before": func(s *Site, list []dst.Stmt, i int) { s.InsertBefore(list[i], marker()) },
	"insert after":  func(s *Site, list []dst.Stmt, i int) { s.InsertAfter(list[i], marker()) },
	"delete":        func(s *Site, list []dst.Stmt, i int) { s.Delete(list[i]) },
	"replace":       func(s *Site, list []dst.Stmt, i int) { s.ReplaceStmt(list[i], marker()) },
	"replace by two": func(s *Site, list []dst.Stmt, i int) {
		s.ReplaceStmt(list[i], marker(), marker())
	},
	"swap": func(s *Site, list []dst.Stmt, i int) { s.Swap(list[i], list[(i+1)%len(list)]) },
	"move": func(s *Site, list []dst.Stmt, i int) { s.MoveAfter(list[i], list[(i+1)%len(list)]) },
	"wrap": func(s *Site, list []dst.Stmt, i int) {
		s.Wrap(list[i], list[min(i+1, len(list)-1)], func(b *dst.BlockStmt) dst.Stmt {
			return ifStmt(nil, ident("lockfixMarker"), b)
		})
	},
}

func marker() dst.Stmt { return exprStmt(call(ident("lockfixMarker"))) }

// TestEditsKeepCommentsAndAllElse edits random statements of real files.
func TestEditsKeepCommentsAndAllElse(t *testing.T) {
	for _, style := range sortedKeys(styles) {
		t.Run(style, func(t *testing.T) { testEdits(t, style) })
	}
}

func testEdits(t *testing.T, style string) {
	random := rand.New(rand.NewPCG(11, 13))
	made, exact := map[string]int{}, map[string]int{}
	refused := 0
	for _, path := range corpus(t, 20) {
		raw := []byte(styles[style](string(read(t, path))))
		doc, m, ok := openFile(t, path, raw)
		if !ok {
			continue
		}
		for _, name := range sortedKeys(edits) {
			s := siteOf(doc, m)
			list, i := randomStmt(random, s)
			if list == nil {
				continue
			}
			size := printedSize(list, i)
			what := describe(doc, s, list[i])
			edits[name](s, list, i)
			text, err := tryPrint(doc, s)
			if err != nil {
				t.Errorf("%s: %s of %s: %v", path, name, what, err)
				refused++
				continue
			}
			made[name]++
			after := doc.file.Restore(text)
			if problem := unexpected(name, raw, after, size); problem != "" {
				if os.Getenv("LOCKFIX_VERBOSE") != "" {
					t.Logf("%s: %s of %s: %s\n%s", path, name, what, problem, diffs.Unified([]diffs.Change{{Path: "x", Before: raw, After: after}}))
				}
				continue
			}
			exact[name]++
		}
	}
	t.Logf("exact %v of %v, %d refused", exact, made, refused)
}

func tryPrint(doc *document, s *Site) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if s.err != nil {
		return nil, s.err
	}
	return doc.print(s.File, nil)
}

func describe(doc *document, s *Site, st dst.Stmt) string {
	for a, d := range s.twin {
		if d == dst.Node(st) {
			base := doc.file.Syntax.FileStart
			text := string(doc.file.Text[a.Pos()-base : min(a.End(), a.Pos()+60)-base])
			return fmt.Sprintf("%q", text)
		}
	}
	return "?"
}

// randomStmt picks a statement of a list.
func randomStmt(random *rand.Rand, s *Site) (list []dst.Stmt, i int) {
	var all [][]dst.Stmt
	dst.Inspect(s.File, func(n dst.Node) bool {
		if l := listOf(n); l != nil && len(*l) > 0 {
			if _, clause := (*l)[0].(*dst.CaseClause); clause {
				return true
			}
			if _, clause := (*l)[0].(*dst.CommClause); clause {
				return true
			}
			all = append(all, slices.Clone(*l))
		}
		return true
	})
	if len(all) == 0 {
		return nil, 0
	}
	list = all[random.IntN(len(all))]
	return list, random.IntN(len(list))
}

func printedSize(list []dst.Stmt, i int) int { return 0 }

// unexpected says what is wrong with the lines that an edit changed.
func unexpected(name string, before, after []byte, size int) string {
	added, removed := 0, 0
	for _, h := range diffs.Lines(diffs.SplitLines(before), diffs.SplitLines(after)) {
		added += h.BEnd - h.BStart
		removed += h.AEnd - h.AStart
	}
	switch name {
	case "insert before", "insert after":
		if added != 1 || removed != 0 {
			return fmt.Sprintf("+%d -%d", added, removed)
		}
	case "delete":
		if added != 0 {
			return fmt.Sprintf("+%d -%d", added, removed)
		}
	case "replace":
		if added != 1 {
			return fmt.Sprintf("+%d -%d", added, removed)
		}
	case "replace by two":
		if added != 2 {
			return fmt.Sprintf("+%d -%d", added, removed)
		}
	}
	return ""
}

var (
	_ ast.Node
	_ = format.Source
)
