package match_test

import (
	"slices"
	"testing"
)

// Relations that are decided on the control-flow paths of the function.
func TestPaths(t *testing.T) {
	tests := []struct {
		name, rule, code string
		want             []string
	}{
		{"follows on some path", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "some"}}`,
			`if a { f() }; g()`, []string{"g()"}},
		{"follows on no path", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "some"}}`,
			`if a { f(); return }; g(); f()`, nil},
		{"follows in the next turn of a loop", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "some"}}`,
			`for a { g(); f() }`, []string{"g()"}},
		{"follows on all paths", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all"}}`,
			`f(); if a { g() }`, []string{"g()"}},
		{"follows on all paths, by one of two", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all"}}`,
			`if a { f() } else { f() }; g()`, []string{"g()"}},
		{"follows, but not on the path past it", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all"}}`,
			`if a { f() }; g()`, nil},
		{"follows, but not in the first turn of a loop", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all"}}`,
			`for a { g(); f() }`, nil},
		{"follows as an operand of the same statement", `{"pattern": "g($*_)", "follows": {"pattern": "h()", "path": "all"}}`,
			`g(h()); g()`, []string{"g(h())", "g()"}},
		{"code that is never reached follows nothing", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all"}}`,
			`return; g()`, nil},

		{"precedes on some path", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "some"}}`,
			`f(); if a { g() }`, []string{"f()"}},
		{"precedes on all paths", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "all"}}`,
			`f(); if a { g(); return }; g()`, []string{"f()"}},
		{"precedes, but not on the early return", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "all"}}`,
			`f(); if a { return }; g()`, nil},
		{"precedes on all paths that return", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "all"}}`,
			`f(); if a { panic("no") }; g()`, []string{"f()"}},
		{"precedes nothing in another function", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "some"}}`,
			`f(); go func() { g() }()`, nil},
		{"precedes with the same hole", `{"pattern": "$m.Lock()", "precedes": {"pattern": "$m.Unlock()", "path": "some"}}`,
			`mu.Lock(); other.Lock(); if a { other.Unlock() }`, []string{"other.Lock()"}},
		{"a lock that is not always released", `{"event": "lock", "with": {"lock": "$m"}, "precedes": {"event": "unlock", "with": {"lock": "$m"}, "path": "some"},
		   "not": {"precedes": {"event": "unlock", "with": {"lock": "$m"}, "path": "all"}}}`,
			`mu.Lock(); if a { return }; mu.Unlock(); other.Lock(); defer other.Unlock(); if b { return }`, []string{"mu.Lock()"}},

		{"without, on the text", `{"pattern": "f()", "precedes": {"pattern": "g()", "without": {"pattern": "h()"}}}`,
			`f(); h(); g()`, nil},
		{"without what stands elsewhere, on the text", `{"pattern": "f()", "precedes": {"pattern": "g()", "without": {"pattern": "h()"}}}`,
			`h(); f(); g(); h()`, []string{"f()"}},
		{"without, on some path", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "some", "without": {"pattern": "h()"}}}`,
			`f(); if a { h() }; g()`, []string{"f()"}},
		{"without, on every path", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "some", "without": {"pattern": "h()"}}}`,
			`f(); if a { h() } else { h() }; g()`, nil},
		{"all paths, without", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "all", "without": {"pattern": "h()"}}}`,
			`f(); if a { h() }; g()`, nil},
		{"all paths, without what comes later", `{"pattern": "f()", "precedes": {"pattern": "g()", "path": "all", "without": {"pattern": "h()"}}}`,
			`f(); g(); h()`, []string{"f()"}},
		{"follows, without", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all", "without": {"pattern": "h()"}}}`,
			`f(); if a { h() }; g()`, nil},
		{"follows, renewed after the obstacle", `{"pattern": "g()", "follows": {"pattern": "f()", "path": "all", "without": {"pattern": "h()"}}}`,
			`f(); if a { h(); f() }; g()`, []string{"g()"}},

		{"held: a lock before it that is not released on the way", `{"event": "call", "bind": "$c", "where": [{"hole": "$c", "text": "^g"}],
		   "follows": {"event": "lock", "with": {"lock": "$m"}, "path": "some", "without": {"event": "unlock", "with": {"lock": "$m"}, "not": {"inside": {"event": "defer"}}}}}`,
			`g(0); mu.Lock(); other.Lock(); other.Unlock(); g(1); mu.Unlock(); g(2); mu.Lock(); defer mu.Unlock(); g(3)`, []string{"g(1)", "g(3)"}},
		{"has on all paths through a function", `{"pattern": "func() { $*_ }", "has": {"pattern": "f()", "path": "all"}}`,
			`_ = func() { if a { f() } else { f(); g() } }; _ = func() { if a { return }; f() }`, []string{"func() { if a { f() } else { f(); g() } }"}},
		{"has on some path", `{"pattern": "if $c { $*_ }", "has": {"pattern": "f()", "path": "some"}}`,
			`if a { if b { f() } }; if c { return; f() }`, []string{"if a { if b { f() } }", "if b { f() }"}},
		{"has on all paths through a statement", `{"pattern": "if $c { $*_ } else { $*_ }", "has": {"pattern": "f()", "path": "all"}}`,
			`if a { f() } else { f() }; if b { f() }; f()`, []string{"if a { f() } else { f() }"}},
		{"inside on all paths", `{"pattern": "f()", "inside": {"pattern": "switch { case $*_: }", "path": "all"}}`,
			`switch { case a: f() }; switch { default: f() }`, []string{"f()"}},
		{"inside a loop whose body it always reaches", `{"pattern": "f()", "inside": {"pattern": "for { $*_ }", "path": "all"}}`,
			`for { f(); g() }`, []string{"f()"}},
		{"inside a loop that may skip it", `{"pattern": "f()", "inside": {"pattern": "for { $*_ }", "path": "all"}}`,
			`for { if a { break }; f() }`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pkg := load(t, locked+"func _() {\n"+test.code+"\n}")
			got := texts(pkg, find(t, pkg, rule(t, `"match": `+test.rule)))
			want := test.want
			if !slices.EqualFunc(got, want, func(a, b string) bool { return spaceless(a) == spaceless(b) }) {
				t.Errorf("%s\nin %s\n got %q\nwant %q", test.rule, test.code, got, want)
			}
		})
	}
}
