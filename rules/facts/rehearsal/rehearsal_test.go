package rehearsal

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/facts"
)

// load type-checks one file, given without its package clause.
func load(t *testing.T, source string) *facts.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p_test.go", "package p\n"+source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{Importer: importer.Default()}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &facts.Package{Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}
}

// outcomes are the tests of a package, each with the line at which it is stuck
// or breaks; a line that says nothing is sound.
const outcomes = `
import ("context"; "sync"; "testing"; "time"; "errors")

func TestTaken(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
	<-ch
}
func TestLeft(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }() // stuck
}
func TestIdle(t *testing.T) {
	ch := make(chan int)
	go func() { for range ch {} }()
	ch <- 1
}
func TestOrder(t *testing.T) {
	var a, b sync.Mutex
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); a.Lock(); b.Lock(); b.Unlock(); a.Unlock() }() // stuck
	go func() { defer wg.Done(); b.Lock(); a.Lock(); a.Unlock(); b.Unlock() }()
	wg.Wait()
}
func TestFailed(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
	t.Fatal("over")
}
func TestContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	<-ctx.Done()
}
func TestNeverCancelled(t *testing.T) {
	ctx := context.Background()
	<-ctx.Done() // stuck
}
func TestTwice(t *testing.T) {
	ch := make(chan int)
	go func() { close(ch) }() // broken
	close(ch)
}
func TestError(t *testing.T) {
	ch := make(chan error)
	go func() {
		if err := errors.New("x"); err == nil { ch <- err }
	}()
	<-ch // stuck
}
func TestReader(t *testing.T) {
	var mu sync.RWMutex
	go func() { mu.Lock(); mu.Unlock() }()
	mu.RLock()
	mu.RLock() // stuck
	mu.RUnlock()
	mu.RUnlock()
}
`

func TestOutcomes(t *testing.T) {
	pkg := load(t, outcomes)
	f := Of(pkg)
	got := map[int]string{}
	for pos, s := range f.found {
		what := "stuck"
		if s.Broken != "" {
			what = "broken"
		}
		got[pkg.Fset.Position(pos).Line] = what
	}
	for i, line := range strings.Split("package p\n"+outcomes, "\n") {
		_, want, _ := strings.Cut(line, "// ")
		if got[i+1] != want {
			t.Errorf("%q: got %q", line, got[i+1])
		}
	}
}

func TestOpenPrograms(t *testing.T) {
	pkg := load(t, `func f() { <-make(chan int) }`)
	if !Closed(pkg) {
		t.Error("a package of nothing but tests is taken for open")
	}
	if pkg := load(t, `func f() {}`); Closed(pkg) {
		t.Error("a package without goroutines and channels is rehearsed")
	}
}

// What a run looks through counts as work, not only its steps: a table of large
// buffers that somebody unknown is handed again and again took minutes.
func TestLargeValues(t *testing.T) {
	pkg := load(t, `
import ("os"; "testing")

func TestBuffers(t *testing.T) {
	var all [][]byte
	for range 20 {
		all = append(all, make([]byte, 8000))
	}
	ch := make(chan int)
	go func() { ch <- 1 }()
	for i := range 200 {
		if f, err := os.Create(string(rune(i))); err == nil {
			f.ReadAt(all[0], 0)
		}
		send(all)
	}
	<-ch
}
func send(all [][]byte) { for _, b := range all { os.Stdout.Write(b) } }
`)
	p := build(pkg)
	for _, root := range roots(p) {
		if r := rehearseOnce(p, newMemory(), root, nil); r.why != "large values" {
			t.Errorf("%d steps, %d variables: %s", r.steps, r.looked, r.why)
		}
	}
}

// The name of a value that is computed from others holds theirs, and a text may be made of
// itself twice: both double at each turn of a loop. On the standard library that took all
// the memory there was.
func TestNothingDoubles(t *testing.T) {
	pkg := load(t, `
import ("fmt"; "os"; "testing")

func TestNumbers(t *testing.T) {
	x := os.Getpid()
	for range 60 {
		x = x*x + x
	}
	ch := make(chan int, 1)
	ch <- x
}
func TestTexts(t *testing.T) {
	s := "text"
	for range 60 {
		s += s
	}
	ch := make(chan string, 1)
	ch <- s
}
func TestFormats(t *testing.T) {
	ch := make(chan string, 1)
	ch <- fmt.Sprintf("%900000000d", 1)
}
`)
	why := map[string]string{"TestTexts": "a long text"}
	p := build(pkg)
	for _, root := range roots(p) {
		r := rehearseOnce(p, newMemory(), root, nil)
		if r.why != why[root.Name()] {
			t.Errorf("%s: %q", root.Name(), r.why)
		}
		for name := range r.symbols {
			if len(name) > 3*longName {
				t.Errorf("%s: the name of a symbol has %d bytes", root.Name(), len(name))
			}
		}
	}
}
