package load

import (
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// varied is a module whose packages declare what there is to declare, and look at
// each other's.
const varied = `
-- go.mod --
module varied
go 1.26
-- low/low.go --
package low

import "io"

type (
	Pair[K comparable, V any] struct {
		Key K "json:\"key\""
		Val V
		*node[K]
	}
	node[K comparable] struct{ next *node[K]; of Pair[K, int] }
	List[T any]        []Pair[string, T]
	Number             interface{ ~int | ~float64 }
	Loop               struct{ Back Again }
	Again              = *Loop
	Twin               Base
	Base               struct{ mu, Other int; io.Reader }
	Set[T comparable]  = map[T]struct{}
	Old                = Set[string]
	MyError            error
	Bound[T Text]      struct{ Of T }
	Bounds[T Text]     = []Bound[T]
	Text               interface{ ~string }
	Name               string
	Fn                 func(x int, more ...string) (y int, err error)
	Shape              interface {
		io.Writer
		Area() (a float64)
		hidden()
	}
	Chans struct{ In <-chan byte; Out chan<- rune; Both chan [3]any }
	square  struct{ Side int }
	Grid    [4][]map[string]interface{ Do(Shape) Shape }
)

func (p *Pair[A, B]) Swap(b B) (A, B) { return p.Key, b }
func (List[T]) Len() int             { return 0 }
func (s *square) Area() float64      { return 0 }
func (t Twin) Get() int              { return t.mu }

func New() *square                        { return nil }
func Map[T, U any, N Number](s []T, f func(T) U, n N) []U { return nil }

const (
	Big   = 1 << 100
	Third = 1.0 / 3
	Tiny  = 1e-400
	I     = 2 + 3i
	Yes   = true
	Word  = "a word\xff"
	Rune  = 'x'
	kind  uint8 = iota
)

var (
	Grown, small = Map([]int{1}, func(int) string { return "" }, 1), kind
	Anon         struct{ A, b int }
	_            = small
)
-- mid/mid.go --
package mid

import (
	"net/http"
	"sync"

	"varied/low"
)

type (
	Own   low.Base
	Ints  = low.Set[int]
	Inst  = low.Pair[string, low.List[int]]
	Outer struct {
		low.Base
		low.Twin
		sync.Mutex
		*http.Server
		Old low.Old
	}
	Above interface{ low.Shape; Below() low.Fn }
)

var Made, Reader = low.New(), low.Base{}.Reader

func Use(o Outer, s low.Shape) low.Again { return nil }
-- top/top.go --
package top

import (
	"context"
	"encoding/json"
	"go/types"
	"iter"
	"maps"
	"sync/atomic"

	"varied/low"
	"varied/mid"
)

var _ = mid.Made.Area() + low.Third
var _ json.Number
var _ atomic.Pointer[types.Package]
var _ iter.Seq[context.Context]
var _ = maps.Keys[low.Old]
var _ low.Bounds[low.Name] = []low.Bound[low.Name]{}

func F(o mid.Outer) int { o.Lock(); defer o.Unlock(); return o.Get() + o.Base.Other }
`

// TestDeclarationsAreKept holds what packages declare as it is read from the cache
// to what it is as it is read from source: every object, where it stands, and what
// can be reached from it.
func TestDeclarationsAreKept(t *testing.T) {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(varied)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	kept := cache.Open(filepath.Join(t.TempDir(), "cache"))
	source, recalled := seenBy(t, dir, kept)
	if recalled > 0 {
		t.Fatalf("%d packages were in an empty cache", recalled)
	}
	again, recalled := seenBy(t, dir, kept)
	if recalled < len(source)*9/10 {
		t.Errorf("of %d packages only %d came from the cache", len(source), recalled)
	}
	for path, want := range source {
		if got := again[path]; got != want {
			t.Errorf("%s from the cache\n%s\nfrom source\n%s", path, diff(got, want), diff(want, got))
		}
	}
}

// TestDeclarationsAreKeptOnce: of a second program of one listing, as a save makes it, nothing
// is put into the cache that the first has put there.
func TestDeclarationsAreKeptOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, fstest.MapFS{
		"go.mod":   {Data: []byte("module m\n\ngo 1.26\n")},
		"top.go":   {Data: []byte("package m\n\nimport \"m/low\"\n\nvar Top = low.Low\n")},
		"low/l.go": {Data: []byte("package low\n\nvar Low int\n")},
	}); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "cache")
	l, err := ListCached(t.Context(), Config{Dir: dir, Patterns: []string{"./..."}}, cache.Open(kept))
	if err != nil {
		t.Fatal(err)
	}
	awake := make([]bool, len(l.Roots()))
	for i, r := range l.Roots() {
		awake[i] = r.Path == "m"
	}
	for _, want := range []int{2, 0} {
		l.Digests(cache.NewLedger())
		if err := os.RemoveAll(kept); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Load(t.Context(), awake, nil); err != nil {
			t.Fatal(err)
		}
		if files, err := filepath.Glob(filepath.Join(kept, "*", "*")); err != nil || len(files) != want {
			t.Errorf("%d packages are put into the cache, not %d (%v)", len(files), want, err)
		}
	}
}

