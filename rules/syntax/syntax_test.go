package syntax_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/lockfix/lockfix/rules/syntax"
)

// parsed returns the files of a package of the standard library.
func parsed(t testing.TB, pkg string) []*ast.File {
	t.Helper()
	return parsedIn(t, token.NewFileSet(), pkg)
}

func parsedIn(t testing.TB, fset *token.FileSet, pkg string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", pkg, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Skip("no source of the standard library here:", err)
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(fset, path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestAsAstDoes walks from every node of some files as go/ast does, and as Files
// does, and leaves out what is below every seventh.
func TestAsAstDoes(t *testing.T) {
	for _, pkg := range []string{"sync", "go/ast", "context"} {
		files := parsed(t, pkg)
		flat := syntax.New(files)
		for _, file := range files {
			ast.Inspect(file, func(root ast.Node) bool {
				if root != nil {
					compare(t, flat, root)
				}
				return true
			})
		}
	}
}

type visited struct {
	node  ast.Node
	depth int
}

func compare(t *testing.T, flat *syntax.Files, root ast.Node) {
	record := func(walk func(ast.Node, []ast.Node, func(ast.Node, []ast.Node) bool)) (all []visited) {
		outer := []ast.Node{&ast.BadExpr{}}
		walk(root, outer, func(n ast.Node, stack []ast.Node) bool {
			all = append(all, visited{n, len(stack)})
			if stack[0] != outer[0] || len(stack) > 1 && stack[1] != root {
				t.Fatalf("%T: the stack begins with %v", root, stack[:2])
			}
			return len(all)%7 != 6
		})
		return all
	}
	want := record(ast.PreorderStack)
	if got := record(flat.PreorderStack); !slices.Equal(want, got) {
		t.Fatalf("PreorderStack of a %T differs: %d nodes, go/ast has %d", root, len(got), len(want))
	}
	i := 0
	flat.Inspect(root, func(n ast.Node) bool {
		if i >= len(want) || want[i].node != n {
			t.Fatalf("Inspect of a %T: node %d is a %T", root, i, n)
		}
		i++
		return i%7 != 6
	})
	if path := flat.Path(root); path != nil && !slices.Equal(path, pathTo(flat, root)) {
		t.Errorf("the path to a %T is another", root)
	}
	var ends, wantedEnds []int // how many nodes were entered before a leave
	entered := 0
	flat.Walk(root, func(ast.Node) bool { entered++; return entered%7 != 6 }, func() { ends = append(ends, entered) })
	entered = 0
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			wantedEnds = append(wantedEnds, entered)
			return false
		}
		entered++
		return entered%7 != 6
	})
	if !slices.Equal(ends, wantedEnds) {
		t.Errorf("Walk of a %T leaves at other places", root)
	}
	if i != len(want) {
		t.Errorf("Inspect of a %T: %d nodes, go/ast has %d", root, i, len(want))
	}
}

func TestAll(t *testing.T) {
	files := parsed(t, "sync")
	flat := syntax.New(files)
	want, got := 0, 0
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.CallExpr); ok {
				want++
			}
			return true
		})
		for range syntax.All[*ast.CallExpr](flat, file) {
			got++
		}
	}
	if got == 0 || got != want {
		t.Errorf("%d calls, there are %d", got, want)
	}
	for call := range syntax.All[*ast.CallExpr](flat, files[0]) {
		t.Log("the first:", call)
		break
	}
}

func TestElsewhere(t *testing.T) {
	flat := syntax.New(parsed(t, "sync"))
	made := &ast.UnaryExpr{Op: token.NOT, X: ast.NewIdent("x")}
	nodes := 0
	flat.Inspect(made, func(ast.Node) bool { nodes++; return true })
	flat.Inspect(nil, func(ast.Node) bool { t.Error("nothing has nodes"); return true })
	if nodes != 2 {
		t.Errorf("%d nodes of !x", nodes)
	}
}

func BenchmarkInspect(b *testing.B) {
	files := parsed(b, "net/http")
	flat := syntax.New(files)
	for name, inspect := range map[string]func(ast.Node, func(ast.Node) bool){"ast": ast.Inspect, "flat": flat.Inspect} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				calls := 0
				for _, file := range files {
					inspect(file, func(n ast.Node) bool {
						if _, ok := n.(*ast.CallExpr); ok {
							calls++
						}
						return true
					})
				}
			}
		})
	}
}

// TestCursor holds a cursor at every node against that of x/tools.
func TestCursor(t *testing.T) {
	files := parsed(t, "context")
	flat := syntax.New(files)
	for _, file := range files {
		want := inspector.New([]*ast.File{file}).Root()
		at := flat.At(file)
		if at.Parent().Node() != nil {
			t.Error("there is something around a file")
		}
		places := slices.Collect(at.Preorder())
		i := 0
		for w := range want.Preorder() {
			compareCursors(t, places[i], w)
			i++
		}
		if i != len(places) {
			t.Errorf("%d places, there are %d", len(places), i)
		}
		types := []ast.Node{(*ast.CallExpr)(nil), (*ast.FuncLit)(nil)}
		calls := func(yield func(ast.Node)) {
			at.Inspect(types, func(c syntax.Cursor) bool { yield(c.Node()); _, lit := c.Node().(*ast.FuncLit); return !lit })
		}
		var got, wanted []ast.Node
		calls(func(n ast.Node) { got = append(got, n) })
		want.Inspect(types, func(c inspector.Cursor) bool {
			wanted = append(wanted, c.Node())
			_, lit := c.Node().(*ast.FuncLit)
			return !lit
		})
		if !slices.Equal(got, wanted) {
			t.Error("Inspect by types differs")
		}
	}
}

func compareCursors(t *testing.T, got syntax.Cursor, want inspector.Cursor) {
	t.Helper()
	node := func(c syntax.Cursor, ok bool) ast.Node {
		if !ok {
			return nil
		}
		return c.Node()
	}
	wanted := func(c inspector.Cursor, ok bool) ast.Node {
		if !ok {
			return nil
		}
		return c.Node()
	}
	if got.Node() != want.Node() || got.Parent().Node() != want.Parent().Node() {
		t.Fatalf("at a %T: a %T in a %T", want.Node(), got.Node(), got.Parent().Node())
	}
	if _, file := want.Node().(*ast.File); !file && (node(got.NextSibling()) != wanted(want.NextSibling()) || node(got.PrevSibling()) != wanted(want.PrevSibling())) {
		t.Errorf("at a %T: other siblings", want.Node())
	}
	var children, wantedChildren []ast.Node
	for c := range got.Children() {
		children = append(children, c.Node())
	}
	for c := range want.Children() {
		wantedChildren = append(wantedChildren, c.Node())
	}
	if !slices.Equal(children, wantedChildren) {
		t.Errorf("at a %T: other children", want.Node())
	}
}

// pathTo is the path to a node, found from the top.
func pathTo(flat *syntax.Files, n ast.Node) (path []ast.Node) {
	file := flat.File(n.Pos())
	ast.PreorderStack(file, nil, func(m ast.Node, stack []ast.Node) bool {
		if m == n {
			path = append(slices.Clone(stack), n)
		}
		return path == nil
	})
	return path
}
