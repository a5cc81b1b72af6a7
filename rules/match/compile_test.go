package match_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// What only the engine knows to be wrong with a rule; each with its place in
// the JSON, which begins in line 2 behind the keys that all rules have.
func TestCompileMistakes(t *testing.T) {
	tests := []struct {
		name, keys string
		want       []string // the JSON at the place, and the message
	}{
		{"an unknown event", `"match": {"event": "unlok"}`, []string{`"unlok": there is no event "unlok": did you mean "unlock"?`}},
		{"an unknown event with nothing near", `"match": {"event": "explode"}`, []string{
			`"explode": there is no event "explode": it is one of access, assign, atomic-write, call, close, declare, defer, go, lock, lock-helper, map-delete, map-range, map-read, map-write, plain-load, plain-store, raced, receive, return, select, send, trylock, unlock, unlock-helper`}},
		{"an unknown part", `"match": {"event": "lock", "with": {"mutex": "$m"}}`, []string{`"$m": the event lock has no part "mutex": it is one of lock, call, defer, go`}},
		{"an unknown predicate", `"match": {"pattern": "$x"}, "where": [{"predicate": "nosuch"}]`, []string{`"nosuch": there is no predicate "nosuch"`}},
		{"an unknown word", `"match": {"pattern": "$x"}, "where": [{"hole": "$x", "is": ["constant"]}]`, []string{`"constant": there is no word "constant"`}},
		{"an unknown kind", `"match": {"pattern": "$x"}, "where": [{"hole": "$x", "underlying": "maps"}]`, []string{`"maps": there is no kind "maps": did you mean "map"?`}},
		{"no type", `"match": {"pattern": "$x"}, "where": [{"hole": "$x", "type": "map[string"}]`, []string{`"map[string": "map[string" is no type: write it as Go does, with the import path of a package`}},
		{"an unqualified type", `"match": {"pattern": "$x"}, "where": [{"hole": "$x", "type": "*Mutex"}]`, []string{`"*Mutex": there is no predeclared type Mutex: write the package before it`}},
		{"no object", `"match": {"pattern": "$x"}, "where": [{"hole": "$x", "object": "Lock"}]`, []string{
			`"Lock": "Lock" is no object: write fmt.Sprintf, sync.(*Mutex).Lock, time.Time.Add, net/http.Server.Handler or builtin.panic`}},
		{"a hole that nothing binds", `"match": {"pattern": "$x.Lock()"}, "where": [{"hole": "$y", "is": ["field"]}]`, []string{`"$y": nothing binds $y here: did you mean "$x"?`}},
		{"a hole that only one alternative binds", `"match": {"any": [{"pattern": "f($x)"}, {"pattern": "g($y)"}]}, "where": [{"hole": "$x", "is": ["const"]}]`, []string{`"$x": nothing binds $x here`}},
		{"a hole that only a negation binds", `"match": {"pattern": "f($x)", "not": {"has": {"pattern": "g($z)"}}}, "where": [{"same": ["$x", "$z"]}]`, []string{`"$z": nothing binds $z here`}},
		{"a message with a hole too many", `"match": {"pattern": "f()"}, "message": "$m is locked"`, []string{`"$m is locked": nothing binds $m here`}},
		{"places that nothing binds", `"match": {"pattern": "f($x)"}, "report": {"at": "$a", "related": [{"at": "$b", "message": "$c"}]}`, []string{
			`"$a": nothing binds $a here`, `"$b": nothing binds $b here`, `"$c": nothing binds $c here`}},
		{"a template with a hole too many", `"match": {"pattern": "f($x)"}, "fixes": [{"title": "t", "applicability": "safe", "template": "g($x, $y)", "replace": "$z"}]`, []string{
			`"g($x, $y)": nothing binds $y here`, `"$z": nothing binds $z here`}},
		{"a template that writes a list as one", `"match": {"pattern": "f($*xs)"}, "fixes": [{"title": "t", "applicability": "safe", "template": "g($xs)"}]`, []string{`"g($xs)": $xs is a list: write $*xs`}},
		{"a template that forgets", `"match": {"pattern": "f($*_)"}, "fixes": [{"title": "t", "applicability": "safe", "template": "g($*_)"}]`, []string{`"g($*_)": a template writes what is bound: give $_ a name`}},
		{"a parameter that nothing binds", `"match": {"pattern": "f($x)"}, "fixes": [{"title": "t", "applicability": "safe", "strategy": "s", "params": {"a": "$y", "b": "y"}}]`, []string{`"$y": nothing binds $y here`}},
		{"a condition that nothing binds", `"match": {"pattern": "f($x)"}, "fixes": [{"title": "t", "applicability": "safe", "strategy": "s", "when": [{"hole": "$y", "is": ["const"]}],
		  "downgrade": [{"when": [{"hole": "$w", "is": ["const"]}], "to": "manual", "because": "b"}]}]`, []string{`"$w": nothing binds $w here`, `"$y": nothing binds $y here`}},
		{"one hole, two forms", `"match": {"all": [{"pattern": "f($x)"}, {"pattern": "f($*x)"}]}`, []string{`"f($*x)": $x is a list in one place and one thing in another`}},
		{"several at once", `"match": {"event": "locks", "with": {"a": "$b"}, "not": {"event": "x"}}, "where": [{"hole": "$q", "is": ["nought"], "type": "]"}]`, []string{
			`"locks": there is no event "locks": did you mean "lock"?`, `"x": there is no event "x"`, `"$q": nothing binds $q here`, `"nought": there is no word "nought"`, `"]": "]" is no type`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := rule(t, test.keys)
			set, mistakes := match.Compile([]*rules.Rule{r})
			var got []string
			for _, m := range mistakes {
				got = append(got, at(r, m)+": "+m.Message)
			}
			if len(got) != len(test.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			for _, want := range test.want {
				if !strings.Contains("\n"+strings.Join(got, "\n"), "\n"+want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
				}
			}
			if set.Holes(r) != nil {
				t.Error("a rule with mistakes was compiled")
			}
		})
	}
}

// at returns the JSON string at the place of a mistake.
func at(r *rules.Rule, m rules.Mistake) string {
	line := strings.Split(string(r.Source.Text), "\n")[m.Line-1]
	value := line[m.Column-1:]
	return value[:1+strings.IndexByte(value[1:], '"')+1]
}

func TestHoles(t *testing.T) {
	r := rule(t, `"match": {"pattern": "$x.Lock(); $*body; $_()", "bind": "$run", "inside": {"pattern": "func $f($*_) { $*_ }"}, "not": {"has": {"pattern": "g($y)"}}}`)
	set, mistakes := match.Compile([]*rules.Rule{r})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if got := fmt.Sprint(set.Holes(r)); got != "map[$body:true $f:false $run:true $x:false]" {
		t.Errorf("holes %s", got)
	}
}