// diff are the lines of one text that are not in another.
func diff(a, b string) string {
	lines := strings.Split(a, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(b, line+"\n") }), "\n")
}

// seenBy loads the package at the top, and tells what all others declare, and how
// many of them came from the cache.
func seenBy(t *testing.T, dir string, kept *cache.Cache) (seen map[string]string, recalled int) {
	t.Helper()
	l, err := ListCached(t.Context(), Config{Dir: dir, Patterns: []string{"./..."}}, kept)
	if err != nil {
		t.Fatal(err)
	}
	l.Digests(cache.NewLedger())
	awake := make([]bool, len(l.Roots()))
	for i, r := range l.Roots() {
		awake[i] = r.Path == "varied/top"
	}
	had := map[*node]bool{}
	for _, n := range l.graphs[0].nodes {
		_, had[n] = kept.Get(n.key)
	}
	prog, err := l.Load(t.Context(), awake, &Visit{
		Tell: func(int, *Package) {},
		Look: func(int, *Package) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(prog.Problems) > 0 {
		t.Fatal(prog.Problems)
	}
	seen = map[string]string{}
	for _, n := range prog.graphs[0].nodes {
		if n.awake() || n.types == nil {
			continue
		}
		if old := l.graphs[0].nodes[n.id]; had[old] {
			recalled++
		}
		w := &witness{fset: prog.Fset, all: n.root, seen: map[types.Object]bool{}}
		w.pkg(n.types)
		seen[n.id] = w.String()
	}
	return seen, recalled
}

// A witness writes down all that can be seen of a package.
type witness struct {
	strings.Builder
	fset *token.FileSet
	all  bool
	seen map[types.Object]bool
}

func (w *witness) pkg(pkg *types.Package) {
	fmt.Fprintln(w, pkg.Path(), pkg.Name(), pkg.Complete())
	for _, name := range pkg.Scope().Names() {
		if obj := pkg.Scope().Lookup(name); obj.Exported() || w.all {
			w.object("", obj)
		}
	}
}

func (w *witness) object(prefix string, obj types.Object) {
	if w.seen[obj] {
		return
	}
	w.seen[obj] = true
	at := w.fset.PositionFor(obj.Pos(), false)
	fmt.Fprintf(w, "%s%s %T %s:%d:%d+%d", prefix, obj, obj, at.Filename, at.Line, at.Column, at.Offset)
	switch obj := obj.(type) {
	case *types.Const:
		fmt.Fprintf(w, " %v %T", obj.Val().ExactString(), obj.Val())
	case *types.Var:
		fmt.Fprint(w, " ", obj.Kind(), obj.Embedded())
	case *types.Func:
		fmt.Fprint(w, " ", obj.FullName(), obj.Origin() == obj)
	}
	fmt.Fprintln(w)
	prefix += obj.Name() + " "
	if _, ok := obj.(*types.TypeName); !ok {
		w.inside(prefix, obj.Type())
		return
	}
	w.declared(prefix, obj.Type())
}

func (w *witness) declared(prefix string, t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		w.parameters(prefix, t.TypeParams())
		w.inside(prefix, t.Rhs())
	case *types.Named:
		w.parameters(prefix, t.TypeParams())
		w.inside(prefix, t.Underlying())
		for m := range t.Methods() {
			w.object(prefix, m)
		}
		for m := range types.NewMethodSet(types.NewPointer(t)).Methods() {
			fmt.Fprintln(w, prefix, "has", m, m.Index())
		}
	}
}

func (w *witness) parameters(prefix string, all *types.TypeParamList) {
	for p := range all.TypeParams() {
		fmt.Fprintln(w, prefix, "of", p, p.Index(), p.Constraint())
		w.object(prefix, p.Obj())
	}
}

// inside goes into a type that has no name.
func (w *witness) inside(prefix string, t types.Type) {
	fmt.Fprintf(w, "%s is %T %s\n", prefix, t, t)
	switch t := t.(type) {
	case *types.Named:
		if t.TypeArgs() != nil {
			fmt.Fprintln(w, prefix, "instance", t.Underlying())
		} else if !t.Obj().Exported() && t.Obj().Pkg() != nil && !w.all {
			w.object(prefix, t.Obj()) // it comes into the scope this way
		}
	case *types.Struct:
		for i := range t.NumFields() {
			fmt.Fprintf(w, "%q ", t.Tag(i))
			w.object(prefix, t.Field(i))
		}
	case *types.Interface:
		fmt.Fprintln(w, t.IsImplicit(), t.IsComparable(), t.IsMethodSet())
		for m := range t.Methods() {
			w.object(prefix, m)
		}
		for e := range t.EmbeddedTypes() {
			w.inside(prefix, e)
		}
	case *types.Signature:
		w.signature(prefix, t)
	case interface{ Elem() types.Type }:
		w.inside(prefix, t.Elem())
	}
}

func (w *witness) signature(prefix string, t *types.Signature) {
	w.parameters(prefix, t.TypeParams())
	w.parameters(prefix, t.RecvTypeParams())
	if t.Recv() != nil {
		w.object(prefix, t.Recv())
	}
	for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
		for v := range tuple.Variables() {
			w.object(prefix, v)
		}
	}
}
