package pattern_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockfix/lockfix/rules/pattern"
)

// A program is one typed file.
type program struct {
	fset *token.FileSet
	file *ast.File
	info *types.Info
}

var fromSource = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

func check(t testing.TB, source string) program {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{Importer: fromSource(), Error: func(error) {}}
	config.Check("p", fset, []*ast.File{file}, info) // snippets leave variables unused
	return program{fset, file, info}
}

// matches returns the source of everything that p matches, in order, once each.
func (prog program) matches(t testing.TB, p *pattern.Pattern) (found []string, bound []pattern.Bindings) {
	t.Helper()
	add := func(s pattern.Solution) bool {
		if text := prog.text(s.Nodes); !slices.Contains(found, text) {
			found, bound = append(found, text), append(bound, s.Bound)
		}
		return true
	}
	for _, at := range prog.subjects(p.IsRun()) {
		if err := p.Match(at, nil, add); err != nil {
			t.Fatal(err)
		}
	}
	return found, bound
}

// subjects returns every place where a pattern can be tried.
func (prog program) subjects(runs bool) (all []pattern.Subject) {
	var parents []ast.Node
	ast.Inspect(prog.file, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		if list := statements(n); runs {
			for i := range list {
				all = append(all, pattern.Subject{Info: prog.info, List: list, Index: i})
			}
		} else {
			at := pattern.Subject{Info: prog.info, Node: n}
			if len(parents) > 0 {
				at.Parent = parents[len(parents)-1]
			}
			all = append(all, at)
		}
		parents = append(parents, n)
		return true
	})
	return all
}

func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

