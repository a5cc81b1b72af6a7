package source_test

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

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/source"
)

func TestNewGivesTheNormalForm(t *testing.T) {
	for _, test := range []struct{ name, raw, text string }{
		{"nothing to do", "package p\n\nvar x int\n", "package p\n\nvar x int\n"},
		{"empty file", "", ""},
		{"byte-order mark", "\xef\xbb\xbfpackage p\n", "package p\n"},
		{"a mark inside is content", "package p // \xef\xbb\xbf\n", "package p // \xef\xbb\xbf\n"},
		{"CRLF", "package p\r\n\r\nvar x int\r\n", "package p\n\nvar x int\n"},
		{"mixed line ends", "package p\r\n\nvar x int\r\nvar y int\n", "package p\n\nvar x int\nvar y int\n"},
		{"two CR before LF", "package p\r\r\nvar x int\r\n", "package p\nvar x int\n"},
		{"CR inside a line stays", "package p\rvar x int\n", "package p\rvar x int\n"},
		{"blank line of spaces", "package p\n  \t \nvar x int\n", "package p\n\nvar x int\n"},
		{"blank CRLF line of spaces", "package p\r\n  \r\nvar x int\r\n", "package p\n\nvar x int\n"},
		{"space after code stays", "package p \n", "package p \n"},
		{"no final newline", "package p\nvar x int", "package p\nvar x int\n"},
		{"last line of spaces", "package p\n  ", "package p\n\n"},
		{"spaces in a raw string stay", "var s = `a\n  \nb`\n  \n", "var s = `a\n  \nb`\n\n"},
		{"spaces in a block comment stay", "/* a\n  \n*/\n  \nvar x int\n", "/* a\n  \n*/\n\nvar x int\n"},
		{"CRLF in a raw string goes", "var s = `a\r\n  \r\nb`\r\n", "var s = `a\n  \nb`\n"},
		{"a quoted backtick opens nothing", "var s = \"`\"\n  \nvar t = '`'\n  \n", "var s = \"`\"\n\nvar t = '`'\n\n"},
		{"a raw string that never ends", "var s = `a\n  \n", "var s = `a\n  \n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := source.New("/p.go", []byte(test.raw))
			if got := string(f.Text); got != test.text {
				t.Errorf("text is %q, want %q", got, test.text)
			}
			checkLaws(t, f)
		})
	}
}

func TestRestoreKeepsTheAuthorsLines(t *testing.T) {
	for _, test := range []struct{ name, raw, edited, want string }{
		{"new line gets CRLF", "a\r\nb\r\n", "a\nnew\nb\n", "a\r\nnew\r\nb\r\n"},
		{"new line gets what most lines have", "a\r\nb\nc\r\n", "a\nb\nnew\nc\n", "a\r\nb\nnew\r\nc\r\n"},
		{"new line in an LF file", "a\nb\r\nc\n", "a\nb\nnew\nc\n", "a\nb\r\nnew\nc\n"},
		{"mark stays", "\xef\xbb\xbfa\nb\n", "new\nb\n", "\xef\xbb\xbfnew\nb\n"},
		{"spaces of a blank line stay", "a\n  \nb\n", "a\n\nb\nnew\n", "a\n  \nb\nnew\n"},
		{"new blank line is empty", "a\n  \nb\n", "a\n\nb\n\nnew\n", "a\n  \nb\n\nnew\n"},
		{"missing newline stays missing", "a\nb", "a\nnew\nb\n", "a\nnew\nb"},
		{"missing newline of a changed last line", "a\nb", "a\nnew\n", "a\nnew"},
		{"the old last line gets an end", "a\r\nb", "a\nb\nnew\n", "a\r\nb\r\nnew"},
		{"last line deleted", "a\nb", "a\n", "a\n"},
		{"everything deleted", "\xef\xbb\xbfa\r\n", "", "\xef\xbb\xbf"},
		{"an edit without final newline gets the file's", "a\r\nb\r\n", "a\nnew", "a\r\nnew\r\n"},
		{"spaces do not move into a new raw string", "a\n  \nb\n", "a`\n\n`b\n", "a`\n\n`b\n"},
		{"spaces do not move into a new comment", "a\r\n  \r\nb\r\n", "a/*\n\n*/b\n", "a/*\r\n\r\n*/b\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := source.New("/p.go", []byte(test.raw))
			if got := string(f.Restore([]byte(test.edited))); got != test.want {
				t.Errorf("restored %q, want %q", got, test.want)
			}
		})
	}
}

