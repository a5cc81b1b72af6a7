package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/source"
)

// readRoots reads and parses every file of every root, each once. The result
// is keyed by path; a file that cannot be read has no Syntax.
//
// Positions are handed out in the order of the paths before anything is
// parsed, so that they are the same whatever runs first.
func (l *loader) readRoots(ctx context.Context, graphs []*graph) (map[string]*File, error) {
	owners := fileOwners(graphs)
	paths := slices.Sorted(maps.Keys(owners))
	files := make([]*File, len(paths))
	if err := each(ctx, l.jobs, len(paths), func(i int) { files[i] = l.readRoot(paths[i]) }); err != nil {
		return nil, err
	}
	if err := l.parseAll(ctx, files); err != nil {
		return nil, err
	}
	classify := newClassifier(l.goenv)
	byPath := make(map[string]*File, len(files))
	for _, f := range files {
		byPath[f.Path] = f
		f.GoVersion = fileVersion(f, owners[f.Path])
		f.Fixed = classify.file(f, owners[f.Path])
	}
	return byPath, nil
}

// fileOwners returns the files of all roots, each with one of them.
func fileOwners(graphs []*graph) map[string]*node {
	owners := make(map[string]*node)
	for _, g := range graphs {
		for _, n := range g.inOrder() {
			for _, path := range n.files {
				if n.root {
					owners[path] = n
				}
			}
		}
	}
	return owners
}

// parseAll parses files, with positions in their order.
func (l *loader) parseAll(ctx context.Context, files []*File) error {
	bases := l.reserve(files)
	parsed := make([]*token.File, len(files))
	if err := each(ctx, l.jobs, len(files), func(i int) { parsed[i] = parseAt(files[i], bases[i]) }); err != nil {
		return err
	}
	l.fset.AddExistingFiles(present(parsed)...)
	return nil
}

// reserve takes a range of positions for files and returns where each begins.
func (l *loader) reserve(files []*File) []int {
	size := 1
	for _, f := range files {
		size += len(f.Text) + 1
	}
	room := l.fset.AddFile("", -1, size)
	l.fset.RemoveFile(room) // its positions are not given out again
	bases := make([]int, len(files))
	base := room.Base() + 1
	for i, f := range files {
		bases[i] = base
		base += len(f.Text) + 1
	}
	return bases
}

func present(files []*token.File) []*token.File {
	var some []*token.File
	for _, f := range files {
		if f != nil {
			some = append(some, f)
		}
	}
	return some
}

// each runs f for 0 … n-1.
func each(ctx context.Context, jobs, n int, f func(int)) error {
	tasks := make([]*task, n)
	for i := range tasks {
		tasks[i] = &task{finish: func() { f(i) }}
	}
	return run(ctx, jobs, tasks)
}

// readRoot reads a file of a root. Its problem, if any, is in its problems.
func (l *loader) readRoot(path string) *File {
	raw, err := l.readFile(path)
	f := newFile(path, raw)
	if err != nil {
		f.unreadable = true
		f.problems = []Problem{{File: path, Kind: "read", Message: fmt.Sprintf("%v: make the file readable or take it away", plainPathError(err))}}
	}
	return f
}

func plainPathError(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("cannot %s the file: %w", pathErr.Op, pathErr.Err)
	}
	return err
}

func newFile(path string, raw []byte) *File {
	return &File{File: source.New(path, raw), Test: strings.HasSuffix(path, "_test.go")}
}

// parseAt parses f with its first byte at position base.
func parseAt(f *File, base int) *token.File {
	if f.unreadable {
		return nil
	}
	fset := token.NewFileSet()
	fset.AddFile("", 1, base-2) // takes up the positions before base
	syntax, err := parse(fset, f.Path, f.Text, parser.ParseComments|parser.SkipObjectResolution)
	f.Syntax = syntax
	f.problems = append(f.problems, parseProblems(f.Path, f.Text, err)...)
	return fset.File(token.Pos(base))
}

// parse is parser.ParseFile, but a panic of the parser is an error.
func parse(fset *token.FileSet, path string, text []byte, mode parser.Mode) (syntax *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			syntax, err = nil, fmt.Errorf("the Go parser failed: %v", r)
		}
	}()
	return parser.ParseFile(fset, path, text, mode)
}

// parseProblems turns the parser's errors into problems. Their lines are
// counted anew, since the parser counts as //line says.
func parseProblems(path string, text []byte, err error) []Problem {
	var list scanner.ErrorList
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &list):
		return []Problem{{File: path, Kind: "parse", Message: err.Error()}}
	}
	var problems []Problem
	for _, e := range list {
		before := text[:min(e.Pos.Offset, len(text))]
		problems = append(problems, Problem{
			File:    path,
			Line:    bytes.Count(before, []byte("\n")) + 1,
			Column:  len(before) - bytes.LastIndexByte(before, '\n'),
			Kind:    "parse",
			Message: e.Msg,
		})
	}
	return problems
}