func (prog program) text(nodes []ast.Node) string {
	var texts []string
	for _, n := range nodes {
		var b bytes.Buffer
		if err := format.Node(&b, prog.fset, n); err != nil {
			b.WriteString(err.Error())
		}
		texts = append(texts, strings.Join(strings.Fields(b.String()), " "))
	}
	return strings.Join(texts, "; ")
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name    string
		pattern string
		code    string   // a file without its package clause, or the body of a function
		want    []string // what is matched, in order
	}{
		{"a call by name", `close($c)`, `close(ch); close(f()); open(ch)`, []string{"close(ch)", "close(f())"}},
		{"a call inside a statement", `len($x)`, `if n := len(xs); n > 0 {}`, []string{"len(xs)"}},
		{"a repeated hole is one thing", `$x == $x`, `_ = a == a; _ = a == b; _ = a.b(1) == a.b(1)`, []string{"a == a", "a.b(1) == a.b(1)"}},
		{"an anonymous hole is many things", `$_ == $_`, `_ = a == b`, []string{"a == b"}},
		{"parentheses do not count", `$x + 1`, `_ = (a) + 1; _ = (a + (1))`, []string{"(a) + 1", "a + (1)"}},
		{"literals match by value", `$x = 16`, `a = 0x10; a = 16; a = 1_6; a = "16"`, []string{"a = 0x10", "a = 16", "a = 1_6"}},
		{"operators differ", `$x += 1`, `a += 1; a -= 1; a = 1`, []string{"a += 1"}},
		{"define is not assign", `$x := $v`, `a := 1; b = 1; var c = 1`, []string{"a := 1"}},

		{"any arguments", `f($*args)`, `f(); f(a); f(a, b); f(xs...)`, []string{"f()", "f(a)", "f(a, b)"}},
		{"any arguments, forgotten", `f($*_)`, `f(a); f(xs...)`, []string{"f(a)", "f(xs...)"}},
		{"arguments with dots", `f($*args...)`, `f(a); f(xs...)`, []string{"f(xs...)"}},
		{"first argument", `f($x, $*_)`, `f(); f(a); f(a, b)`, []string{"f(a)", "f(a, b)"}},
		{"last argument", `f($*_, nil)`, `f(nil); f(a, nil); f(nil, a)`, []string{"f(nil)", "f(a, nil)"}},
		{"between two lists", `f($*_, $x, $*_, $x, $*_)`, `f(a, b, c); f(a, b, a); f(c, a, b, b)`, []string{"f(a, b, a)", "f(c, a, b, b)"}},
		{"a list that stands twice", `f($*xs); g($*xs)`, `f(a, b); g(a, b); f(a); g(b)`, []string{"f(a, b); g(a, b)"}},
		{"any function", `$f(nil)`, `a.b(nil); g(nil); g(1)`, []string{"a.b(nil)", "g(nil)"}},
		{"any method", `$x.$m($*_)`, `a.b.c(1); g()`, []string{"a.b.c(1)"}},
		{"a method by name", `$mu.Lock()`, `s.mu.Lock(); mu.Lock(); mu.Unlock()`, []string{"s.mu.Lock()", "mu.Lock()"}},

		{"two statements in a row", `$x.Lock(); $x.Unlock()`, `a.Lock(); a.Unlock(); b.Lock(); f(); b.Unlock()`, []string{"a.Lock(); a.Unlock()"}},
		{"two statements with a gap", `$x.Lock(); $*_; $x.Unlock()`, `a.Lock(); f(); a.Unlock()`, []string{"a.Lock(); f(); a.Unlock()"}},
		{"the gap may be empty", `$x.Lock(); $*_; $x.Unlock()`, `a.Lock(); a.Unlock()`, []string{"a.Lock(); a.Unlock()"}},
		{"a run in a case", `f(); g()`, `switch a { case 1: f(); g() }`, []string{"f(); g()"}},
		{"a run in a select", `f(); g()`, `select { case <-ch: f(); g(); default: g() }`, []string{"f(); g()"}},
		{"a run does not cross blocks", `f(); g()`, `f(); { g() }`, nil},
		{"a gap at the start is all before", `$*before; return`, `f(); g(); return`, []string{"f(); g(); return"}},
		{"a gap at the end is all after", `f(); $*after`, `f(); g(); return`, []string{"f(); g(); return"}},
		{"a statement hole", `f(); $s; g()`, `f(); if a == b { g() }; g()`, []string{"f(); if a == b { g() }; g()"}},
		{"the shortest gap first", `f(); $*_; g()`, `f(); g(); g()`, []string{"f(); g()", "f(); g(); g()"}},

		{"an if without else", `if $c { $*_ }`, `if a { f() }; if b { } else { g() }; if c := a; c { }`, []string{"if a { f() }"}},
		{"an if with any init and else", `if $*_; $c { $*_ } else { $*_ }`, `if a { }; if b { } else { g() }; if c := a; c { } else if b { }`,
			[]string{"if a { }", "if b { } else { g() }", "if c := a; c { } else if b { }", "if b { }"}},
		{"an if with init", `if $v, $ok := $m[$k]; $ok { $*_ }`, `if v, ok := m[k]; ok { f(v) }; if v, ok := m[k]; !ok { }`, []string{"if v, ok := m[k]; ok { f(v) }"}},
		{"any return", `return $*_`, `return; return 1`, []string{"return", "return 1"}},
		{"the only result", `return $x`, `return; return 1`, []string{"return 1"}},
		{"any for", `for $*_; $*_; $*_ { $*_ }`, `for {}; for a {}; for i := 0; i < 3; i++ { f() }; for range xs {}`,
			[]string{"for { }", "for a { }", "for i := 0; i < 3; i++ { f() }"}},
		{"for ever", `for { $*_ }`, `for { f() }; for a {}`, []string{"for { f() }"}},
		{"any range", `for $*_, $*_ := range $x { $*_ }`, `for range xs {}; for i := range xs {}; for i, x := range xs {}; for i = range xs {}`,
			[]string{"for range xs { }", "for i := range xs { }", "for i, x := range xs { }", "for i = range xs { }"}},
		{"a go statement", `go func() { $*_ }()`, `go func() { f() }(); go f()`, []string{"go func() { f() }()"}},
		{"a labelled break", `break $l`, `L: for { break L; break }`, []string{"break L"}},
		{"any switch", `switch $x { case $*cs: }`, `switch a { case 1: f(); default: g() }; switch {}`, []string{"switch a { case 1: f() default: g() }"}},
		{"a case among others", `switch $x { case $*_: case 2: $*_; case $*_: }`, `switch a { case 1: case 2: f(); default: }; switch a { case 1: }`,
			[]string{"switch a { case 1: case 2: f() default: }"}},
		{"a select with a default", `select { case $*_: default: $*_ }`, `select { case <-ch: f(); default: }; select { case <-ch: }`,
			[]string{"select { case <-ch: f() default: }"}},
		{"a select of one case", `select { case $v := <-$c: $*_ }`, `select { case v := <-ch: f(v) }; select { case <-ch: }`, []string{"select { case v := <-ch: f(v) }"}},

		{"a literal's elements", `[]int{$*_, 1, $*_}`, `_ = []int{1}; _ = []int{0, 1, 2}; _ = []int{0}; _ = []string{"1"}`, []string{"[]int{1}", "[]int{0, 1, 2}"}},
		{"a key in a literal", `$t{$*_, mu: $v, $*_}`, `_ = T{mu: a}; _ = T{a: b, mu: c}; _ = T{a: b}`, []string{"T{mu: a}", "T{a: b, mu: c}"}},
		{"a conversion", `string($x)`, `_ = string(b); _ = int(b)`, []string{"string(b)"}},
		{"a map type", `map[$k]$v`, `var m map[string][]int`, []string{"map[string][]int"}},
		{"a slice with three indices", `$x[$*_:$*_:$_]`, `_ = a[1:2:3]; _ = a[:2:3]; _ = a[1:2]`, []string{"a[1:2:3]", "a[:2:3]"}},
		{"a receive", `<-$c`, `<-ch; v := <-ch; ch <- 1`, []string{"<-ch"}},
		{"a type assertion", `$x.(error)`, `_ = a.(error); _ = a.(int)`, []string{"a.(error)"}},

		{"a variable", `var $x = $v`, `var a = 1; const b = 2; c := 3; var d int = 4`, []string{"a = 1"}},
		{"a variable in a group", `var $x = $v`, "package p\nvar (\n a = 1\n b int\n)\nconst c = 2", []string{"a = 1"}},
		{"a variable with or without a type", `var $*_ $*_ = $v`, "package p\nvar (\n a = 1\n b int = 2\n c int\n)", []string{"a = 1", "b int = 2"}},
		{"a constant", `const $c = $v`, "package p\nvar a = 1\nconst c = 2", []string{"c = 2"}},
		{"a struct with a mutex", `type $T struct { $*_; $mu sync.Mutex; $*_ }`, "package p\nimport \"sync\"\ntype A struct { a int; mu sync.Mutex; b int }\ntype B struct { mu *sync.Mutex }",
			[]string{"A struct { a int mu sync.Mutex b int }"}},
		{"an embedded field", `type $T struct { $*_; sync.Mutex; $*_ }`, "package p\nimport \"sync\"\ntype A struct { sync.Mutex }\ntype B struct { mu sync.Mutex }", []string{"A struct{ sync.Mutex }"}},
		{"a function", `func $f($*_) $*_ { $*_; return nil }`, "package p\nfunc f(a int) error { return nil }\nfunc g() {}\nfunc (T) m() error { return nil }", []string{"func f(a int) error { return nil }"}},
		{"a method", `func ($r *$T) $f($*_) $*_`, "package p\nfunc f() {}\nfunc (t *T) m() error { return nil }\nfunc (T) n() {}", []string{"func (t *T) m() error { return nil }"}},
		{"a generic function", `func $f($x $t) { $*_ }`, "package p\nfunc f[T any](x T) { }", []string{"func f[T any](x T) {}"}},
		{"one parameter of any form", `func $f($p) { $*_ }`, "package p\nfunc f(x int) {}\nfunc g(int) {}\nfunc h(a int, b string) {}", []string{"func f(x int) {}", "func g(int) {}"}},
		{"an import", `import "sync"`, "package p\nimport (\n \"fmt\"\n \"sync\"\n)", []string{`"sync"`}},
		{"a function type", `func($*_) error`, `var f func(int, string) error; var g func()`, []string{"func(int, string) error"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := pattern.Parse(test.pattern)
			if err != nil {
				t.Fatal(err)
			}
			code := test.code
			if !strings.HasPrefix(code, "package") {
				code = "package p\nfunc _() {\n" + code + "\n}"
			}
			prog := check(t, code)
			got, _ := prog.matches(t, p)
			if !slices.Equal(got, test.want) {
				t.Errorf("%s\nin %s\n got %q\nwant %q", test.pattern, test.code, got, test.want)
			}
			if !prog.anchored(p, len(got) > 0) {
				t.Errorf("%s: a match lies where the anchor %+v excludes it", test.pattern, p.Anchor())
			}
		})
	}
}
