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

// reserveRoots returns the files of all roots by path, unread, and hands out
// the positions of those that will be.
//
// That is done in the order of the paths before anything is parsed, so that
// positions are the same whatever runs first.
func (l *loader) reserveRoots(graphs []*graph) map[string]*File {
	owners := fileOwners(graphs)
	files := make(map[string]*File, len(owners))
	for path, owner := range owners {
		files[path] = &File{File: &source.File{Path: path}, owner: owner}
	}
	for _, g := range graphs {
		for _, n := range g.nodes {
			for _, path := range n.files {
				if n.awake() {
					files[path].users.Add(1)
				}
			}
		}
	}
	var reserved []*File
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if f := files[path]; f.users.Load() > 0 {
			reserved = append(reserved, f)
		}
	}
	l.reserveAll(reserved)
	return files
}

// reserveAll hands out the positions of files that will be read, in their order.
func (l *loader) reserveAll(files []*File) {
	size := 1
	for _, f := range files {
		f.room = l.sizeOf(f.Path) + 1 // a newline at the end may be missing
		f.base = size
		size += f.room + 1
	}
	first := l.reserve(size)
	for _, f := range files {
		f.base += first
	}
}

// sizeOf is that of a file before it is read; 0 if it cannot be.
func (l *loader) sizeOf(path string) int {
	if text, ok := l.overlay[path]; ok {
		return len(text)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// readFiles reads and parses the files of a root that were not yet.
func (c *check) readFiles(n *node) {
	for _, path := range n.files {
		c.read(c.files[path])
	}
}

func (c *check) read(f *File) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read || f.base == 0 { // of an edit: it was parsed before
		return
	}
	f.read = true
	raw := c.readRoot(f.Path)
	f.File, f.Test, f.unreadable, f.problems = raw.File, raw.Test, raw.unreadable, raw.problems
	if len(f.Text) > f.room { // it has grown since
		f.base = c.reserve(len(f.Text) + 1)
	}
	if parsed := parseAt(f, f.base); parsed != nil {
		c.fset.AddExistingFiles(parsed)
	}
	f.lines = bytes.Count(f.Text, []byte("\n"))
	f.GoVersion = fileVersion(f, f.owner)
	f.Fixed = c.classify.file(f, f.owner)
}

// held returns the syntax of a file of a root, where a dependency that holds it,
// too, shares it: not while files are let go of, since it would then hang on the
// order of things. has reports whether there is one to share.
func (c *check) held(path string) (syntax *ast.File, has bool) {
	f := c.files[path]
	if f == nil || f.owner != nil && (c.streams || f.gone()) {
		return nil, false
	}
	c.read(f)
	return f.Syntax, true
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
	size := 1
	bases := make([]int, len(files))
	for i, f := range files {
		bases[i] = size - 1
		size += len(f.Text) + 1
	}
	first := l.reserve(size)
	parsed := make([]*token.File, len(files))
	if err := each(ctx, l.jobs, len(files), func(i int) { parsed[i] = parseAt(files[i], first+bases[i]) }); err != nil {
		return err
	}
	l.fset.AddExistingFiles(present(parsed)...)
	return nil
}

// reserve takes a range of positions and returns where it begins.
func (l *loader) reserve(size int) int {
	room := l.fset.AddFile("", -1, size)
	l.fset.RemoveFile(room) // its positions are not given out again
	return room.Base() + 1
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
	raw, err := l.overlay.read(path)
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
