package match_test

import (
	"slices"
	"testing"
)

// locked is the code around the statements of a test.
const locked = `
import "sync"

var mu, other sync.Mutex
var a, b, c bool
var xs []int

func f() {}
func g(...any) {}
func h() bool { return false }
`

func TestRelations(t *testing.T) {
	tests := []struct {
		name string
		rule string // its match
		code string // statements
		want []string
	}{
		{"inside an if", `{"pattern": "f()", "inside": {"pattern": "if $c { $*_ }"}}`,
			`f(); if a { f() }`, []string{"f()"}},
		{"inside reaches out of nested blocks", `{"pattern": "f()", "inside": {"pattern": "for $c { $*_ }"}}`,
			`for a { if b { { f() } } }; f()`, []string{"f()"}},
		{"inside stops at the function", `{"pattern": "f()", "inside": {"pattern": "for $c { $*_ }"}}`,
			`for a { go func() { f() }() }`, nil},
		{"inside a function literal that is inside a loop", `{"pattern": "f()", "inside": {"pattern": "func() { $*_ }", "inside": {"pattern": "for $c { $*_ }"}}}`,
			`for a { go func() { f() }() }; go func() { f() }()`, []string{"f()"}},
		{"inside the function itself", `{"pattern": "g($x)", "inside": {"pattern": "func $name() { $*_ }"}, "bind": "$call"}`,
			`g(1)`, []string{"g(1)"}},
		{"inside binds", `{"pattern": "g($x)", "inside": {"pattern": "if $x { $*_ }"}}`,
			`if a { g(a) }; if a { g(b) }; if a { if b { g(a) } }`, []string{"g(a)", "g(a)"}},
		{"inside a run of statements", `{"pattern": "f()", "inside": {"pattern": "$m.Lock(); $*_; $m.Unlock()"}}`,
			`f(); mu.Lock(); f(); if a { f() }; mu.Unlock(); f()`, []string{"f()", "f()"}},
		{"inside a run of another mutex", `{"pattern": "f()", "inside": {"pattern": "$m.Lock(); $*_; $m.Unlock()"}}`,
			`mu.Lock(); f(); other.Unlock()`, nil},
		{"a node is not inside itself", `{"pattern": "if $c { $*_ }", "inside": {"pattern": "if $d { $*_ }"}}`,
			`if a { }; if b { if c { } }`, []string{"if c { }"}},

		{"has a call", `{"pattern": "if $c { $*_ }", "has": {"pattern": "f()"}}`,
			`if a { f() }; if b { g() }; if c { for { f() } }`, []string{"if a { f() }", "if c { for { f() } }"}},
		{"has does not look into function literals", `{"pattern": "if $c { $*_ }", "has": {"pattern": "f()"}}`,
			`if a { go func() { f() }() }`, nil},
		{"a function literal has its own body", `{"pattern": "func() { $*_ }", "has": {"pattern": "f()"}}`,
			`_ = func() { f() }; _ = func() { func() { f() }() }`, []string{"func() { f() }", "func() { f() }"}},
		{"a run has what its statements are", `{"pattern": "mu.Lock(); $*_; mu.Unlock()", "has": {"pattern": "return $*_"}}`,
			`mu.Lock(); if a { return }; mu.Unlock(); mu.Lock(); f(); mu.Unlock()`, []string{"mu.Lock(); if a { return }; mu.Unlock()"}},
		{"has a run", `{"pattern": "if $c { $*_ }", "has": {"pattern": "f(); g()"}}`,
			`if a { f(); g() }; if b { g(); f() }`, []string{"if a { f() g() }"}},

		{"follows in the same list", `{"pattern": "g()", "follows": {"pattern": "f()"}}`,
			`g(); f(); g()`, []string{"g()"}},
		{"follows in a list around", `{"pattern": "g()", "follows": {"pattern": "f()"}}`,
			`f(); if a { for { g() } }`, []string{"g()"}},
		{"follows does not look into blocks before", `{"pattern": "g()", "follows": {"pattern": "f()"}}`,
			`if a { f() }; g()`, nil},
		{"follows looks into conditions before", `{"pattern": "g()", "follows": {"pattern": "h()"}}`,
			`if h() { }; g()`, []string{"g()"}},
		{"follows the header of the statement around", `{"pattern": "g()", "follows": {"pattern": "h()"}}`,
			`if h() { g() }; for h() { g() }; switch h() { case a: g() }; if a { } else { g() }`, []string{"g()", "g()", "g()", "g()"}},
		{"follows binds the nearest", `{"pattern": "g(mu.TryLock())", "follows": {"pattern": "$x = $v"}}`,
			`a = b; a = c; g(mu.TryLock())`, []string{"g(mu.TryLock())"}},
		{"follows a run", `{"pattern": "g()", "follows": {"pattern": "mu.Lock(); $*_; mu.Unlock()"}}`,
			`mu.Lock(); g(); mu.Unlock(); g()`, []string{"g()"}},
		{"precedes in the same list", `{"pattern": "f()", "precedes": {"pattern": "g()"}}`,
			`f(); g(); f()`, []string{"f()"}},
		{"precedes in a list around", `{"pattern": "f()", "precedes": {"pattern": "g()"}}`,
			`if a { f() }; g()`, []string{"f()"}},
		{"precedes does not look into blocks", `{"pattern": "f()", "precedes": {"pattern": "g()"}}`,
			`f(); if a { g() }`, nil},
		{"precedes stays in the function", `{"pattern": "f()", "precedes": {"pattern": "g()"}}`,
			`go func() { f() }(); g()`, nil},
		{"precedes with the hole of the match", `{"pattern": "$m.Lock()", "precedes": {"pattern": "$m.Unlock()"}}`,
			`mu.Lock(); other.Unlock(); other.Lock(); mu.Unlock(); f()`, []string{"mu.Lock()"}},

		{"all is of the same node", `{"all": [{"pattern": "g($x)"}, {"pattern": "$f(a)"}]}`,
			`g(a); g(b); g(a, a)`, []string{"g(a)"}},
		{"all of an event and a pattern", `{"all": [{"event": "lock", "with": {"lock": "$m"}}, {"pattern": "$m.Lock()"}, {"not": {"pattern": "mu.$_()"}}]}`,
			`mu.Lock(); other.Lock(); g(other.TryLock())`, []string{"other.Lock()"}},
		{"any of two", `{"any": [{"pattern": "f()"}, {"pattern": "g()"}]}`,
			`g(); f(); h()`, []string{"g()", "f()"}},
		{"not", `{"pattern": "g($x)", "not": {"pattern": "g(a)"}}`,
			`g(a); g(b)`, []string{"g(b)"}},
		{"not within", `{"pattern": "if $c { $*_ }", "not": {"has": {"pattern": "f()"}}}`,
			`if a { f() }; if b { }`, []string{"if b { }"}},
		{"not with the holes of the match", `{"pattern": "g($x, $y)", "not": {"pattern": "g($x, $x)"}}`,
			`g(a, a); g(a, b)`, []string{"g(a, b)"}},
		{"not after", `{"pattern": "$m.Lock()", "not": {"precedes": {"pattern": "defer $m.Unlock()"}}}`,
			`mu.Lock(); defer mu.Unlock(); other.Lock()`, []string{"other.Lock()"}},
		{"bind", `{"pattern": "$f($x)", "bind": "$call", "where": [{"hole": "$call", "text": "^g"}]}`,
			`g(a); println(a)`, []string{"g(a)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pkg := load(t, locked+"func _() {\n"+test.code+"\n}")
			got := texts(pkg, find(t, pkg, rule(t, `"match": `+test.rule)))
			if !slices.Equal(got, test.want) {
				t.Errorf("%s\nin %s\n got %q\nwant %q", test.rule, test.code, got, test.want)
			}
		})
	}
}