func TestRawOffsetFindsTheSameToken(t *testing.T) {
	const raw = "\xef\xbb\xbfpackage p\r\n  \r\nvar αβ int\r\n\t\r\nvar last = 1"
	f := source.New("/p.go", []byte(raw))
	for _, token := range []string{"package", "p\n", "var αβ", "int", "last", "1"} {
		got := raw[f.RawOffset(strings.Index(string(f.Text), token)):]
		if want := strings.TrimSpace(token); !strings.HasPrefix(got, want) {
			t.Errorf("offset of %q leads to %q", token, got)
		}
	}
	if got := f.RawOffset(len(f.Text)); got != len(raw) {
		t.Errorf("the end is at %d, want %d", got, len(raw))
	}
}

// TestLawsHoldForTheStandardLibrary takes real files through the styles that
// people keep files in, and edits them.
func TestLawsHoldForTheStandardLibrary(t *testing.T) {
	styles := map[string]func(string) string{
		"as it is":         func(s string) string { return s },
		"CRLF":             func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"mark":             func(s string) string { return "\xef\xbb\xbf" + s },
		"spaces":           func(s string) string { return strings.ReplaceAll(s, "\n\n", "\n \t\n") },
		"no final newline": func(s string) string { return strings.TrimSuffix(s, "\n") },
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, path := range goFiles(t, "sync", "strings", "net/http", "text/template") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, style := range styles {
			f := source.New(path, []byte(style(string(data))))
			checkLaws(t, f)
			checkEdit(t, f, edit(random, f.Text))
			if t.Failed() {
				t.Fatalf("%s: %s", path, name)
			}
		}
	}
}

func goFiles(t *testing.T, dirs ...string) (files []string) {
	t.Helper()
	for _, dir := range dirs {
		root := filepath.Join(runtime.GOROOT(), "src", dir)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".go") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// checkLaws checks what holds for every file.
func checkLaws(t *testing.T, f *source.File) {
	t.Helper()
	if got := f.Restore(bytes.Clone(f.Text)); !bytes.Equal(got, f.Raw) {
		t.Errorf("without an edit, restored %q, want %q", clip(got), clip(f.Raw))
	}
	raw := bytes.TrimPrefix(f.Raw, []byte("\xef\xbb\xbf"))
	if got, want := len(diffs.SplitLines(f.Text)), len(diffs.SplitLines(raw)); got != want {
		t.Errorf("%d lines in the text, %d in the file", got, want)
	}
	if again := source.New(f.Path, f.Text); !bytes.Equal(again.Text, f.Text) {
		t.Errorf("the normal form of %q is %q", clip(f.Text), clip(again.Text))
	}
}

// checkEdit checks what holds for every edit in normal form.
func checkEdit(t *testing.T, f *source.File, edited []byte) {
	t.Helper()
	edited = source.New(f.Path, edited).Text
	restored := f.Restore(edited)
	if got := source.New(f.Path, restored).Text; !bytes.Equal(got, edited) {
		t.Errorf("an edit of %q to %q came back as %q", clip(f.Raw), clip(edited), clip(got))
	}
}

// edit deletes, doubles and adds a few lines.
func edit(random *rand.Rand, text []byte) []byte {
	lines := diffs.SplitLines(text)
	for range 1 + random.IntN(4) {
		i := random.IntN(len(lines) + 1)
		switch random.IntN(3) {
		case 0:
			lines = slices.Delete(lines, i, min(i+2, len(lines)))
		case 1:
			lines = slices.Insert(lines, i, "\tnew()\n", "\n")
		default:
			lines = slices.Insert(lines, i, lines[:min(3, len(lines))]...)
		}
	}
	return []byte(strings.Join(lines, ""))
}

func clip(data []byte) []byte { return data[:min(len(data), 300)] }

func FuzzLaws(f *testing.F) {
	f.Add([]byte("\xef\xbb\xbfpackage p\r\n  \r\nvar s = `\n  \n`"), []byte("package p\nvar s = 1\n"))
	f.Add([]byte("/*\r\r\n \n*/ a\n  \n'\n"), []byte("/*\n\n\n"))
	f.Add([]byte("a\r"), []byte("`\n \n\r\n"))
	f.Fuzz(func(t *testing.T, raw, edited []byte) {
		file := source.New("/p.go", raw)
		checkLaws(t, file)
		checkEdit(t, file, edited)
		for i := range min(len(file.Text), 500) {
			if at := file.RawOffset(i); at < 0 || at > len(raw) {
				t.Fatalf("offset %d leads to %d of %d", i, at, len(raw))
			}
		}
	})
}

func FuzzMeaningStays(f *testing.F) {
	f.Add([]byte("package p\r\n\r\nvar s = `a\r\n  \r\n`"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := parser.ParseFile(token.NewFileSet(), "", raw, 0); err != nil {
			return
		}
		file := source.New("/p.go", raw)
		if _, err := parser.ParseFile(token.NewFileSet(), "", file.Text, 0); err != nil {
			t.Fatalf("%q does not parse, %q does: %v", file.Text, raw, err)
		}
	})
}
