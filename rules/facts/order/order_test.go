package order

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockfix/lockfix/rules/facts"
)

var fromSource = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

// graphOf builds the graph of one package, given without its package clause.
func graphOf(t *testing.T, source string) *Graph {
	t.Helper()
	return Build([]*Sketch{sketchOf(t, source)})
}

func sketchOf(t *testing.T, source string) *Sketch {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", "package p\nimport \"sync\"\nvar _ sync.Mutex\n"+source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
	}
	config := types.Config{Importer: fromSource()}
	pkg, err := config.Check("example.com/p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	return Collect(&facts.Package{Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info})
}

// spelled are the edges as "A > B", sorted, each once; chains by their length.
func spelled(g *Graph) string {
	var all []string
	for _, e := range g.Edges {
		s := fmt.Sprintf("%s > %s", e.From.Short(), e.To.Short())
		if !e.Direct() {
			s += fmt.Sprintf(" (%d)", len(e.Chain))
		}
		all = append(all, s)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

func TestEdges(t *testing.T) {
	const decls = `
type S struct { a, b sync.Mutex; rw sync.RWMutex; next *S; all []*S }
func (s *S) takeB() { s.b.Lock(); s.b.Unlock() }
func (s *S) deep() { s.takeB() }
func (s *S) dropA() { s.a.Unlock(); s.b.Lock(); s.b.Unlock(); s.a.Lock() }
func (s *S) maybeB(locked bool) { if !locked { s.b.Lock(); s.b.Unlock() } }
func (s *S) passOn(locked bool) { s.maybeB(!locked) }
type Taker interface { take() }
type T struct { mu sync.Mutex }
func (t *T) take() { t.mu.Lock(); t.mu.Unlock() }
var global sync.Mutex
var taker Taker
func run(f func()) { f() }
func (s *S) put() { s.next.next = s }
func (s *S) putDeep() { s.put() }
func (s *S) start() { go s.takeB() }
`
	for _, test := range []struct{ name, body, want string }{
		{"nested", `s.a.Lock(); s.b.Lock()`, "S.a > S.b"},
		{"one after the other", `s.a.Lock(); s.a.Unlock(); s.b.Lock()`, ""},
		{"deferred unlock", `s.a.Lock(); defer s.a.Unlock(); s.b.Lock()`, "S.a > S.b"},
		{"in a callee", `s.a.Lock(); s.takeB()`, "S.a > S.b (2)"},
		{"two calls deep", `s.a.Lock(); s.deep()`, "S.a > S.b (3)"},
		{"in another goroutine", `s.a.Lock(); go s.takeB(); s.a.Unlock()`, ""},
		{"dropped by the callee", `s.a.Lock(); s.dropA(); s.a.Unlock()`, ""},
		{"a parameter rules it out", `s.a.Lock(); s.maybeB(true)`, ""},
		{"a parameter rules it in", `s.a.Lock(); s.maybeB(false)`, "S.a > S.b (2)"},
		{"a parameter is passed on", `s.a.Lock(); s.passOn(false)`, ""},
		{"a parameter is passed on, negated", `s.a.Lock(); s.passOn(true)`, "S.a > S.b (3)"},
		{"through an interface", `s.a.Lock(); taker.take()`, "S.a > T.mu (2)"},
		{"tried", `s.a.Lock(); if s.b.TryLock() { global.Lock() }`, "S.a > global, S.b > global"},
		{"a literal called at once", `s.a.Lock(); func() { s.b.Lock() }()`, "S.a > S.b (2)"},
		{"a literal in a variable", `f := func() { s.b.Lock() }; s.a.Lock(); f()`, "S.a > S.b (2)"},
		{"a literal that is passed on", `s.a.Lock(); run(func() { s.b.Lock() }); s.a.Unlock()`, ""},
		{"a literal that once runs", `var o sync.Once; s.a.Lock(); o.Do(func() { s.b.Lock() })`, "S.a > S.b (2)"},
		{"deferred behind the unlock", `s.a.Lock(); defer s.a.Unlock(); defer s.takeB()`, "S.a > S.b (2)"},
		{"deferred before the lock", `defer s.takeB(); s.a.Lock(); defer s.a.Unlock()`, ""},
		{"fresh", `n := &S{}; n.a.Lock(); n.b.Lock()`, ""},
		{"shown before", `n := &S{}; s.next = n; n.a.Lock(); n.b.Lock()`, "S.a > S.b"},
		{"fresh, behind methods that keep it", `n := &S{}; n.deep(); n.maybeB(n.next == nil); n.a.Lock(); n.b.Lock()`, ""},
		{"shown by a method", `n := &S{}; n.putDeep(); n.a.Lock(); n.b.Lock()`, "S.a > S.b"},
		{"shown by a goroutine of a method", `n := &S{}; n.start(); n.a.Lock(); n.b.Lock()`, "S.a > S.b"},
		{"shown where it returns", `n := &S{}; if n.next == nil { n.start(); return }; n.a.Lock(); n.b.Lock()`, ""},
		{"shown by a method value", `n := &S{}; run(n.takeB); n.a.Lock(); n.b.Lock()`, "S.a > S.b"},
		{"under one that is fresh", `n := &S{}; n.a.Lock(); s.b.Lock()`, ""},
		{"of one class", `s.a.Lock(); s.next.a.Lock()`, "S.a > S.a"},
		{"the same one", `s.rw.RLock(); s.rw.RLock()`, ""},
		{"a local mutex", `var mu sync.Mutex; go func() { mu.Lock() }(); mu.Lock(); s.a.Lock()`, "mu > S.a"},
		{"elements", `for _, x := range s.all { x.a.Lock(); s.b.Lock() }`, "S.a > S.b"},
		{"on some path only", `if s.next == nil { s.a.Lock() }; s.b.Lock()`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graphOf(t, decls+"func (s *S) f() {\n"+test.body+"\n}")
			if got := spelled(g); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestClasses(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"a field", `type S struct { mu sync.Mutex }; func (s *S) f() { s.mu.Lock(); g.Lock() }`, "S.mu > g"},
		{"an embedded mutex", `type S struct { sync.Mutex }; func f(s *S) { s.Lock(); g.Lock() }`, "S.Mutex > g"},
		{"a struct that is only a lock", `type L struct { sync.Mutex }; type S struct { l L }; func f(s *S) { s.l.Lock(); g.Lock() }`, "S.l > g"},
		{"known to the caller only", `type L struct { sync.Mutex }; type S struct { l L }; func (l *L) take() { l.Lock() }; func f(s *S) { g.Lock(); s.l.take() }`, "g > S.l (2)"},
		{"a parameter that is a lock", `type S struct { mu sync.Mutex }; func take(mu *sync.Mutex) { mu.Lock() }; func f(s *S) { g.Lock(); take(&s.mu) }`, "g > S.mu (2)"},
		{"a struct without a name", `var reg struct { sync.Mutex; n int }; func f() { reg.Lock(); g.Lock() }`, "reg.Mutex > g"},
		{"an element", `var locks [8]sync.Mutex; func f(i int) { locks[i].Lock(); g.Lock() }`, "locks[] > g"},
		{"a generic type", `type G[K any] struct { mu sync.Mutex; k K }; func f(a *G[int]) { a.mu.Lock(); g.Lock() }`, "G.mu > g"},
		{"an alias", `type S struct { mu sync.Mutex; next *S }; func f(s *S) { mu := &s.mu; g.Lock(); mu.Lock() }`, "g > S.mu"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := spelled(graphOf(t, "var g sync.Mutex\n"+test.source)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestClassesAreSaidShortly(t *testing.T) {
	for class, want := range map[Class]string{
		"example.com/store:Store.mu":              "store.Store.mu",
		"example.com/store/v2:Store.mu":           "store.Store.mu",
		"gopkg.in/yaml.v3:Node.mu":                "yaml.v3.Node.mu",
		"p:registry":                              "p.registry",
		"example.com/p:example.com/p/a.go:1:2 mu": "mu",
	} {
		if got := class.String(); got != want {
			t.Errorf("%q: got %q, want %q", string(class), got, want)
		}
	}
}

// The graph does not depend on the order in which packages are done.
func TestTheOrderOfSketchesDoesNotMatter(t *testing.T) {
	const source = `
type S struct { a, b, c sync.Mutex }
func (s *S) x() { s.a.Lock(); s.b.Lock(); s.b.Unlock(); s.a.Unlock() }
func (s *S) y() { s.b.Lock(); s.a.Lock(); s.a.Unlock(); s.b.Unlock() }
`
	one, two := sketchOf(t, source), &Sketch{Package: "example.com/q"}
	a, b := Build([]*Sketch{one, two}), Build([]*Sketch{two, one})
	if x, y := spelled(a), spelled(b); x != y || len(a.Cycles) != 1 || len(b.Cycles) != 1 {
		t.Errorf("%q with %d cycles, %q with %d", x, len(a.Cycles), y, len(b.Cycles))
	}
}

func TestDeclarations(t *testing.T) {
	const types = `
type S struct { a, b, c sync.Mutex }
func (s *S) x() { s.a.Lock(); s.b.Lock(); s.c.Lock(); s.c.Unlock(); s.b.Unlock(); s.a.Unlock() }
`
	for _, test := range []struct{ directive, mistake string }{
		{"//lockfix:order S.a < S.b", ""},
		{"//lockfix:order S.a < S.b < S.c", ""},
		{"//lockfix:order p.S.a < example.com/p.S.b", ""},
		{"//lockfix:orders S.a < S.x", ""}, // another directive
		{"//lockfix:order S.a < S.x", "there is no lock S.x"},
		{"//lockfix:order S.a", "names one lock"},
		{"//lockfix:order S.a before S.b", "is not an order of locks"},
		{"//lockfix:order S.a <", "is not an order of locks"},
		{"//lockfix:order S.a < S.a", "contradict"},
		{"//lockfix:order S.a < S.b\n//lockfix:order S.b < S.c\n//lockfix:order S.c < S.a", "contradict"},
	} {
		g := graphOf(t, types+test.directive)
		var got []string
		for _, m := range g.Mistakes {
			got = append(got, m.Message)
		}
		said := strings.Join(got, "; ")
		if test.mistake == "" && said != "" || !strings.Contains(said, test.mistake) || len(got) > 1 {
			t.Errorf("%s: got %q, want %q", test.directive, said, test.mistake)
		}
	}
}

// The hash decides whether what others told of the order of locks still holds.
func TestTheHashKnowsNoPlaces(t *testing.T) {
	const source = `var a, b sync.Mutex
func f() {
	go func() { a.Lock(); b.Lock(); b.Unlock(); a.Unlock() }()
	var c sync.Mutex
	func() { c.Lock(); b.Lock(); b.Unlock(); c.Unlock() }()
}`
	hashOf := func(source string) any {
		_, hash := sketchOf(t, source).Encode(token.NewFileSet())
		return hash
	}
	if hashOf(source) != hashOf("\n// Elsewhere.\n\n"+source) {
		t.Error("the hash is another where all stands some lines below")
	}
	if hashOf(source) == hashOf(strings.Replace(source, "a.Lock(); b.Lock()", "b.Lock(); a.Lock()", 1)) {
		t.Error("the hash is the same where the locks are taken in another order")
	}
}
