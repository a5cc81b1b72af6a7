package channels_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// load type-checks one file, given without its package clause.
func load(t *testing.T, source string) *facts.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", "package p\n"+source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: importer.ForCompiler(token.NewFileSet(), "source", nil)}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &facts.Package{Fset: fset, Files: []*ast.File{file}, Types: pkg, Info: info}
}

// trace follows the local variable ch of the function f.
func trace(t *testing.T, source string) (*facts.Package, *channels.Facts, *channels.Trace) {
	t.Helper()
	pkg := load(t, source)
	for id, obj := range pkg.Info.Defs {
		if v, ok := obj.(*types.Var); ok && id.Name == "ch" && v.Kind() == types.LocalVar {
			f := channels.Of(pkg)
			return pkg, f, f.Trace(v)
		}
	}
	t.Fatal("there is no local ch")
	return nil, nil, nil
}

// kinds spells the operations of a trace: s send, r receive, R range, c close,
// o observe; in capitals G before those of another goroutine, d before deferred ones.
func kinds(tr *channels.Trace) string {
	var out []string
	for _, op := range tr.Ops {
		text := string("srRco"[op.Kind])
		if op.Deferred != nil {
			text = "d" + text
		}
		if op.Thread.Many() {
			text = "N" + text
		} else if op.Thread != tr.Home {
			text = "G" + text
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestTraceFollowsAChannel(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"at home":       {`func f() { ch := make(chan int, 1); ch <- 1; <-ch; close(ch); _ = len(ch) }`, "s r c o"},
		"a goroutine":   {`func f() { ch := make(chan int); go func() { ch <- 1 }(); <-ch }`, "Gs r"},
		"many":          {`func f() { ch := make(chan int); for range 3 { go func() { ch <- 1 }() }; <-ch }`, "Ns r"},
		"one each turn": {`func f() { for range 3 { ch := make(chan int); go func() { ch <- 1 }(); <-ch } }`, "Gs r"},
		"deferred":      {`func f() { ch := make(chan int); defer close(ch); defer func() { <-ch }() }`, "dc dr"},
		"a parameter":   {`func f() { ch := make(chan int); go g(ch); h(ch) }; func g(c chan<- int) { c <- 1 }; func h(c <-chan int) { <-c }`, "Gs r"},
		"an argument of a literal": {`func f() { ch := make(chan int); go func(c chan int) { defer close(c); c <- 1 }(ch); for range ch {} }`,
			"Gdc Gs R"},
		"a literal in a variable": {`func f() { ch := make(chan int); work := func() { ch <- 1 }; go work(); <-ch }`, "Gs r"},
		"a literal called twice":  {`func f() { ch := make(chan int, 2); g := func() { ch <- 1 }; go g(); go g() }`, "Gs Gs"},
		"in a literal in a loop":  {`func f() { ch := make(chan int); g := func() { go func() { ch <- 1 }() }; for range 3 { g() }; <-ch }`, "Ns r"},
		"in a function in a loop": {`func f() { ch := make(chan int); for range 3 { g(ch) }; <-ch }; func g(c chan int) { go func() { c <- 1 }() }`, "Ns r"},
		"another name":            {`func f() { ch := make(chan int); c := ch; go func() { ch <- 1 }(); <-c }`, "r Gs"},
	} {
		_, _, tr := trace(t, c.source)
		if tr == nil || tr.Unknown != nil {
			t.Errorf("%s: not all is known", name)
			continue
		}
		if got := kinds(tr); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTraceKnowsWhatItDoesNotKnow(t *testing.T) {
	for name, source := range map[string]string{
		"returned":             `func f() chan int { ch := make(chan int); return ch }`,
		"stored":               `type T struct{ c chan int }; func f(t *T) { ch := make(chan int); t.c = ch }`,
		"sent":                 `func f(to chan chan int) { ch := make(chan int); to <- ch }`,
		"a func value":         `func f(g func(chan int)) { ch := make(chan int); g(ch) }`,
		"a literal stored":     `var g func(); func f() { ch := make(chan int); g = func() { <-ch } }`,
		"a literal given away": `func f(each func(func())) { ch := make(chan int, 2); g := func() { ch <- 1 }; go g(); each(g) }`,
		"recursion":            `func f() { ch := make(chan int); g(ch) }; func g(c chan int) { g(c) }`,
	} {
		if _, _, tr := trace(t, source); tr == nil || tr.Unknown == nil {
			t.Errorf("%s: all of it is believed to be known", name)
		}
	}
	if _, _, tr := trace(t, `func f(c chan int) { ch := make(chan int); ch = c; <-ch }`); tr != nil {
		t.Error("set twice: which channel it is is believed to be known")
	}
}

func TestSendsAreCountedAlongPaths(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		most   int64
		known  bool
	}{
		"either":    {`func f(ok bool) { ch := make(chan int); go func() { if ok { ch <- 1; return }; ch <- 2 }(); <-ch }`, 1, true},
		"both":      {`func f(ok bool) { ch := make(chan int); go func() { if ok { ch <- 1 }; ch <- 2 }(); <-ch }`, 2, true},
		"two start": {`func f() { ch := make(chan int); go func() { ch <- 1 }(); go func() { ch <- 1 }(); <-ch }`, 2, true},
		"a loop":    {`func f() { ch := make(chan int); go func() { for { ch <- 1 } }(); <-ch }`, 0, false},
	} {
		_, f, tr := trace(t, c.source)
		if most, known := f.Sends(tr); most != c.most && known || known != c.known {
			t.Errorf("%s: %d, %v; want %d, %v", name, most, known, c.most, c.known)
		}
	}
}
