package pattern_test

import (
	"slices"
	"testing"

	"github.com/lockfix/lockfix/rules/pattern"
)

// What a name in a pattern means where types are at hand.
func TestNames(t *testing.T) {
	tests := []struct {
		name, pattern, code string
		want                []string
	}{
		{"a package", `time.After($d)`, `import "time"; var _ = time.After(1)`, []string{"time.After(1)"}},
		{"a package under another name", `time.After($d)`, `import clock "time"; var _ = clock.After(1)`, []string{"clock.After(1)"}},
		{"a package imported with a dot", `time.After($d)`, `import . "time"; var _ = After(1)`, []string{"After(1)"}},
		{"a package by the last part of its path", `atomic.AddInt64($*_)`, `import "sync/atomic"; var n int64; var _ = atomic.AddInt64(&n, 1)`, []string{"atomic.AddInt64(&n, 1)"}},
		{"another package under that name", `time.After($d)`, `import time "strings"; var _ = time.After(1)`, nil},
		{"a variable of that name", `time.After($d)`, `type T struct{}; func (T) After(int) int { return 0 }; var time T; var _ = time.After(1)`, nil},
		{"a function of the package itself, undotted", `time.After($d)`, `func After(int) int { return 0 }; var _ = After(1)`, nil},
		{"a variable that no package is named after", `mu.Lock()`, `import "sync"; var mu, nu sync.Mutex; func _() { mu.Lock(); nu.Lock() }`, []string{"mu.Lock()"}},
		{"everything of a package", `sync.$t`, `import "sync"; var a sync.Mutex; var b struct{ sync.Once }; type T struct{ c int }; var c = T{}.c`, []string{"sync.Mutex", "sync.Once"}},
		{"a predeclared function", `len($x)`, `var s []int; var _ = len(s)`, []string{"len(s)"}},
		{"a predeclared name declared anew", `len($x)`, `func len(int) int { return 0 }; var _ = len(1)`, nil},
		{"nil that is none", `$x == nil`, `func _(nil error, err error) bool { return err == nil }`, nil},
		{"a field with a predeclared name", `$x.len`, `type T struct{ len int }; var _ = T{}.len`, []string{"T{}.len"}},
		{"an unexported selection", `$x.mu.Lock()`, `import "sync"; type T struct{ mu sync.Mutex }; func (t *T) f() { t.mu.Lock() }`, []string{"t.mu.Lock()"}},
		{"a hole used twice for two variables of one name", `$x = 1; if $c { $x = 2 }`, `func _(b bool) { a := 0; a = 1; if b { a = 2 }; a = 1; if b { a = 2 } }; func _(b bool) { a := 0; a = 1; if a := 3; b { a = 2 } }`,
			[]string{"a = 1; if b { a = 2 }"}},
		{"a shadowed variable is another one", `$x = 1; { $*_; $x = 2 }`, `func _() { a := 0; a = 1; { a := 3; a = 2 } }`, nil},
		{"two literals that declare the same", `f($x, $x)`, `func f(a, b func()) {}; func _() { f(func() { x := 1; _ = x }, func() { x := 1; _ = x }) }`,
			[]string{"f(func() { x := 1; _ = x }, func() { x := 1; _ = x })"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := pattern.Parse(test.pattern)
			if err != nil {
				t.Fatal(err)
			}
			prog := check(t, "package p;"+test.code)
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
